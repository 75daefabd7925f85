"""The figures of a run's report, drawn from its answers and scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from osteon.contract import Classify, Detect, System, Task
from osteon.engine.answers import Answer, Answers, odds
from osteon.engine.per_site import per_site
from osteon.metrics import confusion
from osteon.report import figures
from osteon.report.run import Figure
from osteon.types import Score


def drawings(answers: Answers, system: System, scores: Sequence[Score]) -> list[Figure]:
    """Return the figures of every task of `system` that has scores, at its last level (patients, if joined).

    Those of each task come first; then, where the answers are of several sites, what holds at each of them.
    """
    own = [figure for task in system.tasks for figure in _task(answers, task, scores)]
    return [*own, *per_site(answers, system, scores)]


def _task(answers: Answers, task: Task, scores: Sequence[Score]) -> Iterator[Figure]:
    joined = answers.of(task, level="patient")
    known = [a for a in joined or answers.of(task) if a.truth is not None or a.marks is not None]
    named = {s.metric: s for s in scores if s.task == task.name and (s.unit == "patient" or not joined)}
    if isinstance(task, Classify) and known:
        yield from _classify(known, task, named)
    if isinstance(task, Detect) and known and "froc" in named:
        marks = [a.marks for a in known if a.marks is not None]
        svg = figures.froc(marks, patients=[a.prediction.patient for a in known], mean=named["froc"])
        yield Figure(title=f"{task.name}: lesions found against false marks", svg=svg)


def _classify(known: Sequence[Answer], task: Classify, named: dict[str, Score]) -> Iterator[Figure]:
    truth, said = np.array([int(a.truth or 0) for a in known]), odds(known, task.classes)
    patients = [a.prediction.patient for a in known]
    two = len(task.classes) == 2
    positive = task.classes.index(task.positive) if two and task.positive else len(task.classes) - 1
    for k in [positive] if two else range(len(task.classes)):
        auc = named.get("auc" if two else f"auc[{task.classes[k]}]")
        if auc is not None and np.isfinite(auc.value):
            svg = figures.roc(truth == k, said[:, k], patients=patients, auc=auc)
            yield Figure(title=f"{task.name}: {task.classes[k]} against the rest", svg=svg)
    outcome = truth == positive if two else truth == said.argmax(axis=1)
    believed = said[:, positive] if two else said.max(axis=1)
    about = task.classes[positive] if two else "the answer"
    if "ece" in named:
        svg = figures.reliability(outcome, believed, patients=patients, ece=named["ece"], about=about)
        yield Figure(title=f"{task.name}: what its probabilities mean", svg=svg)
    counts = confusion.matrix(truth, said.argmax(axis=1), classes=len(task.classes))
    unit = named["accuracy"].unit if "accuracy" in named else task.unit
    yield Figure(title=f"{task.name}: confusion", svg=figures.confusion(counts, classes=task.classes, unit=unit))
