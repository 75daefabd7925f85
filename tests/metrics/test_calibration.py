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


@pytest.mark.parametrize("edge", [0.0, 0.1, 0.3, 0.5, 1.0])
def test_an_edge_belongs_to_the_bin_below_and_no_row_is_lost(edge):
    found = calibration.reliability(np.ones(3), np.full(3, edge))
    assert found.counts.tolist() == [3]
    assert found.predicted == pytest.approx([edge])


def test_every_row_is_in_one_bin(rng):
    belief = np.r_[0, 1, rng.random(200), np.linspace(0, 1, 11)]
    found = calibration.reliability(rng.random(belief.size) < belief, belief)
    assert found.counts.sum() == belief.size
    assert (np.diff(found.predicted) > 0).all()


def test_patients_of_a_bin_are_counted_once():
    found = calibration.reliability(np.ones(4), np.array([0.05, 0.06, 0.95, 0.96]), patients=np.array(list("aabc")))
    assert found.patients.tolist() == [1, 2]
    assert calibration.reliability(np.ones(4), np.full(4, 0.5)).patients.tolist() == [4]


def test_sure_and_wrong_is_the_worst_there_is():
    assert calibration.expected_calibration_error(np.zeros(5), np.ones(5)) == 1.0
    assert calibration.expected_calibration_error(np.ones(5), np.ones(5)) == 0.0
    assert np.isnan(calibration.expected_calibration_error(np.zeros(0), np.zeros(0)))
