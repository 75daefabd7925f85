import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.metrics.concordance import concordance, concordance_statistic
from osteon.metrics.roc import auc

ROWS = st.lists(st.tuples(st.integers(0, 6), st.integers(1, 9), st.booleans()), min_size=2, max_size=50)


@given(ROWS)
def test_concordance_is_that_of_lifelines(rows):
    lifelines = pytest.importorskip("lifelines.utils")
    risk, days, event = np.array(rows).T
    value = concordance(risk, days, event)
    try:
        theirs = lifelines.concordance_index(days, -risk, event)
    except ZeroDivisionError:
        assert np.isnan(value)
        return
    assert value == pytest.approx(theirs)


@given(ROWS)
def test_concordance_knows_only_the_order_of_risks(rows):
    risk, days, event = np.array(rows).T
    value = concordance(risk, days, event)
    if np.isnan(value):
        return
    assert 0.0 <= value <= 1.0
    assert concordance(np.exp(risk) + 2, days, event) == pytest.approx(value)
    assert concordance(-risk, days, event) == pytest.approx(1 - value)


def test_without_censoring_at_two_times_it_is_the_area_under_the_curve(rng):
    early = rng.integers(0, 2, 80)
    risk = rng.normal(size=80) + early
    assert concordance(risk, 100 - 50 * early, np.ones(80)) == pytest.approx(auc(early, risk))


def test_weights_count_as_repeated_rows_also_over_many_blocks(rng):
    n = 700
    risk, days, event = rng.normal(size=n), rng.integers(1, 400, n), rng.random(n) < 0.5
    weights = rng.integers(0, 3, (n, 2))
    values = concordance_statistic(risk, days, event)(weights.astype(float))
    for value, weight in zip(values, weights.T, strict=True):
        rows = np.repeat(np.arange(n), weight)
        assert value == pytest.approx(concordance(risk[rows], days[rows], event[rows]))


def test_no_event_no_concordance():
    assert np.isnan(concordance(np.arange(4), np.arange(4), np.zeros(4)))
