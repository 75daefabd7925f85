import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as peer

from osteon.errors import RequestError
from osteon.metrics import confusion

LABELS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=60).map(np.array)


@given(LABELS)
def test_each_figure_is_scikit_learns(pairs):
    truth, predicted = pairs.T
    counts = confusion.matrix(truth, predicted, classes=3)
    each = {"labels": [0, 1, 2], "average": None, "zero_division": np.nan}
    assert np.array_equal(counts, peer.confusion_matrix(truth, predicted, labels=[0, 1, 2]))
    assert confusion.accuracy(counts) == pytest.approx(peer.accuracy_score(truth, predicted))
    np.testing.assert_allclose(confusion.sensitivity(counts), peer.recall_score(truth, predicted, **each))
    np.testing.assert_allclose(confusion.precision(counts), peer.precision_score(truth, predicted, **each))
    np.testing.assert_allclose(confusion.f1(counts), peer.f1_score(truth, predicted, **each))
    for k in range(3):
        rest = peer.recall_score(truth != k, predicted != k, zero_division=np.nan)
        np.testing.assert_allclose(confusion.specificity(counts)[k], rest)


def test_balanced_accuracy_is_scikit_learns_and_nan_without_a_class(rng):
    truth, predicted = rng.integers(0, 3, 100), rng.integers(0, 3, 100)
    counts = confusion.matrix(truth, predicted, classes=3)
    assert confusion.balanced_accuracy(counts) == pytest.approx(peer.balanced_accuracy_score(truth, predicted))
    assert np.isnan(confusion.balanced_accuracy(confusion.matrix(truth, predicted, classes=4)))


@given(LABELS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(pairs, random):
    order = random.sample(range(len(pairs)), len(pairs))
    counts = [confusion.matrix(*rows.T, classes=3) for rows in (pairs, pairs[order])]
    assert np.array_equal(*counts)


def test_weights_count_as_repeated_rows(rng):
    truth, predicted = rng.integers(0, 3, 40), rng.integers(0, 3, 40)
    weights = rng.integers(0, 4, (40, 5))
    together = confusion.matrix(truth, predicted, classes=3, weights=weights.astype(float))
    for b in range(5):
        rows = np.repeat(np.arange(40), weights[:, b])
        assert np.array_equal(together[..., b], confusion.matrix(truth[rows], predicted[rows], classes=3))


@pytest.mark.parametrize(("specificity", "f1"), [(0.961, 0.933), (0.966, 0.946)])
def test_pi_reaches_its_f1_only_with_the_specificity_of_its_table(specificity, f1):
    """Sheet 20, E24: accuracy 0.95 and sensitivity 0.9317 fix the prevalence, and so F1."""
    accuracy, sensitivity = 0.9500, 0.9317
    positive = 1e6 * (accuracy - specificity) / (sensitivity - specificity)
    negative = 1e6 - positive
    hits, calm = sensitivity * positive, specificity * negative
    counts = np.array([[calm, negative - calm], [positive - hits, hits]])
    assert confusion.accuracy(counts) == pytest.approx(accuracy)
    # The published figures are rounded, which moves F1 by up to 0.002.
    assert confusion.f1(counts)[1] == pytest.approx(f1, abs=0.002)


def test_f1_of_precision_97_and_recall_94_is_95_48():
    """Sheet of the VGG slides system: F1 0.9548 from P and R."""
    precision, recall = 0.97, 0.94
    hits = 940.0
    counts = np.array([[1000.0, hits / precision - hits], [hits / recall - hits, hits]])
    assert confusion.f1(counts)[1] == pytest.approx(0.9548, abs=5e-5)


@pytest.mark.parametrize(("truth", "predicted"), [([0, 3], [0, 1]), ([0, -1], [0, 1]), ([0], [0, 1])])
def test_impossible_classes_are_refused(truth, predicted):
    with pytest.raises(RequestError, match="0 to 2"):
        confusion.matrix(np.array(truth), np.array(predicted), classes=3)
