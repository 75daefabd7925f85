"""Answers of every kind of task to scores: the right unit, the right level, equal to another library's."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score

from osteon.contract import Classify, Regress, Segment, Survive
from osteon.engine.answers import Answer, Answers
from osteon.engine.judge import judge
from osteon.errors import RequestError
from osteon.metrics import masks
from osteon.metrics.scores import Context
from osteon.types import Evidence, Prediction
from tests.engine import tiny

CONTEXT = Context(unit="image", split="test", cohort="made", evidence=Evidence.SIMULATED, seed=0)
GRADE = Classify(name="grade", unit="patient", classes=("low", "high"), positive="high")


def system(task):
    return replace(tiny.system(tiny.PART), tasks=(task,))


def said(task, number, **more):
    return Prediction(study=f"s{number}", patient=f"p{number}", task=task.name, **more)


def graded(*, level="item", count=40, task=GRADE):
    rng = np.random.default_rng(1)
    truth = np.arange(count) % 2
    high = np.clip(0.3 * truth + rng.uniform(0, 0.7, count), 0, 1)
    made = [
        Answer(
            prediction=said(task, i, probabilities=dict(zip(task.classes, (1 - p, p), strict=True))),
            level=level,
            truth=float(t),
            label=task.classes[t],
        )
        for i, (t, p) in enumerate(zip(truth, high, strict=True))
    ]
    return made, truth, high


def by_metric(scores):
    return {s.metric: s for s in scores}


def test_a_class_is_scored_as_scikit_learn_does():
    made, truth, high = graded()
    found = by_metric(judge(Answers(answers=tuple(made), refused=()), system(GRADE), context=CONTEXT))
    assert found["auc"].value == pytest.approx(roc_auc_score(truth, high))
    assert found["accuracy"].value == pytest.approx(accuracy_score(truth, high > 0.5))
    assert (found["auc"].unit, found["auc"].patients, found["auc"].task) == ("patient", 40, "grade")
    assert all(s.low <= s.value <= s.high for s in found.values())
    assert {s.evidence for s in found.values()} == {Evidence.SIMULATED}


def test_images_and_the_patients_they_were_joined_to_are_scored_apart():
    items, _, _ = graded()
    whole, _, _ = graded(level="patient", count=20)
    scores = judge(Answers(answers=(*items, *whole), refused=()), system(GRADE), context=CONTEXT)
    counts = {(s.unit, s.n) for s in scores if s.metric == "accuracy"}
    assert counts == {("image", 40), ("patient", 20)}


def test_answers_without_a_truth_are_left_out():
    made, truth, high = graded()
    made[3] = replace(made[3], truth=None, label=None)
    found = by_metric(judge(Answers(answers=tuple(made), refused=()), system(GRADE), context=CONTEXT))
    kept = np.arange(40) != 3
    assert found["accuracy"].n == 39
    assert found["auc"].value == pytest.approx(roc_auc_score(truth[kept], high[kept]))


def test_outlines_are_scored_by_their_cases():
    task = Segment(name="tumour", unit="patient", input="ct")
    truth = np.zeros((4, 10, 10), int)
    truth[1:3, 2:6, 2:6] = 1
    shifted = np.roll(truth, 1, axis=2)
    answers = []
    for number, drawn in enumerate((truth, shifted, shifted, truth)):
        case = masks.measure(drawn, truth, patient=f"p{number}", spacing_mm=(3.0, 1.0, 1.0))
        answers.append(Answer(prediction=said(task, number), level="item", case=case))
    found = by_metric(judge(Answers(answers=tuple(answers), refused=()), system(task), context=CONTEXT))
    assert found["dice"].value == pytest.approx((1 + 0.75 + 0.75 + 1) / 4)
    assert found["dice"].patients == 4


def test_a_quantity_is_scored_in_its_unit():
    task = Regress(name="volume", unit="patient", quantity_unit="ml")
    truth = np.linspace(10, 200, 25)
    answers = tuple(
        Answer(prediction=said(task, i, value=1.1 * t, unit="ml"), level="item", truth=t) for i, t in enumerate(truth)
    )
    scores = judge(Answers(answers=answers, refused=()), system(task), context=CONTEXT)
    assert any("ml" in s.metric or "ml" in s.note for s in scores)
    pearson = next(s for s in scores if "correlation" in s.metric or "pearson" in s.metric)
    assert pearson.value == pytest.approx(1)


def test_a_risk_is_scored_against_days_and_events():
    task = Survive(name="overall_survival", unit="patient", endpoint="death")
    days = np.linspace(100, 2000, 30)
    answers = tuple(
        Answer(prediction=said(task, i, risk=float(-d)), level="item", truth=float(d), event=i % 3 > 0)
        for i, d in enumerate(days)
    )
    found = judge(Answers(answers=answers, refused=()), system(task), context=CONTEXT)
    assert next(s for s in found if "concordance" in s.metric).value == 1


def test_nothing_to_score_is_a_sentence():
    made, _, _ = graded()
    blind = tuple(replace(a, truth=None) for a in made)
    with pytest.raises(RequestError, match="nothing to score"):
        judge(Answers(answers=blind, refused=()), system(GRADE), context=CONTEXT)


def test_a_quantity_that_could_not_be_measured_leaves_the_others_their_score():
    """A tile without tumour has no share of necrosis: it is left out, and does not make every figure undefined."""
    task = Regress(name="volume", unit="image", quantity_unit="ml")
    made = [
        Answer(
            prediction=said(task, i, value=None if i == 4 else float(i) + 1.0, unit="ml"), level="item", truth=float(i)
        )
        for i in range(12)
    ]
    found = by_metric(judge(Answers(answers=tuple(made), refused=()), system(task), context=CONTEXT))
    error = next(score for name, score in found.items() if "error" in name or name.startswith("mae"))
    assert error.value == pytest.approx(1.0)
    assert error.n == 11
    nothing = [replace(a, prediction=replace(a.prediction, value=None)) for a in made]
    with pytest.raises(RequestError, match="nothing to score"):
        judge(Answers(answers=tuple(nothing), refused=()), system(task), context=CONTEXT)
