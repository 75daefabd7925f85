"""The views of `Warp` for a picture with boxes: a box follows the ellipse that fills it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from osteon.transforms.warp import Warp, sampled, view
from osteon.types import Sample, Step


@dataclass(frozen=True, kw_only=True)
class WarpBoxes:
    """Draw a view as `warp` does; the target `boxes` (n, 4), shares of the picture, move with it.

    A box whose centre leaves the view becomes one without an area, which is no box. A turned lesion's box is that of
    the turned ellipse: the corners of a box are empty as a rule, and turning them would make it ever larger.
    """

    warp: Warp = field(default_factory=lambda: Warp(on_lesion=False, fields=("image",)))

    def draw(self, rng: np.random.Generator) -> Step:
        """Return the view."""
        return self.warp.draw(rng)

    def apply(self, sample: Sample, step: Step) -> Sample:
        """Return the sample as the step sees it, image and boxes."""
        matrix = view(step.params, centre=step.params["centre"])
        inputs = {
            name: sampled(array, matrix) if name in self.warp.fields else array for name, array in sample.inputs.items()
        }
        boxes = moved(np.asarray(sample.targets["boxes"]), matrix)
        return replace(sample, inputs=inputs, targets={**sample.targets, "boxes": boxes})


def moved(boxes: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return `boxes` (n, 4) as seen through `matrix` (2, 3), which leads from the view to the picture, float32."""
    back = np.linalg.inv(matrix[:, :2])
    places = np.asarray(boxes, dtype=float)[:, [1, 0, 3, 2]] * 2 - 1  # (x0, y0, x1, y1) from -1 to 1
    middle, half = (places[:, :2] + places[:, 2:]) / 2, (places[:, 2:] - places[:, :2]) / 2
    middle = (middle - matrix[:, 2]) @ back.T
    half = np.sqrt((half**2) @ (back**2).T)
    found = np.clip((np.concatenate([middle - half, middle + half], axis=1) + 1) / 2, 0, 1)[:, [1, 0, 3, 2]]
    found[~((np.abs(middle) < 1) & (half > 0)).all(axis=1)] = 0
    return found.astype(np.float32)
