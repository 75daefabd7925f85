"""Polygons to pixels: a pixel is inside when its centre is, by the even-odd rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

CIRCLE_POINTS = 128


def filled(polygons: Sequence[np.ndarray], *, shape: tuple[int, int]) -> np.ndarray:
    """Return the pixels whose centres lie inside an odd number of `polygons`, bool of `shape`.

    Args:
        polygons: Each of shape (points, 2), fractional (row, column); pixel centres are whole numbers.
        shape: (rows, columns).

    Example:
        >>> filled([np.array([[-0.5, -0.5], [-0.5, 1.9], [1.9, -0.5]])], shape=(2, 3)).astype(int)
        array([[1, 1, 0],
               [1, 0, 0]])

    """
    rows, columns = shape
    flips = np.zeros((rows, columns + 1), np.int32)
    for polygon in polygons:
        for (row0, column0), (row1, column1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
            # Half open, so that a corner on a pixel row is crossed once and a level edge never.
            first, last = max(int(np.ceil(min(row0, row1))), 0), min(int(np.ceil(max(row0, row1))), rows)
            if first >= last:
                continue
            crossed = np.arange(first, last)
            at = column0 + (crossed - row0) * (column1 - column0) / (row1 - row0)
            flips[crossed, np.clip(np.ceil(at), 0, columns).astype(int)] += 1
    return (np.cumsum(flips, axis=1)[:, :columns] & 1).astype(bool)


def circle(centre: np.ndarray, *, radius: float) -> np.ndarray:
    """Return a circle as a polygon of `CIRCLE_POINTS` corners, (points, 2)."""
    angles = np.linspace(0, 2 * np.pi, CIRCLE_POINTS, endpoint=False)
    return centre + radius * np.stack([np.sin(angles), np.cos(angles)], axis=1)
