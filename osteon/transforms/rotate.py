"""Turn about the centre by a small angle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from osteon.transforms.chain import on_fields
from osteon.types import Sample, Step


@dataclass(frozen=True, kw_only=True)
class Rotate:
    """Turn by an angle drawn from `degrees`; what comes in at the corners repeats the edge.

    Arrays of `fields` are interpolated linearly, those of `labels` keep their values.
    """

    degrees: tuple[float, float] = (-15.0, 15.0)
    fields: tuple[str, ...] = ("image",)
    labels: tuple[str, ...] = ("mask",)

    def draw(self, rng: np.random.Generator) -> Step:
        """Return the angle."""
        return Step(name="rotate", params={"degrees": float(rng.uniform(*self.degrees))})

    def apply(self, sample: Sample, step: Step) -> Sample:
        """Return the sample with its last two axes turned counter-clockwise as displayed."""
        angle = step.params["degrees"]
        sample = on_fields(sample, self.fields, lambda array: _turn(array, angle, order=1))
        return on_fields(sample, self.labels, lambda array: _turn(array, angle, order=0))


def undo(array: np.ndarray, step: Step) -> np.ndarray:
    """Return `array` turned back, interpolated; its corners are lost."""
    return _turn(array, -step.params["degrees"], order=1)


def _turn(array: np.ndarray, degrees: float, *, order: int) -> np.ndarray:
    return ndimage.rotate(array, degrees, axes=(-2, -1), reshape=False, order=order, mode="nearest")
