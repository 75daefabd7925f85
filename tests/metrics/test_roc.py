import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as peer

from osteon.metrics import roc

# Scores from a coarse grid, so that ties are the rule.
ROWS = st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=2, max_size=80).filter(
    lambda rows: 0 < sum(t for t, _ in rows) < len(rows)
)


def _split(rows):
    truth, scores = np.array(rows).T
    return truth.astype(int), scores / 8


@given(ROWS)
def test_auc_is_scikit_learns(rows):
    truth, scores = _split(rows)
    assert roc.auc(truth, scores) == pytest.approx(peer.roc_auc_score(truth, scores), abs=1e-12)


@given(ROWS)
def test_curve_is_scikit_learns(rows):
    truth, scores = _split(rows)
    ours, theirs = roc.curve(truth, scores), peer.roc_curve(truth, scores, drop_intermediate=False)
    np.testing.assert_allclose(ours.false_positive_rate, theirs[0])
    np.testing.assert_allclose(ours.true_positive_rate, theirs[1])
    np.testing.assert_allclose(ours.thresholds, theirs[2])
    assert np.trapezoid(ours.true_positive_rate, ours.false_positive_rate) == pytest.approx(roc.auc(truth, scores))


@given(ROWS)
def test_auc_knows_only_order_and_side(rows):
    truth, scores = _split(rows)
    area = roc.auc(truth, scores)
    assert 0.0 <= area <= 1.0
    assert roc.auc(truth, np.exp(3 * scores) - 7) == pytest.approx(area, abs=1e-12)
    assert roc.auc(1 - truth, scores) == pytest.approx(1 - area, abs=1e-12)
    assert roc.auc(truth, -scores) == pytest.approx(1 - area, abs=1e-12)
    assert roc.auc(truth[::-1], scores[::-1]) == pytest.approx(area, abs=1e-12)


@given(ROWS, st.integers(0, 2**32 - 1))
def test_weighted_auc_is_scikit_learns_with_sample_weights(rows, seed):
    truth, scores = _split(rows)
    weights = np.random.default_rng(seed).integers(0, 4, (len(truth), 3)).astype(float)
    values = roc.auc_statistic(truth, scores)(weights)
    for value, weight in zip(values, weights.T, strict=True):
        if weight @ truth and weight @ (1 - truth):
            assert value == pytest.approx(peer.roc_auc_score(truth, scores, sample_weight=weight), abs=1e-12)
        else:
            assert np.isnan(value)


def test_one_versus_rest_and_macro_are_scikit_learns(rng):
    truth = rng.integers(0, 3, 200)
    probabilities = rng.dirichlet(np.ones(3), 200)
    probabilities[np.arange(200), truth] += 0.3
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    each = peer.roc_auc_score(truth, probabilities, multi_class="ovr", average=None)
    np.testing.assert_allclose(roc.one_versus_rest(truth, probabilities), each)
    assert roc.macro_auc(truth, probabilities) == pytest.approx(each.mean())


def test_one_class_alone_has_no_area():
    assert np.isnan(roc.auc(np.ones(4), np.arange(4)))
    assert np.isnan(roc.auc(np.zeros(4), np.arange(4)))
    assert np.isnan(roc.macro_auc(np.array([0, 0, 1]), np.full((3, 3), 1 / 3)))
    assert np.isnan(roc.curve(np.ones(4), np.arange(4)).false_positive_rate).all()
