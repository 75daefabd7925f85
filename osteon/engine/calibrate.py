"""After training: the temperature of each classification, and what the features of training patients look like."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import torch

from osteon.cohorts.splits import Split
from osteon.contract import Classify, System
from osteon.engine import run, seeds
from osteon.engine.answers import class_of
from osteon.engine.course import Course
from osteon.engine.predictor import Predictor
from osteon.io import atomic, weights
from osteon.metrics.temperature import fit_temperature
from osteon.models import mahalanobis
from osteon.types import Cohort, Maker, Prediction, Study

MOST = 2000
"""Training studies that the out-of-distribution statistics are made of, at most."""

FEWEST = 10
"""Validation answers below which no temperature is fitted."""

Told = list[tuple[Study, list[Prediction]]]


def calibrate(course: Course, cohort: Cohort, split: Split) -> None:
    """Write calibration.json and, where predictions carry features, ood.safetensors.

    The temperature is fitted on the validation studies' own predictions, before `aggregate`. Where there are fewer
    than ten of them it is 1 and says so.
    """
    predictor = Predictor(
        system=course.system,
        parts={part.name: course.load(part.name, part) for part in course.system.parts},
        temperatures={},
        maker=Maker(system=course.system.name),
    )
    validation = [s for s in cohort.studies if s.name in split.validation]
    held_out = _predicted(course, predictor, validation, what="calibrating: temperature")
    tasks = [t for t in course.system.tasks if isinstance(t, Classify)]
    atomic.write_json(course.run.folder / run.CALIBRATION, {t.name: temperature(held_out, t) for t in tasks})
    train = [s for s in cohort.studies if s.name in split.train]
    first = held_out or _predicted(course, predictor, train[:1], what="calibrating")
    if _features(first, course.system) is not None:
        some = _some(train, seed=course.options.seed)
        _write_ood(course, _predicted(course, predictor, some, what="calibrating: features"), held_out)


def temperature(told: Told, task: Classify) -> dict[str, float | int | str]:
    """Return the temperature of `task` and the number of answers it was fitted on."""
    pairs = [
        ([p.probabilities.get(name, 0.0) for name in task.classes], truth)
        for study, predictions in told
        for p in predictions
        if p.task == task.name and p.probabilities and (truth := class_of(p, study, task)) is not None
    ]
    if len(pairs) < FEWEST:
        return {"temperature": 1.0, "n": len(pairs), "note": "too few validation answers to fit a temperature"}
    logits = np.log(np.maximum(np.array([odds for odds, _ in pairs], dtype=np.float64), 1e-12))
    return {"temperature": fit_temperature(logits, np.array([truth for _, truth in pairs])), "n": len(pairs)}


def _predicted(course: Course, predictor: Predictor, studies: Sequence[Study], *, what: str) -> Told:
    seen: Iterable[Study] = course.bar.over(studies, what, len(studies))
    return [(study, found) for study in seen if (found := _answer(predictor, study))]


def _answer(predictor: Predictor, study: Study) -> list[Prediction]:
    """Return the predictions without their images; none where `prepare` leaves the study out."""
    outputs = predictor.outputs(study)
    if not any(outputs.values()):
        return []
    return [replace(p, label_map=None, heat_map=None, restored=None) for p in predictor.system.decode(outputs, study)]


def _features(told: Told, system: System) -> tuple[np.ndarray, np.ndarray] | None:
    """Return features (n, d) and classes (n,) of the first task whose predictions carry features."""
    for task in system.tasks:
        found = [(study, p) for study, ps in told for p in ps if p.task == task.name and p.features is not None]
        if found:
            labels = [class_of(p, s, task) if isinstance(task, Classify) else 0 for s, p in found]
            classes = np.array([-1 if label is None else label for label in labels])
            return np.stack([p.features for _, p in found if p.features is not None]), classes
    return None


def _write_ood(course: Course, train: Told, held_out: Told) -> None:
    seen, unseen = _features(train, course.system), _features(held_out, course.system)
    if seen is None or len(seen[0]) < FEWEST:
        return
    others = unseen[0] if unseen is not None and len(unseen[0]) >= FEWEST else None
    stats = mahalanobis.fit(*seen, held_out=others)
    tensors = {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in stats.items()}
    atomic.write_bytes(course.run.folder / run.OOD, weights.tensor_bytes(tensors))


def _some(studies: Sequence[Study], *, seed: int) -> list[Study]:
    """Return at most `MOST` of the studies, drawn once and kept in their order."""
    if len(studies) <= MOST:
        return list(studies)
    chosen = sorted(seeds.rng(seed, "ood").choice(len(studies), size=MOST, replace=False).tolist())
    return [studies[i] for i in chosen]
