"""What the two-stage systems share: a network's answer and the clinical row, joined by a second estimator.

The engine gives the second one only what networks said of patients they were not fitted on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from osteon.contract import Classify, Input, Part, Prepare, System
from osteon.systems._read_out import class_probabilities, classified, each
from osteon.systems._sample import labelled
from osteon.types import Output, Outputs, Prediction, Record, Sample, Study

if TYPE_CHECKING:
    import numpy as np

    from osteon.transforms.clinical import Columns

CLINICAL = "clinical"


def columns(*, numbers: tuple[str, ...], choices: Mapping[str, Sequence[str]] | None = None) -> Callable[[], Columns]:
    """Return what makes the `Columns` of these, so that naming them loads nothing."""

    def made() -> Columns:
        from osteon.transforms.clinical import Columns

        return Columns(numbers=numbers, choices=choices or {})

    return made


def clinical_row(study: Study, columns: Callable[[], Columns], *, table: str = CLINICAL) -> np.ndarray | None:
    """Return the numbers of `study` in its row of `table`; None where it has no such row."""
    record = study.data.get(table)
    return columns().vector(record) if isinstance(record, Record) else None


def row_alone(task: Classify, columns: Callable[[], Columns], *, table: str = CLINICAL) -> Prepare:
    """Return a `prepare` that yields a study's row of `table` as one sample."""

    def prepare(study: Study, _earlier: Outputs) -> Iterator[Sample]:
        row = clinical_row(study, columns, table=table)
        if row is not None:
            yield labelled(study, task, {table: row}, on=table)

    return prepare


def row_system(system: System, part: Part, task: Classify, columns: Callable[[], Columns], *, summary: str) -> System:
    """Return `system` as what the clinical row knows alone: the estimator of `part`, on nothing else."""
    alone = replace(part, takes=(CLINICAL,), prepare=row_alone(task, columns))
    row = Input(name=CLINICAL, kind="table")
    return replace(system, summary=summary, inputs=(row,), parts=(alone,), decode=each(task), variants={})


def joined(network: str, task: Classify, columns: Callable[[], Columns]) -> Prepare:
    """Return a `prepare` that yields each answer of the part `network` (all classes but the first) beside the row.

    A study without a clinical row yields nothing: the network's own answer stands.
    """

    def prepare(study: Study, earlier: Outputs) -> Iterator[Sample]:
        row = clinical_row(study, columns)
        if row is None:
            return
        for output in earlier.get(network, ()):
            inputs = {"image": class_probabilities(output.values)[1:].astype("float32"), CLINICAL: row}
            yield labelled(study, task, inputs, on=output.sample.input, item=output.sample.item)

    return prepare


def answers(study: Study, task: Classify, network: tuple[Output, ...], fused: tuple[Output, ...]) -> list[Prediction]:
    """Return one answer for each of the network's: the fused one where there is one, else the network's own."""
    better = {output.sample.item: output for output in fused}
    found = []
    for output in network:
        odds = class_probabilities(better.get(output.sample.item, output).values)
        found.append(classified(study, task, odds, output))
    return found
