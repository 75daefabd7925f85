"""A classification's figures for each patient alone, where patients are too few for one interval to say enough."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from osteon.contract import Classify
from osteon.engine import stored


@dataclass(frozen=True, kw_only=True)
class PatientFigure:
    """Of one patient: answers with a truth, classes among them, the share that is right, and its mean over classes."""

    patient: str
    n: int
    classes: int
    accuracy: float
    balanced_accuracy: float


def by_patient(folder: Path, task: Classify) -> tuple[PatientFigure, ...]:
    """Return the figures of each patient from the predictions stored in `folder`, by patient.

    Args:
        folder: Of a run or cross-validation that was judged.
        task: One that stands in its predictions.

    Raises:
        InputError: It was not judged.

    """
    table = stored.read_predictions(folder)
    table = table[(table["task"] == task.name) & (table["level"] == "item") & table["truth"].notna()]
    odds = table[[f"{stored.ODDS}{name}" for name in task.classes]].to_numpy(float)
    right = odds.argmax(axis=1) == table["truth"].to_numpy(int)
    patients, truth = table["patient"].astype(str).to_numpy(), table["truth"].to_numpy(int)
    return tuple(_of(name, truth[patients == name], right[patients == name]) for name in sorted(set(patients)))


def mean(of_seeds: list[tuple[PatientFigure, ...]]) -> tuple[PatientFigure, ...]:
    """Return the means over the seeds; the patients are the same in each."""
    return tuple(
        PatientFigure(
            patient=group[0].patient,
            n=group[0].n,
            classes=group[0].classes,
            accuracy=float(np.mean([f.accuracy for f in group])),
            balanced_accuracy=float(np.mean([f.balanced_accuracy for f in group])),
        )
        for group in zip(*of_seeds, strict=True)
    )


def _of(patient: str, truth: np.ndarray, right: np.ndarray) -> PatientFigure:
    recalls = [right[truth == label].mean() for label in sorted(set(truth.tolist()))]
    return PatientFigure(
        patient=patient,
        n=truth.size,
        classes=len(recalls),
        accuracy=float(right.mean()),
        balanced_accuracy=float(np.mean(recalls)),
    )
