import numpy as np
import pytest
from sklearn import metrics as peer

from osteon.errors import RequestError
from osteon.metrics import catalogue, delong
from osteon.metrics.classification import classification
from osteon.metrics.proportion import clopper_pearson
from osteon.metrics.scoring import Context
from osteon.types import Evidence

CONTEXT = Context(task="grade", unit="image", split="test", cohort="c", evidence=Evidence.REAL, seeds=3, note="mind")


def _rows(rng, classes=3, n=150):
    truth = rng.integers(0, classes, n)
    logits = rng.normal(size=(n, classes)) + 1.2 * np.eye(classes)[truth]
    probabilities = np.exp(logits)
    return truth, probabilities / probabilities.sum(axis=1, keepdims=True)


def _by_name(found):
    return {score.metric: score for score in found}


def test_three_classes_with_several_images_a_patient(rng):
    truth, probabilities = _rows(rng)
    owners = rng.integers(0, 50, 150)
    found = _by_name(classification(truth, probabilities, classes="abc", patients=owners, context=CONTEXT))
    called = probabilities.argmax(axis=1)
    assert found["accuracy"].value == pytest.approx(peer.accuracy_score(truth, called))
    assert found["balanced_accuracy"].value == pytest.approx(peer.balanced_accuracy_score(truth, called))
    assert found["f1_macro"].value == pytest.approx(peer.f1_score(truth, called, average="macro"))
    assert found["auc_macro"].value == pytest.approx(peer.roc_auc_score(truth, probabilities, multi_class="ovr"))
    for k, name in enumerate("abc"):
        assert found[f"auc[{name}]"].value == pytest.approx(peer.roc_auc_score(truth == k, probabilities[:, k]))
        assert found[f"average_precision[{name}]"].value == pytest.approx(
            peer.average_precision_score(truth == k, probabilities[:, k])
        )
        assert found[f"precision[{name}]"].value == pytest.approx(peer.precision_score(truth == k, called == k))
        assert found[f"sensitivity[{name}]"].n == found[f"sensitivity[{name}]"].events == (truth == k).sum()
    assert found["brier"].value == pytest.approx(peer.brier_score_loss(truth, probabilities, labels=[0, 1, 2]))
    for score in found.values():
        assert score.method == "patient bootstrap"
        assert score.low <= score.value <= score.high or score.metric == "ece"  # the error of a resample is biased up
        fact = catalogue.fact(score.metric)
        assert fact.low <= score.low <= score.high <= fact.high
        assert (score.task, score.split, score.cohort, score.seeds, score.note) == ("grade", "test", "c", 3, "mind")
    assert found["accuracy"].patients == np.unique(owners).size


def test_one_image_a_patient_gets_the_exact_intervals(rng):
    truth, probabilities = _rows(rng, classes=2)
    found = _by_name(
        classification(truth, probabilities, classes=("benign", "malignant"), patients=np.arange(150), context=CONTEXT)
    )
    right = truth == probabilities.argmax(axis=1)
    accuracy, area, recall = found["accuracy"], found["auc"], found["sensitivity"]
    assert (accuracy.low, accuracy.high) == clopper_pearson(int(right.sum()), 150)
    assert (recall.low, recall.high) == clopper_pearson(int(right[truth == 1].sum()), int(truth.sum()))
    assert (area.value, area.low, area.high) == delong.interval(truth, probabilities[:, 1])
    assert [found[m].method for m in ("accuracy", "specificity", "precision", "auc", "f1")] == [
        *["clopper-pearson"] * 3,
        "delong",
        "patient bootstrap",
    ]
    assert area.events == truth.sum()


def test_the_positive_class_can_be_the_first(rng):
    truth, probabilities = _rows(rng, classes=2)
    one, other = (
        _by_name(classification(truth, probabilities, classes="ab", patients=range(150), context=CONTEXT, positive=p))
        for p in "ab"
    )
    assert one["sensitivity"].value == other["specificity"].value
    assert one["auc"].value == pytest.approx(other["auc"].value)
    assert one["auc"].events + other["auc"].events == 150


def test_copies_of_a_patient_keep_the_interval_and_say_so(rng):
    truth, probabilities = _rows(rng, classes=2)
    once = classification(truth, probabilities, classes="ab", patients=np.arange(150), context=CONTEXT)
    tiles = classification(
        np.repeat(truth, 8),
        np.repeat(probabilities, 8, axis=0),
        classes="ab",
        patients=np.arange(1200) // 8,
        context=CONTEXT,
    )
    for one, many in zip(once, tiles, strict=True):
        assert many.value == pytest.approx(one.value)
        assert many.high - many.low == pytest.approx(one.high - one.low, rel=0.25)
        assert (many.n, many.patients) == (8 * one.n, one.patients)


