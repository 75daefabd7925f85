import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from osteon.metrics import agreement

PAIRS = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=3, max_size=40).filter(
    lambda rows: all(len(set(column)) > 1 for column in zip(*rows, strict=True))
)


@given(PAIRS)
def test_correlations_are_scipys(rows):
    a, b = np.array(rows, float).T
    assert agreement.pearson(a, b) == pytest.approx(stats.pearsonr(a, b).statistic, abs=1e-9)
    assert agreement.spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-9)
    assert agreement.pearson(3 * a - 2, b) == pytest.approx(agreement.pearson(a, b), abs=1e-9)
    assert agreement.spearman(np.exp(a / 5), b) == pytest.approx(agreement.spearman(a, b), abs=1e-9)


def test_intraclass_correlation_is_that_of_shrout_and_fleiss():
    """Their Table 2: six targets, four judges; ICC(2,1) is printed as 0.29."""
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    assert agreement.intraclass(np.array(ratings)) == pytest.approx(0.29, abs=0.005)


def test_intraclass_correlation_sees_a_bias_that_pearson_does_not(rng):
    a = rng.normal(size=200)
    assert agreement.pearson(a, a + 3) == pytest.approx(1.0)
    assert agreement.intraclass(np.stack([a, a], axis=1)) == pytest.approx(1.0)
    assert agreement.intraclass(np.stack([a, a + 3], axis=1)) < 0.3


def test_bland_altman_is_by_its_formulae(rng):
    truth = rng.uniform(10, 100, 40)
    measured = truth + rng.normal(2, 3, 40)
    found, gaps = agreement.bland_altman(measured, truth), measured - truth
    interval = stats.ttest_1samp(gaps, 0).confidence_interval(0.95)
    assert found.bias_interval == pytest.approx((interval.low, interval.high))
    assert found.upper - found.lower == pytest.approx(2 * 1.96 * gaps.std(ddof=1))
    assert found.bias == pytest.approx((found.lower + found.upper) / 2)
    width = np.diff(found.upper_interval) / np.diff(found.bias_interval)
    assert width == pytest.approx(np.sqrt(3))
    swapped = agreement.bland_altman(truth, measured)
    assert swapped.bias == pytest.approx(-found.bias)
    assert swapped.lower == pytest.approx(-found.upper)


def test_bland_altman_is_statsmodels(rng):
    """Their plot draws the same three lines."""
    graphics = pytest.importorskip("statsmodels.graphics.agreement")
    figure = pytest.importorskip("matplotlib.figure").Figure()
    truth, axes = rng.normal(size=30), figure.subplots()
    measured = truth + rng.normal(1, 2, 30)
    graphics.mean_diff_plot(measured, truth, ax=axes)
    lines = sorted({round(float(line.get_ydata()[0]), 9) for line in axes.get_lines()})
    found, spread = agreement.bland_altman(measured, truth), np.std(measured - truth)
    # Theirs divides by n, ours by n - 1.
    theirs = [found.bias - 1.96 * spread, found.bias, found.bias + 1.96 * spread]
    assert lines == pytest.approx(theirs, abs=1e-6)


def test_too_little_is_undefined():
    assert np.isnan(agreement.pearson(np.ones(5), np.arange(5)))
    assert np.isnan(agreement.intraclass(np.ones((1, 2))))
    assert np.isnan(agreement.intraclass(np.ones((4, 2))))
    single = agreement.bland_altman(np.array([3.0]), np.array([1.0]))
    assert single.bias == 2.0
    assert np.isnan([single.lower, *single.bias_interval]).all()
