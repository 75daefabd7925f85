"""Answers to scores: for each task its metrics, at the level of the image and, once aggregated, of the patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from osteon.contract import Classify, Detect, Regress, Segment, Survive, System, Task
from osteon.engine.answers import Answer, Answers, odds
from osteon.errors import RequestError
from osteon.metrics import scores
from osteon.metrics.scores import Context
from osteon.types import Score


def judge(answers: Answers, system: System, *, context: Context) -> list[Score]:
    """Return the scores of every task of `system` that has both answers and truth.

    Args:
        answers: Of one split of one cohort.
        system: Whose tasks they answer.
        context: Cohort, split, evidence and seeds; task and unit are filled in here.

    Raises:
        RequestError: Not one task has an answer with a truth.

    """
    found = [score for task in system.tasks for score in _task(answers, task, context)]
    if not found:
        msg = (
            "There is nothing to score: no study has both a truth and a prediction. "
            "Check the label columns and masks of the cohort, and the split."
        )
        raise RequestError(msg)
    return found


def _task(answers: Answers, task: Task, context: Context) -> list[Score]:
    found: list[Score] = []
    joined = answers.of(task, level="patient")
    for level, unit in (("item", _unit(task, several=bool(joined))), ("patient", "patient")):
        here = answers.of(task, level=level)
        found += _kind(here, task, replace(context, task=task.name, unit=unit))
    return found


def _told(answer: Answer, task: Task) -> bool:
    """Return whether the truth is known and something was said: a tile without tumour has no share of necrosis."""
    return answer.truth is not None and not (isinstance(task, Regress) and answer.prediction.value is None)


def _unit(task: Task, *, several: bool) -> str:
    """Return what one answer is about; an image where the task's own unit only comes by joining several."""
    return "image" if several and task.unit == "patient" else task.unit


def _kind(answers: Sequence[Answer], task: Task, context: Context) -> list[Score]:
    if isinstance(task, Segment):
        cases = [a.case for a in answers if a.case is not None]
        return scores.segmentation(cases, context=context) if cases else []
    if isinstance(task, Detect):
        marks = [a.marks for a in answers if a.marks is not None]
        patients = [a.prediction.patient for a in answers if a.marks is not None]
        return scores.detection(marks, patients=patients, context=context) if marks else []
    known = [a for a in answers if _told(a, task)]
    if not known:
        return []
    truth, patients = np.array([a.truth for a in known]), [a.prediction.patient for a in known]
    if isinstance(task, Classify):
        return scores.classification(
            truth.astype(int),
            odds(known, task.classes),
            classes=task.classes,
            patients=patients,
            context=context,
            positive=task.positive if len(task.classes) == 2 else None,
        )
    if isinstance(task, Survive):
        risk, event = np.array([a.prediction.risk for a in known]), np.array([bool(a.event) for a in known])
        return scores.survival(risk, days=truth, event=event, patients=patients, context=context)
    if isinstance(task, Regress):
        said = np.array([a.prediction.value for a in known])
        return scores.regression(truth, said, patients=patients, context=context, quantity=task.quantity_unit)
    return []
