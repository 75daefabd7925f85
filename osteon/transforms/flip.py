"""Mirror along one axis, in a share of the draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.transforms.chain import on_fields
from osteon.types import Sample, Step


@dataclass(frozen=True, kw_only=True)
class Flip:
    """Mirror the arrays named in `fields` along `axis` in a `share` of the draws."""

    axis: int = -1
    share: float = 0.5
    fields: tuple[str, ...] = ("image", "mask")

    def draw(self, rng: np.random.Generator) -> Step:
        """Return whether it will be done."""
        return Step(name="flip", params={"axis": self.axis, "done": bool(rng.random() < self.share)})

    def apply(self, sample: Sample, step: Step) -> Sample:
        """Return the sample, mirrored if the step says so."""
        return on_fields(sample, self.fields, lambda array: undo(array, step))


def undo(array: np.ndarray, step: Step) -> np.ndarray:
    """Return `array` mirrored back; a mirror is its own inverse."""
    return np.ascontiguousarray(np.flip(array, step.params["axis"])) if step.params["done"] else array
