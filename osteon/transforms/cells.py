"""A region of a volume in squares of some millimetres within its slices: for maps finer than the region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy import ndimage

from osteon.types import Step


def cells(region: np.ndarray, *, spacing_mm: Sequence[float], side_mm: float) -> Iterator[Step]:
    """Yield the squares of `side_mm` in the slices' planes that hold some of `region` (slices, rows, columns).

    Example:
        >>> region = np.zeros((2, 4, 4), bool); region[1, 0, 3] = True
        >>> [s.params["columns"] for s in cells(region, spacing_mm=(5, 1, 1), side_mm=2)]
        [(2, 4)]

    """
    rows, columns = (max(1, round(side_mm / s)) for s in spacing_mm[1:])
    for index, plane in enumerate(region):
        for row in range(0, plane.shape[0], rows):
            for column in range(0, plane.shape[1], columns):
                if plane[row : row + rows, column : column + columns].any():
                    params = {"slice": index, "rows": (row, row + rows), "columns": (column, column + columns)}
                    yield Step(name="cell", params=params)


def place(step: Step) -> tuple[int, slice, slice]:
    """Return where the cell of `step` lies in a volume (slices, rows, columns)."""
    return step.params["slice"], slice(*step.params["rows"]), slice(*step.params["columns"])


def core(region: np.ndarray, *, spacing_mm: Sequence[float], rim_mm: float) -> np.ndarray:
    """Return what of `region` (slices, rows, columns) lies deeper than `rim_mm` within its slice, bool.

    A voxel at the edge shares its signal with what lies beyond.
    """
    framed = np.pad(region, ((0, 0), (1, 1), (1, 1)))
    depths = np.stack([ndimage.distance_transform_edt(plane, sampling=spacing_mm[1:]) for plane in framed])
    return depths[:, 1:-1, 1:-1] > rim_mm * (1 + 1e-3)


def from_nearest(values: np.ndarray, known: np.ndarray, *, spacing_mm: Sequence[float]) -> np.ndarray:
    """Return `values` where `known`, elsewhere that of the nearest known voxel of the slice.

    A slice where none is known takes those of the nearest one; where none is known at all, the values stay.
    """
    if not known.any():
        return values
    plane_mm = spacing_mm[1:]
    slices_apart = sum(n * mm for n, mm in zip(values.shape[1:], plane_mm, strict=True))
    nearest = ndimage.distance_transform_edt(
        ~known, sampling=(slices_apart, *plane_mm), return_distances=False, return_indices=True
    )
    return values[tuple(np.asarray(nearest))]
