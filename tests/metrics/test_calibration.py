import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from osteon.metrics import calibration

ROWS = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=60)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_brier_is_scikit_learns(rng, classes):
    truth, probabilities = rng.integers(0, classes, 150), rng.dirichlet(np.ones(classes), 150)
    theirs = (
        brier_score_loss(truth, probabilities[:, 1])
        if classes == 2
        else brier_score_loss(truth, probabilities, labels=list(range(classes)))
    )
    assert calibration.brier(truth, probabilities).mean() == pytest.approx(theirs)


@given(ROWS)
def test_reliability_is_scikit_learns(rows):
    outcome, probability = np.array(rows).T
    observed, predicted = calibration_curve(outcome, probability, n_bins=10)
    ours = calibration.reliability(outcome, probability)
    np.testing.assert_allclose(ours.observed, observed)
    np.testing.assert_allclose(ours.predicted, predicted, atol=1e-12)
    assert ours.counts.sum() == len(rows)


@given(ROWS)
def test_calibration_error_is_the_weighted_gap_of_the_curve(rows):
    outcome, probability = np.array(rows).T
    curve = calibration.reliability(outcome, probability)
    expected = (np.abs(curve.observed - curve.predicted) * curve.counts).sum() / curve.counts.sum()
    error = calibration.expected_calibration_error(outcome, probability)
    assert error == pytest.approx(expected, abs=1e-12)
    assert 0.0 <= error <= 1.0


def test_honest_probabilities_have_a_small_error_and_proud_ones_a_large_one(rng):
    probability = rng.random(20000)
    outcome = rng.random(20000) < probability
    assert calibration.expected_calibration_error(outcome, probability) < 0.02
    assert calibration.expected_calibration_error(rng.random(20000) < 0.5, np.full(20000, 0.9)) == pytest.approx(
        0.4, abs=0.02
    )
