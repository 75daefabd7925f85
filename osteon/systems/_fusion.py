"""What the two-stage systems share: a network's answer and the clinical row, joined by a second estimator.

The engine gives the second one only what networks said of patients they were not fitted on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from osteon.contract import Classify, Prepare, label_of
from osteon.systems._read_out import class_probabilities, classified
from osteon.types import Output, Outputs, Prediction, Record, Sample, Study

if TYPE_CHECKING:
    import numpy as np

    from osteon.transforms.clinical import Columns

CLINICAL = "clinical"


def clinical_row(study: Study, columns: Callable[[], Columns]) -> np.ndarray | None:
    """Return the clinical numbers of `study`; None where it has no clinical row."""
    record = study.data.get(CLINICAL)
    return columns().vector(record) if isinstance(record, Record) else None


def clinical_alone(task: Classify, columns: Callable[[], Columns]) -> Prepare:
    """Return a `prepare` that yields the clinical row of a study as one sample."""

    def prepare(study: Study, _earlier: Outputs) -> Iterator[Sample]:
        row = clinical_row(study, columns)
        label = label_of(study, task)
        if row is not None:
            yield Sample(
                study=study.name,
                patient=study.patient,
                input=CLINICAL,
                inputs={CLINICAL: row},
                targets={} if label is None else {task.name: label},
            )

    return prepare


def joined(network: str, task: Classify, columns: Callable[[], Columns]) -> Prepare:
    """Return a `prepare` that yields each answer of the part `network` (all classes but the first) beside the row.

    A study without a clinical row yields nothing: the network's own answer stands.
    """

    def prepare(study: Study, earlier: Outputs) -> Iterator[Sample]:
        row = clinical_row(study, columns)
        if row is None:
            return
        for output in earlier.get(network, ()):
            label = label_of(study, task)
            yield Sample(
                study=study.name,
                patient=study.patient,
                item=output.sample.item,
                input=output.sample.input,
                inputs={"image": class_probabilities(output.values)[1:].astype("float32"), CLINICAL: row},
                targets={} if label is None else {task.name: label},
            )

    return prepare


def answers(study: Study, task: Classify, network: tuple[Output, ...], fused: tuple[Output, ...]) -> list[Prediction]:
    """Return one answer for each of the network's: the fused one where there is one, else the network's own."""
    better = {output.sample.item: output for output in fused}
    found = []
    for output in network:
        odds = class_probabilities(better.get(output.sample.item, output).values)
        found.append(classified(study, task, odds, output))
    return found
