"""Several augmentations, one after the other: each draws, is applied, and leaves its step in the sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from osteon.types import Sample, Step


class Transform(Protocol):
    """Chance is in `draw` alone; `apply` does what the step says."""

    def draw(self, rng: np.random.Generator) -> Step:
        """Return what will be done."""
        ...

    def apply(self, sample: Sample, step: Step) -> Sample:
        """Return the sample with `step` done to it and not yet noted; no chance in here."""
        ...


def chain(*transforms: Transform) -> Callable[[Sample, np.random.Generator], Sample]:
    """Return an augmentation that draws and applies `transforms` in order and notes their steps.

    Example:
        >>> import numpy as np
        >>> from osteon.transforms.flip import Flip
        >>> from osteon.types import Sample
        >>> sample = Sample(study="a", patient="a", inputs={"image": np.arange(3.0).reshape(1, 1, 3)})
        >>> turned = chain(Flip(axis=-1, share=1.0))(sample, np.random.default_rng(0))
        >>> turned.inputs["image"].ravel().tolist(), turned.steps[0].name
        ([2.0, 1.0, 0.0], 'flip')

    """

    def augment(sample: Sample, rng: np.random.Generator) -> Sample:
        for transform in transforms:
            step = transform.draw(rng)
            sample = replace(transform.apply(sample, step), steps=(*sample.steps, step))
        return sample

    return augment


def on_fields(sample: Sample, fields: Sequence[str], change: Callable[[np.ndarray], np.ndarray]) -> Sample:
    """Return `sample` with `change` done to the inputs and targets named in `fields`, where present."""
    inputs = {name: change(array) if name in fields else array for name, array in sample.inputs.items()}
    targets = {name: change(np.asarray(v)) if name in fields else v for name, v in sample.targets.items()}
    return replace(sample, inputs=inputs, targets=targets)
