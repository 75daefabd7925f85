"""A sample of a study with its class as the target: what nearly every `prepare` ends in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from osteon.contract import Classify, label_of
from osteon.types import Sample, Step, Study

if TYPE_CHECKING:
    import numpy as np


def labelled(
    study: Study,
    task: Classify,
    inputs: Mapping[str, np.ndarray],
    *,
    on: str | None = None,
    item: str = "",
    steps: tuple[Step, ...] = (),
) -> Sample:
    """Return a sample of `study` whose target is its class of `task`; one without targets where that is not known.

    Args:
        study: It came from.
        task: Names the target.
        inputs: Of the network, by name.
        on: The study's input that `steps` start from.
        item: What of the study it is; "" for the whole.
        steps: What was done to the source, in order.

    """
    label = label_of(study, task)
    return Sample(
        study=study.name,
        patient=study.patient,
        item=item,
        input=on,
        inputs=inputs,
        targets={} if label is None else {task.name: label},
        steps=steps,
    )
