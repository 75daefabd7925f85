"""What the decoders of several systems share: outputs to probabilities, many predictions to one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from osteon.contract import Classify
from osteon.types import Output, Prediction, Study

if TYPE_CHECKING:
    import numpy as np


def class_probabilities(values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the probabilities (classes,) of one part's values: its own, or those of its logits.

    One logit alone is that of the second of two classes.
    """
    import numpy as np

    if "probabilities" in values:
        return np.asarray(values["probabilities"], dtype=float)
    logits = np.asarray(values["logits"], dtype=float)
    logits = np.array([0.0, logits[0]]) if logits.size == 1 else logits
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def classified(study: Study, task: Classify, probabilities: Iterable[float], output: Output) -> Prediction:
    """Return the prediction of `task` with these probabilities, located where `output` came from."""
    return Prediction(
        study=study.name,
        patient=study.patient,
        task=task.name,
        input=output.sample.input,
        probabilities=dict(zip(task.classes, map(float, probabilities), strict=True)),
        features=output.values.get("features"),
    )


def mean_of_patient(predictions: Sequence[Prediction]) -> Prediction:
    """Return one prediction of a patient and task: the mean of the probabilities and risks of several."""
    import numpy as np

    first = predictions[0]
    rows = [p.probabilities for p in predictions if p.probabilities is not None]
    risks = [p.risk for p in predictions if p.risk is not None]
    return Prediction(
        study=first.patient,
        patient=first.patient,
        task=first.task,
        probabilities={k: float(np.mean([row[k] for row in rows])) for k in rows[0]} if rows else None,
        risk=float(np.mean(risks)) if risks else None,
        maker=first.maker,
    )


def with_task(prediction: Prediction, task: str) -> Prediction:
    """Return the same prediction as an answer to another task."""
    return replace(prediction, task=task)
