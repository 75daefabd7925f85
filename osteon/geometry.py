"""Grids in millimetres: the affine of a volume, its inverse, spacing, orientation; and where windows of a grid begin.

Arrays are ordered (slice, row, column); millimetres are DICOM patient coordinates (LPS).
"""

from __future__ import annotations

import numpy as np

from osteon.errors import GeometryError
from osteon.types import Grid

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
FARTHEST_MM = 1e9


def volume_grid(shape: tuple[int, int, int], affine: np.ndarray) -> Grid:
    """Return the grid of a volume of `shape` (slices, rows, columns) whose `affine` is index to mm."""
    affine = np.asarray(affine, dtype=float)
    sane = affine.shape == (4, 4) and np.abs(affine).max() < FARTHEST_MM  # False for NaN
    if not sane or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        msg = "The affine of the volume is not an invertible 4x4 matrix of finite numbers; check the header."
        raise GeometryError(msg)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    rows = tuple(tuple(float(v) for v in row) for row in affine)
    return Grid(shape=tuple(int(n) for n in shape), spacing_mm=tuple(float(s) for s in spacing), affine=rows)


def matrix(grid: Grid) -> np.ndarray:
    """Return the 4x4 affine of `grid`, (slice, row, column, 1) to mm; `GeometryError` for a projection."""
    if grid.affine is None:
        msg = "This image states no position in the patient, so it cannot be placed in mm; use a volume."
        raise GeometryError(msg)
    return np.array(grid.affine, dtype=float)


def to_mm(grid: Grid, index: np.ndarray) -> np.ndarray:
    """Return the millimetres (x, y, z) of `index`, both of shape (..., 3)."""
    affine = matrix(grid)
    return np.asarray(index, dtype=float) @ affine[:3, :3].T + affine[:3, 3]


def to_index(grid: Grid, mm: np.ndarray) -> np.ndarray:
    """Return the fractional (slice, row, column) of points in millimetres, both of shape (..., 3)."""
    inverse = np.linalg.inv(matrix(grid))
    return np.asarray(mm, dtype=float) @ inverse[:3, :3].T + inverse[:3, 3]


def same_place(one: Grid, other: Grid, *, tolerance_mm: float = 1e-2) -> bool:
    """Return whether two grids have one shape and, where both state it, one place, corner by corner."""
    if one.shape != other.shape:
        return False
    if one.affine is None or other.affine is None:
        return one.affine is other.affine
    corners = np.array([[i * (n - 1) for i, n in zip(bits, one.shape, strict=True)] for bits in np.ndindex(2, 2, 2)])
    return bool(np.abs(to_mm(one, corners) - to_mm(other, corners)).max() <= tolerance_mm)


def voxel_ml(grid: Grid) -> float:
    """Return the volume of one voxel in millilitres."""
    return float(abs(np.linalg.det(matrix(grid)[:3, :3])) / 1000.0)


def window_starts(length: int, *, size: int, stride: int) -> list[int]:
    """Return where windows of `size`, every `stride`, begin along an axis; the last ends at its edge, if it can.

    >>> window_starts(21, size=8, stride=4)
    [0, 4, 8, 12, 13]

    """
    last = max(0, length - size)
    return [*range(0, last, stride), last]


def between(one: Grid, other: Grid) -> np.ndarray:
    """Return the 3x4 matrix from a place in `one` to the same place in `other`, as torch's `affine_grid` wants it.

    Places are (x, y, z): along columns, rows and slices, from -1 to 1 at the outer edges of the first and last voxel.
    """

    def from_unit(grid: Grid) -> np.ndarray:
        sizes = np.array(grid.shape[::-1], dtype=float)
        unit = np.eye(4)
        unit[:3, :3] = np.diag(sizes / 2)[::-1]
        unit[:3, 3] = ((sizes - 1) / 2)[::-1]
        return unit

    return (np.linalg.inv(from_unit(other)) @ np.linalg.inv(matrix(other)) @ matrix(one) @ from_unit(one))[:3]
