"""The figures of a report stand on the answers that its scores stand on."""

import re
from dataclasses import replace

import numpy as np
import pytest
import tiny
from sklearn.metrics import confusion_matrix

from osteon.contract import Classify, Detect
from osteon.engine.answers import Answer, Answers
from osteon.engine.drawings import drawings
from osteon.engine.judge import judge
from osteon.metrics import lesions
from osteon.metrics.scores import Context
from osteon.types import Evidence, Prediction

CONTEXT = Context(unit="image", split="test", cohort="made", evidence=Evidence.SIMULATED, seed=0)
GRADE = Classify(name="grade", unit="image", classes=("high", "low"), positive="high")
THREE = Classify(name="kind", unit="image", classes=("a", "b<c", "$d"))


def words(svg):
    return " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))


def answered(task, *, count=60, level="item", per_patient=2, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.permutation(np.arange(count) % len(task.classes))
    found = []
    for i, t in enumerate(truth):
        logits = rng.normal(size=len(task.classes))
        logits[t] += 1.2
        odds = dict(zip(task.classes, np.exp(logits) / np.exp(logits).sum(), strict=True))
        said = Prediction(study=f"s{i}", patient=f"p{i // per_patient}", task=task.name, probabilities=odds)
        found.append(Answer(prediction=said, level=level, truth=float(t), label=task.classes[t]))
    return found


def drawn(task, answers, **more):
    system = tiny.system(tasks=(task,))
    told = Answers(answers=tuple(answers), refused=())
    scores = judge(told, system, context=CONTEXT)
    return drawings(told, system, more.get("scores", scores)), scores


def test_two_classes_have_one_curve_of_the_positive_one_though_it_comes_first() -> None:
    figures, scores = drawn(GRADE, answered(GRADE))
    titles = [f.title for f in figures]
    assert titles == ["grade: high against the rest", "grade: what its probabilities mean", "grade: confusion"]
    auc = next(s for s in scores if s.metric == "auc")
    assert f"AUC {auc.value:.2f}" in words(figures[0].svg)
    assert "probability of high" in words(figures[1].svg)


def test_more_classes_have_a_curve_each_whatever_they_are_called() -> None:
    figures, scores = drawn(THREE, answered(THREE))
    assert [f.title for f in figures[:3]] == [f"kind: {name} against the rest" for name in THREE.classes]
    for figure, name in zip(figures, THREE.classes, strict=False):
        auc = next(s for s in scores if s.metric == f"auc[{name}]")
        assert f"AUC {auc.value:.2f}" in words(figure.svg)
    assert "b&lt;c" in figures[-1].svg
    assert "$d" in words(figures[-1].svg), "a dollar sign is a letter, not mathematics"


def test_the_confusion_is_that_of_scikit_learn() -> None:
    answers = answered(THREE)
    figures, _ = drawn(THREE, answers)
    said = [THREE.classes.index(max(a.prediction.probabilities, key=a.prediction.probabilities.get)) for a in answers]
    expected = confusion_matrix([int(a.truth) for a in answers], said)
    shown = [int(n) for n in re.findall(r"(?<![\d=] )\b(\d+)(?= \d+ %)", words(figures[-1].svg))]
    assert shown == expected.ravel().tolist()


def test_joined_patients_are_drawn_and_not_their_images() -> None:
    images, patients = answered(GRADE), answered(GRADE, level="patient", per_patient=1, count=30, seed=1)
    figures, scores = drawn(GRADE, [*images, *patients])
    auc = next(s for s in scores if s.metric == "auc" and s.unit == "patient")
    assert f"AUC {auc.value:.2f}" in words(figures[0].svg)
    assert "of 30 patients positive" in words(figures[0].svg)


def test_answers_without_truth_are_drawn_nowhere() -> None:
    answers = answered(GRADE)
    mute = [replace(a, truth=None, label=None) for a in answered(GRADE, seed=9)]
    assert [f.svg for f in drawn(GRADE, [*answers, *mute])[0]] == [f.svg for f in drawn(GRADE, answers)[0]]
    figures = drawings(Answers(answers=tuple(mute), refused=()), tiny.system(tasks=(GRADE,)), [])
    assert figures == []


@pytest.mark.parametrize("only", [0, 1])
def test_a_side_with_one_class_alone_has_no_curve_and_no_fault(only: int) -> None:
    answers = [a for a in answered(GRADE) if a.truth == only]
    figures, scores = drawn(GRADE, answers)
    assert np.isnan(next(s for s in scores if s.metric == "auc").value)
    assert "grade: high against the rest" not in [f.title for f in figures]
    assert figures[-1].title == "grade: confusion"
    assert "(n = 0)" in words(figures[-1].svg)


def test_boxes_have_their_own_curve() -> None:
    rng = np.random.default_rng(0)
    task = Detect(name="lesion", unit="image", input="radiograph")
    answers = []
    for i in range(12):
        found = [(2, 2, 6, 6), (10, 10, 12, 12)]
        marks = lesions.match_boxes(found, tuple(rng.random(2)), truth=[(2, 2, 6, 7)])
        said = Prediction(study=f"s{i}", patient=f"p{i}", task="lesion", input="radiograph")
        answers.append(Answer(prediction=said, level="item", marks=marks))
    figures, scores = drawn(task, answers)
    assert [f.title for f in figures] == ["lesion: lesions found against false marks"]
    froc = next(s for s in scores if s.metric == "froc")
    assert f"Mean sensitivity {froc.value:.2f}" in words(figures[0].svg)
