"""What the decoders of several systems share: outputs to answers, many predictions to one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from osteon.contract import Classify, Regress
from osteon.errors import InputError
from osteon.types import Output, Outputs, Prediction, Study

if TYPE_CHECKING:
    import numpy as np


def every(outputs: Outputs, *, lacking: str) -> list[Output]:
    """Return the outputs of all parts, one after the other.

    Args:
        outputs: Of one study.
        lacking: What to tell whoever gave a study that no part could read.

    Raises:
        InputError: There are none.

    """
    found = [output for part in outputs.values() for output in part]
    if not found:
        raise InputError(lacking)
    return found


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


def each(task: Classify) -> Callable[[Outputs, Study], list[Prediction]]:
    """Return a `decode` whose every output, of whichever part, is an answer to `task`."""

    def decode(outputs: Outputs, study: Study) -> list[Prediction]:
        return [classified(study, task, class_probabilities(o.values), o) for part in outputs.values() for o in part]

    return decode


def quantity(study: Study, task: Regress, value: float | None, *, on: str | None) -> Prediction:
    """Return `value`, in the unit of `task`, as its answer, measured on the input `on`."""
    return Prediction(
        study=study.name, patient=study.patient, task=task.name, input=on, value=value, unit=task.quantity_unit
    )


def evidence(output: Output, *, row: int = 0) -> np.ndarray | None:
    """Return what `cam`'s `row` says for its class, 0 to 1, as fine as the network's maps; None without one."""
    if "cam" not in output.values:
        return None
    found = output.values["cam"][row].clip(min=0)
    return found / max(float(found.max()), 1e-12)


def chance(logits: np.ndarray) -> np.ndarray:
    """Return the probabilities of `logits`, float32."""
    import numpy as np

    return (1 / (1 + np.exp(-np.clip(logits, -30, 30)))).astype("float32")


def mean_of_patient(predictions: Sequence[Prediction]) -> Prediction:
    """Return one prediction of a patient and task: the mean of the probabilities, quantities and risks of several."""
    import numpy as np

    first = predictions[0]
    rows = [p.probabilities for p in predictions if p.probabilities is not None]
    values = [p.value for p in predictions if p.value is not None]
    risks = [p.risk for p in predictions if p.risk is not None]
    return Prediction(
        study=first.patient,
        patient=first.patient,
        task=first.task,
        probabilities={k: float(np.mean([row[k] for row in rows])) for k in rows[0]} if rows else None,
        value=float(np.mean(values)) if values else None,
        unit=first.unit,
        risk=float(np.mean(risks)) if risks else None,
        maker=first.maker,
    )
