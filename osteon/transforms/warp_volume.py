"""Turn, mirror, zoom and stretch a volume into a window of fixed size, in one interpolation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from torch.nn import functional

from osteon.transforms.chain import on_fields
from osteon.types import Sample, Step


@dataclass(frozen=True, kw_only=True)
class WarpVolume:
    """Draw a window of the arrays named in `fields` (channels, slices, rows, columns); beyond the volume it is 0.

    The voxels are taken to be cubes. Along an axis that the window cannot cover it lies anywhere within the volume.

    Attributes:
        size: Voxels of the window.
        zoom: Range of the magnification, drawn on a logarithmic scale.
        stretch: Each axis is magnified by up to this much more or less.
        degrees: Turns about the slice, row and column axes reach this far to either side.
        wander: Voxels that the window's middle leaves its place by, at most.
        mirror: Chance of a mirror image along each axis.
        fields: Inputs and targets that move together.

    """

    size: tuple[int, int, int]
    zoom: tuple[float, float] = (0.75, 1.35)
    stretch: float = 0.1
    degrees: tuple[float, float, float] = (30.0, 12.0, 12.0)
    wander: float = 4.0
    mirror: float = 0.5
    fields: tuple[str, ...] = ("image", "mask")

    def draw(self, rng: np.random.Generator) -> Step:
        """Return the view."""
        zoom = math.exp(rng.uniform(*np.log(self.zoom)))
        params = {
            "size": self.size,
            "scale": tuple((zoom * np.exp(rng.uniform(-self.stretch, self.stretch, size=3))).tolist()),
            "degrees": tuple(float(rng.uniform(-d, d)) for d in self.degrees),
            "mirrored": tuple((rng.random(3) < self.mirror).tolist()),
            "place": tuple(rng.uniform(-1, 1, size=3).tolist()),
            "wander": tuple(rng.uniform(-self.wander, self.wander, size=3).tolist()),
        }
        return Step(name="warp-volume", params=params)

    def apply(self, sample: Sample, step: Step) -> Sample:
        """Return the sample as the step sees it."""
        return on_fields(sample, self.fields, lambda array: sampled(array, step.params))


def sampled(array: np.ndarray, params: Mapping[str, Any]) -> np.ndarray:
    """Return `array` (channels, slices, rows, columns) through the window, float32 (channels, *size)."""
    theta = torch.from_numpy(view(array.shape[-3:], params)).float()[None]
    volume = torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))[None]
    places = functional.affine_grid(theta, [1, len(array), *params["size"]], align_corners=False)
    return functional.grid_sample(volume, places, align_corners=False)[0].numpy()


def view(shape: tuple[int, ...], params: Mapping[str, Any]) -> np.ndarray:
    """Return the 3x4 matrix from a place in the window to one in a volume of `shape`, both (x, y, z) from -1 to 1."""
    inside, size = np.array(shape, dtype=float), np.array(params["size"], dtype=float)
    scale = np.where(params["mirrored"], -1.0, 1.0) / np.array(params["scale"])
    turned = Rotation.from_euler("xyz", params["degrees"], degrees=True).as_matrix() * scale
    slack = np.maximum(inside - size / params["scale"], 0) / 2
    middle = slack * np.array(params["place"]) + np.array(params["wander"])
    linear = turned * (size / 2) / (inside / 2)[:, None]
    matrix = np.concatenate([linear, (middle / (inside / 2))[:, None]], axis=1)
    return np.concatenate([matrix[::-1, 2::-1], matrix[::-1, 3:]], axis=1)
