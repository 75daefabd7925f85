"""Turn, mirror, zoom and stretch a film about a place, in one interpolation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from osteon.transforms.chain import on_fields
from osteon.types import Sample, Step


@dataclass(frozen=True, kw_only=True)
class Warp:
    """Draw a view of the arrays named in `fields`; what comes in from beyond the film is black.

    Attributes:
        zoom: Range of the magnification, drawn on a logarithmic scale.
        degrees: Turns reach this far to either side; in a quarter of the draws a quarter turn or more is added.
        stretch: The aspect changes by up to this much (films are often resized without keeping it).
        wander: The view's centre leaves the film's by up to this share of half a side beyond what the zoom leaves over.
        on_lesion: Whether a sample with a target `mask` keeps one of its lesion's pixels in view.
        fields: Inputs and targets that move together.

    """

    zoom: tuple[float, float] = (0.75, 1.7)
    degrees: float = 25.0
    stretch: float = 0.3
    wander: float = 0.12
    on_lesion: bool = True
    fields: tuple[str, ...] = ("image", "mask")

    def draw(self, rng: np.random.Generator) -> Step:
        """Return the view; where it is centred on a lesion is settled by `pixel`, a share of the lesion's pixels."""
        zoom = math.exp(rng.uniform(*np.log(self.zoom)))
        quarters = int(rng.integers(4)) if rng.random() < 0.25 else 0
        reach = max(0.0, 1 - 1 / zoom) + self.wander
        params = {
            "zoom": zoom,
            "aspect": math.exp(rng.uniform(-self.stretch, self.stretch)),
            "degrees": float(rng.uniform(-self.degrees, self.degrees)) + 90.0 * quarters,
            "mirrored": bool(rng.random() < 0.5),
            "centre": tuple(rng.uniform(-reach, reach, size=2).tolist()),
            "pixel": float(rng.random()),
        }
        return Step(name="warp", params=params)

    def apply(self, sample: Sample, step: Step) -> Sample:
        """Return the sample as the step sees it."""
        mask = sample.targets.get("mask")
        centre = step.params["centre"]
        if self.on_lesion and isinstance(mask, np.ndarray) and mask.any():
            centre = _towards(mask, step)
        matrix = view(step.params, centre=centre)
        return on_fields(sample, self.fields, lambda array: sampled(array, matrix))


def view(params: Mapping[str, Any], *, centre: tuple[float, float]) -> np.ndarray:
    """Return the 2x3 matrix from a place in the view to one in the film, both (x, y) from -1 to 1."""
    angle = math.radians(params["degrees"])
    root = math.sqrt(params["aspect"])
    wide = (-1.0 if params["mirrored"] else 1.0) / (params["zoom"] * root)
    high = root / params["zoom"]
    cosine, sine = math.cos(angle), math.sin(angle)
    return np.array([[wide * cosine, -high * sine, centre[0]], [wide * sine, high * cosine, centre[1]]])


def sampled(array: np.ndarray, matrix: np.ndarray, *, side: int | None = None) -> np.ndarray:
    """Return `array` (..., rows, columns), float32, seen through `matrix`, as large or `side` pixels a side."""
    planes = torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)).reshape(1, -1, *array.shape[-2:])
    theta = torch.from_numpy(matrix).float()[None]
    shape = array.shape if side is None else (*array.shape[:-2], side, side)
    grid = functional.affine_grid(theta, [*planes.shape[:2], *shape[-2:]], align_corners=False)
    return functional.grid_sample(planes, grid, align_corners=False).numpy().reshape(shape)


def undo(array: np.ndarray, step: Step) -> np.ndarray:
    """Return a map of the view put back on the film, when the view was not drawn to a lesion; 0 beyond the view."""
    matrix = view(step.params, centre=step.params["centre"])
    back = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    return sampled(array, back)


def _towards(mask: np.ndarray, step: Step) -> tuple[float, float]:
    """Return the nearest centre to the step's own that has a pixel of the lesion within three quarters of the view."""
    rows, columns = np.nonzero(mask.reshape(-1, *mask.shape[-2:]).max(axis=0) > 0)
    chosen = int(step.params["pixel"] * len(rows))
    place = (2 * columns[chosen] / mask.shape[-1] - 1, 2 * rows[chosen] / mask.shape[-2] - 1)
    room = 0.75 / step.params["zoom"]
    x, y = (float(np.clip(c, p - room, p + room)) for c, p in zip(step.params["centre"], place, strict=True))
    return x, y
