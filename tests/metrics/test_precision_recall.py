import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from osteon.metrics.precision_recall import average_precision, average_precision_statistic

ROWS = st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=1, max_size=80).filter(
    lambda rows: any(t for t, _ in rows)
)


@given(ROWS)
def test_average_precision_is_scikit_learns(rows):
    truth, scores = np.array(rows).T
    assert average_precision(truth, scores) == pytest.approx(average_precision_score(truth, scores), abs=1e-12)
    assert average_precision(truth, scores**3 + 1) == pytest.approx(average_precision(truth, scores), abs=1e-12)


def test_weights_count_as_repeated_rows(rng):
    truth, scores = rng.integers(0, 2, 60), rng.integers(0, 20, 60)
    weights = rng.integers(0, 3, (60, 8))
    values = average_precision_statistic(truth, scores)(weights.astype(float))
    for value, weight in zip(values, weights.T, strict=True):
        rows = np.repeat(np.arange(60), weight)
        assert value == pytest.approx(average_precision_score(truth[rows], scores[rows]), abs=1e-12)


def test_without_positives_it_is_undefined():
    assert np.isnan(average_precision(np.zeros(3), np.arange(3)))
