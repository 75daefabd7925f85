import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from osteon.errors import RequestError
from osteon.metrics import delong
from osteon.metrics.roc import auc


def _by_definition(truth, scores):
    """Areas and covariance from the structural components of DeLong 1988, pair by pair."""
    truth = truth.astype(bool)
    wins = np.array([(s[truth][:, None] > s[~truth]) + 0.5 * (s[truth][:, None] == s[~truth]) for s in scores])
    of_positive, of_negative = wins.mean(axis=2), wins.mean(axis=1)
    return wins.mean(axis=(1, 2)), np.cov(of_positive) / truth.sum() + np.cov(of_negative) / (~truth).sum()


@given(st.integers(0, 2**32 - 1), st.integers(2, 25), st.integers(2, 25))
def test_fast_areas_and_covariance_are_those_of_the_definition(seed, positives, negatives):
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.repeat([1, 0], [positives, negatives]))
    scores = rng.integers(0, 10, (2, truth.size)) + truth
    area, covariance = _by_definition(truth, scores.astype(float))
    found = delong.areas(truth, scores)
    np.testing.assert_allclose(found.auc, area, atol=1e-12)
    np.testing.assert_allclose(found.covariance, covariance, atol=1e-12)
    assert found.auc[0] == pytest.approx(auc(truth, scores[0]))


def test_interval_and_variance_are_those_of_confidenceinterval(rng):
    peer = pytest.importorskip("confidenceinterval.delong")
    truth = rng.integers(0, 2, 300)
    scores = (rng.normal(size=300) + truth).astype(np.float32).astype(float)
    area, variance = peer.delong_roc_variance(truth, scores)
    ours, low, high = delong.interval(truth, scores)
    assert ours == pytest.approx(float(area), abs=1e-6)
    half = norm.ppf(0.975) * float(variance) ** 0.5
    assert (low, high) == pytest.approx((float(area) - half, float(area) + half), abs=1e-5)


def test_the_interval_covers(rng):
    hits, true_area = 0, float(norm.cdf(1 / 2**0.5))
    truth = np.repeat([0, 1], [60, 60])
    for _ in range(500):
        _, low, high = delong.interval(truth, rng.normal(size=120) + truth)
        hits += low <= true_area <= high
    assert 0.92 <= hits / 500 <= 0.98


def test_a_faultless_area_is_not_certain():
    truth = np.repeat([0, 1], [40, 10])
    area, low, high = delong.interval(truth, truth.astype(float))
    assert (area, high) == (1.0, 1.0)
    assert low == pytest.approx(0.025 ** (1 / 10))
    assert delong.interval(truth, -truth.astype(float)) == pytest.approx((0.0, 0.0, 1 - low))


def test_one_class_alone_has_no_interval():
    assert np.isnan(delong.interval(np.ones(5), np.arange(5))).all()


def test_paired_test_is_antisymmetric_and_finds_what_is_there(rng):
    truth = rng.integers(0, 2, 400)
    good, poor = rng.normal(size=400) + 2 * truth, rng.normal(size=400) + 0.5 * truth
    one, other = delong.paired_test(truth, good, poor), delong.paired_test(truth, poor, good)
    assert one.value == pytest.approx(-other.value)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))
    assert one.p == pytest.approx(other.p)
    assert one.p < 1e-6


def test_paired_test_of_equal_systems_is_fair(rng):
    """Under the null p is uniform, so about one in twenty lies under 0.05."""
    truth = np.repeat([0, 1], [50, 50])
    low = 0
    for _ in range(400):
        shared = rng.normal(size=100) + truth
        low += delong.paired_test(truth, shared + rng.normal(size=100), shared + rng.normal(size=100)).p < 0.05
    assert 0.02 <= low / 400 <= 0.09


def test_identical_scores_have_no_p(rng):
    truth, scores = rng.integers(0, 2, 50), rng.normal(size=50)
    same = delong.paired_test(truth, scores, scores)
    assert same.value == 0.0
    assert np.isnan(same.p)


def test_scores_that_do_not_fit_are_refused():
    with pytest.raises(RequestError, match="one score a row"):
        delong.areas(np.array([0, 1]), np.zeros((1, 3)))
