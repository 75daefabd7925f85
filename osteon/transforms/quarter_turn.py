"""Turn by a multiple of 90 degrees: for tissue, which has no upright."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.transforms.chain import on_fields
from osteon.types import Sample, Step


@dataclass(frozen=True, kw_only=True)
class QuarterTurn:
    """Turn the last two axes of the arrays named in `fields` by 0, 90, 180 or 270 degrees."""

    fields: tuple[str, ...] = ("image", "mask")

    def draw(self, rng: np.random.Generator) -> Step:
        """Return how many quarter turns, counter-clockwise as displayed."""
        return Step(name="quarter_turn", params={"turns": int(rng.integers(4))})

    def apply(self, sample: Sample, step: Step) -> Sample:
        """Return the sample, turned."""
        return on_fields(sample, self.fields, lambda array: _turn(array, step.params["turns"]))


def undo(array: np.ndarray, step: Step) -> np.ndarray:
    """Return `array` turned back in its last two axes."""
    return _turn(array, -step.params["turns"])


def _turn(array: np.ndarray, turns: int) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(array, turns, axes=(-2, -1)))