def test_a_faultless_classifier_is_not_certain():
    truth = np.repeat([0, 1], [20, 12])
    found = _by_name(
        classification(truth, np.eye(2)[truth], classes="ab", patients=np.arange(32) // 2, context=CONTEXT)
    )
    assert found["accuracy"].low == pytest.approx(clopper_pearson(16, 16)[0])
    assert found["sensitivity"].low == pytest.approx(clopper_pearson(6, 6)[0])
    assert found["auc"].low == pytest.approx(clopper_pearson(6, 6)[0])
    assert "no resample differs" in found["auc"].note
    assert found["accuracy"].high == 1.0


def test_a_class_without_rows_is_undefined_and_says_why(rng):
    truth, probabilities = _rows(rng)
    kept = truth < 2
    found = _by_name(
        classification(truth[kept], probabilities[kept], classes="abc", patients=np.arange(kept.sum()), context=CONTEXT)
    )
    for name in ("auc[c]", "sensitivity[c]", "balanced_accuracy", "auc_macro", "average_precision[c]"):
        assert np.isnan([found[name].value, found[name].low, found[name].high]).all()
        assert "undefined: it needs" in found[name].note
        assert found[name].method == "none"
    assert np.isfinite(found["auc[a]"].value)


def test_few_patients_are_named_in_the_note(rng):
    truth, probabilities = _rows(rng, classes=2)
    found = classification(truth, probabilities, classes="ab", patients=np.arange(150) % 6, context=CONTEXT)
    assert "6 patients are few" in found[0].note


def test_a_seed_fixes_every_interval(rng):
    truth, probabilities = _rows(rng)
    one, same = (
        classification(truth, probabilities, classes="abc", patients=np.arange(150) % 40, context=CONTEXT)
        for _ in range(2)
    )
    assert one == same


@pytest.mark.parametrize(
    "change",
    [
        {"truth": np.zeros(9, int)},
        {"patients": np.arange(3)},
        {"classes": "ab"},
        {"probabilities": np.full((10, 3), np.nan)},
        {"truth": np.full(10, 3)},
        {"truth": np.empty(0, int), "probabilities": np.empty((0, 3)), "patients": np.empty(0)},
    ],
)
def test_what_does_not_fit_is_refused(change):
    good = {"truth": np.arange(10) % 3, "probabilities": np.full((10, 3), 1 / 3), "patients": np.arange(10)}
    asked = {"classes": "abc", "context": CONTEXT} | good | change
    with pytest.raises(RequestError):
        classification(asked.pop("truth"), asked.pop("probabilities"), **asked)


def test_an_unknown_positive_class_is_refused():
    with pytest.raises(RequestError, match="'z' is none of"):
        classification(np.array([0, 1]), np.eye(2), classes="ab", patients=np.arange(2), context=CONTEXT, positive="z")


@pytest.mark.parametrize("seed", range(4))
def test_ties_and_small_sets_are_still_scikit_learns(seed):
    rng = np.random.default_rng(seed)
    truth = np.r_[0, 1, rng.integers(0, 2, 18)]
    positive = rng.integers(0, 5, 20) / 4  # five values, so ties everywhere, 0 and 1 among them
    odds = np.stack([1 - positive, positive], axis=1)
    found = _by_name(classification(truth, odds, classes="ab", patients=np.arange(20), context=CONTEXT))
    called = odds.argmax(axis=1)
    assert found["auc"].value == pytest.approx(peer.roc_auc_score(truth, positive))
    assert found["average_precision"].value == pytest.approx(peer.average_precision_score(truth, positive))
    assert found["brier"].value == pytest.approx(peer.brier_score_loss(truth, positive))
    assert found["f1"].value == pytest.approx(peer.f1_score(truth, called))
    assert found["specificity"].value == pytest.approx(peer.recall_score(truth, called, pos_label=0))


def test_the_names_of_the_classes_and_their_order_carry_the_figures_along(rng):
    truth, odds = _rows(rng)
    owners = rng.integers(0, 50, 150)
    order = np.array([2, 0, 1])
    plain = _by_name(classification(truth, odds, classes="abc", patients=owners, context=CONTEXT))
    turned = classification(
        np.argsort(order)[truth], odds[:, order], classes=["c", "a", "b"], patients=owners, context=CONTEXT
    )
    for score in turned:
        same = plain[score.metric]
        assert (score.value, score.low, score.high) == pytest.approx((same.value, same.low, same.high))
        assert (score.n, score.events) == (same.n, same.events)


def test_the_other_class_as_positive_swaps_sensitivity_and_specificity(rng):
    truth, odds = _rows(rng, classes=2)
    one, other = (
        _by_name(classification(truth, odds, classes="ab", patients=np.arange(150), context=CONTEXT, positive=name))
        for name in "ab"
    )
    for mine, theirs in (("sensitivity", "specificity"), ("specificity", "sensitivity"), ("auc", "auc")):
        first, second = one[mine], other[theirs]
        assert (first.value, first.low, first.high) == pytest.approx((second.value, second.low, second.high))
    assert one["accuracy"].value == other["accuracy"].value
    assert one["brier"].value == pytest.approx(other["brier"].value)


def test_one_study_of_one_patient_is_scored_and_says_how_little_that_is():
    found = _by_name(classification([1], [[0.2, 0.8]], classes="ab", patients=["p"], context=CONTEXT))
    assert found["accuracy"].value == 1.0
    assert found["accuracy"].low < 0.05
    assert found["brier"].value == pytest.approx(0.04)
    for name in ("auc", "specificity", "balanced_accuracy"):
        assert np.isnan(found[name].value), name
        assert found[name].note.startswith("undefined: it needs ")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_probability_that_is_no_number_stops_the_scoring(bad, rng):
    truth, odds = _rows(rng)
    odds[3, 1] = bad
    with pytest.raises(RequestError, match="Probabilities must be numbers"):
        classification(truth, odds, classes="abc", patients=np.arange(150), context=CONTEXT)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_every_figure_is_in_the_catalogue_once(classes, rng):
    truth, odds = _rows(rng, classes=classes)
    names = [f"c{k}" for k in range(classes)]
    found = classification(truth, odds, classes=names, patients=np.arange(150), context=CONTEXT)
    assert len({s.metric for s in found}) == len(found)
    assert all(catalogue.title(s.metric) for s in found)
