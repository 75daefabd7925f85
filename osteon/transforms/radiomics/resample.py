"""An image and its mask on voxels of another size, the middle of the grid kept in place, as IBSI asks."""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage

HALF = 0.5


def resample(
    image: np.ndarray,
    mask: np.ndarray,
    *,
    spacing_mm: tuple[float, ...],
    to_mm: tuple[float, ...],
    order: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """Return `image`, float64, and the boolean `mask` on voxels of `to_mm`.

    Args:
        image: Of any number of axes.
        mask: Boolean, the same shape; kept where its linear interpolation is at least one half.
        spacing_mm: Of the image.
        to_mm: Of the result, axis by axis; there are as many voxels as cover the image.
        order: Of the spline on the image: 1 linear, 3 cubic.

    """
    if tuple(spacing_mm) == tuple(to_mm):
        return image.astype(np.float64), mask
    sides = list(zip(image.shape, spacing_mm, to_mm, strict=True))
    shape = tuple(math.ceil(n * old / new - 1e-9) for n, old, new in sides)
    scale = [new / old for _, old, new in sides]
    offset = [(n - 1) / 2 - (m - 1) / 2 * s for (n, _, _), m, s in zip(sides, shape, scale, strict=True)]
    there = {"matrix": scale, "offset": offset, "output_shape": shape, "mode": "nearest"}
    values = ndimage.affine_transform(image.astype(np.float64), order=order, **there)
    return values, ndimage.affine_transform(mask.astype(np.float32), order=1, **there) >= HALF
