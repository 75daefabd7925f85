from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, cohen_kappa_score, recall_score

from osteon.errors import RequestError
from osteon.metrics import readers
from osteon.metrics.readers import NOT_READ, Readings
from osteon.metrics.scoring import Context
from osteon.types import Evidence

CONTEXT = Context(unit="patient", evidence=Evidence.SIMULATED)


def study(rng, cases=120, right=(0.65, 0.75, 0.85), gain=0.1, model=0.8):
    """Return readers of known skill, who gain with help, and a model."""
    truth = rng.integers(0, 3, cases)

    def said(skill):
        return np.where(rng.random(cases) < skill, truth, (truth + rng.integers(1, 3, cases)) % 3)

    odds = np.full((cases, 3), 0.2)
    odds[np.arange(cases), said(model)] = 0.6
    return Readings(
        readers=tuple(f"R{i + 1}" for i in range(len(right))),
        answers=np.stack([said(r) for r in right]),
        assisted=np.stack([said(r + gain) for r in right]),
        truth=truth,
        patients=np.array([f"p{i}" for i in range(cases)]),
        classes=("benign", "intermediate", "malignant"),
        model=odds,
    )


@pytest.fixture
def made(rng):
    return study(rng)


def of(found, task, metric):
    (one,) = [s for s in found if s.task == task and s.metric == metric]
    return one


def test_each_readers_figures_are_scikit_learns(made):
    found = readers.each(made, context=CONTEXT)
    for condition, answers in (("", made.answers), (", assisted", made.assisted)):
        for name, row in zip(made.readers, answers, strict=True):
            task = name + condition
            accuracy = of(found, task, "accuracy")
            assert accuracy.value == pytest.approx(accuracy_score(made.truth, row))
            exact = binomtest(int((made.truth == row).sum()), 120).proportion_ci(method="exact")
            assert (accuracy.low, accuracy.high) == pytest.approx((exact.low, exact.high))
            recalls = recall_score(made.truth, row, average=None)
            for k, word in enumerate(made.classes):
                assert of(found, task, f"sensitivity[{word}]").value == pytest.approx(recalls[k])


def test_cases_that_a_reader_did_not_see_do_not_count(made):
    answers = made.answers.copy()
    answers[0, :40] = NOT_READ
    answers[1] = NOT_READ
    found = readers.each(replace(made, answers=answers, assisted=None), context=CONTEXT)
    first = of(found, "R1", "accuracy")
    assert first.n == 80
    assert first.value == pytest.approx(accuracy_score(made.truth[40:], made.answers[0, 40:]))
    assert not [s for s in found if s.task == "R2"]


def test_many_images_of_a_patient_widen_the_interval(made):
    clustered = replace(made, patients=np.repeat([f"p{i}" for i in range(12)], 10))
    score = of(readers.each(clustered, context=CONTEXT), "R1", "accuracy")
    assert score.method == "patient bootstrap"
    assert score.patients == 12


def test_readers_against_the_model_by_mcnemar(made):
    statsmodels = pytest.importorskip("statsmodels.stats.contingency_tables")
    model = made.model.argmax(axis=1) == made.truth
    found = readers.against_model(made, context=CONTEXT)
    assert [v.who for v in found] == [f"R{i} against the model" for i in (1, 2, 3)]
    for versus, row in zip(found, made.answers, strict=True):
        right = row == made.truth
        table = [[(right & model).sum(), (right & ~model).sum()], [(~right & model).sum(), (~right & ~model).sum()]]
        assert versus.comparison.p == pytest.approx(statsmodels.mcnemar(table, exact=True).pvalue)
        assert versus.comparison.difference == pytest.approx(right.mean() - model.mean())
        assert versus.comparison.low < versus.comparison.difference < versus.comparison.high


def test_help_helps_on_average(rng):
    made = study(rng, cases=400, gain=0.12)
    found = readers.with_help(made, context=CONTEXT)
    assert len(found) == 4
    mean = found[-1].comparison
    gaps = [
        (a == made.truth).mean() - (b == made.truth).mean() for a, b in zip(made.assisted, made.answers, strict=True)
    ]
    assert mean.difference == pytest.approx(np.mean(gaps))
    assert [v.comparison.difference for v in found[:-1]] == pytest.approx(gaps)
    assert mean.low > 0
    assert mean.high - mean.low < min(v.comparison.high - v.comparison.low for v in found[:-1])
    assert "3 readers" in mean.note


def test_without_a_gain_none_is_claimed(rng):
    hits = [readers.with_help(study(rng, cases=60, gain=0.0), context=CONTEXT)[-1].comparison for _ in range(25)]
    assert sum(c.low > 0 or c.high < 0 for c in hits) <= 5


@pytest.mark.parametrize(("weighting", "theirs"), [("none", None), ("linear", "linear"), ("quadratic", "quadratic")])
def test_agreement_is_scikit_learns_and_has_intervals(made, weighting, theirs):
    found = readers.agreement(made, context=CONTEXT, weighting=weighting)
    metric = "kappa" if weighting == "none" else f"kappa_{weighting}"
    pair = of(found, "R1 and R3", metric)
    assert pair.value == pytest.approx(cohen_kappa_score(made.answers[0], made.answers[2], weights=theirs))
    assert pair.low < pair.value < pair.high
    truth = of(found, "R2, assisted and the truth", metric)
    assert truth.value == pytest.approx(cohen_kappa_score(made.assisted[1], made.truth, weights=theirs))
    assert of(found, "all readers, assisted", "fleiss_kappa").value > of(found, "all readers", "fleiss_kappa").value


def test_two_classes_need_no_brackets(rng):
    truth = rng.integers(0, 2, 50)
    made = Readings(
        readers=("A",),
        answers=np.where(rng.random((1, 50)) < 0.8, truth, 1 - truth),
        truth=truth,
        patients=np.arange(50),
        classes=("malignant", "benign"),
        positive="malignant",
    )
    found = readers.each(made, context=CONTEXT)
    assert {s.metric for s in found} == {"accuracy", "sensitivity", "specificity"}
    assert of(found, "A", "sensitivity").value == pytest.approx((made.answers[0] == truth)[truth == 0].mean())
    assert not [s for s in readers.agreement(made, context=CONTEXT) if s.metric == "fleiss_kappa"]


def test_what_is_missing_is_said(made):
    with pytest.raises(RequestError, match="run"):
        readers.against_model(replace(made, model=None), context=CONTEXT)
    with pytest.raises(RequestError, match="assisted"):
        readers.with_help(replace(made, assisted=None), context=CONTEXT)
    with pytest.raises(RequestError, match="in common"):
        readers.with_help(replace(made, assisted=np.full_like(made.answers, NOT_READ)), context=CONTEXT)
    with pytest.raises(RequestError, match="3 readers"):
        replace(made, answers=made.answers[:, :5])
