"""Labels from one grid in the patient to another: whole voxels where the lattice is the same, else the nearest."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from osteon.errors import GeometryError
from osteon.geometry import matrix, same_place
from osteon.types import Grid

WHOLE_VOXELS = 0.02
"""Grids are of one lattice when their voxel centres meet within this share of a voxel, all over the image."""


def between(source: Grid, target: Grid) -> np.ndarray:
    """Return the 4x4 matrix from an index of `target` to that of `source` at the same millimetres."""
    return np.linalg.inv(matrix(source)) @ matrix(target)


def same_lattice(source: Grid, target: Grid) -> bool:
    """Return whether each voxel centre of `target` is one of `source`: flipped, turned, cropped or padded."""
    step = between(source, target)
    corners = np.array(list(np.ndindex(2, 2, 2))) * (np.array(target.shape) - 1)
    index = corners @ step[:3, :3].T + step[:3, 3]
    steps = np.abs(step[:3, :3])
    one_each = (np.rint(steps).sum(axis=0) == 1).all() and (np.rint(steps).sum(axis=1) == 1).all()
    return bool(one_each and np.abs(index - np.rint(index)).max() < WHOLE_VOXELS)


def nearest(labels: np.ndarray, source: Grid, target: Grid) -> np.ndarray:
    """Return `labels` of `source`'s shape on `target`, each voxel as the nearest one of `source`; 0 outside of it.

    Example:
        >>> from osteon.geometry import volume_grid
        >>> fine = volume_grid((1, 1, 4), np.eye(4)[[2, 1, 0, 3]])
        >>> coarse = volume_grid((1, 1, 2), np.diag([1.0, 1, 2, 1])[[2, 1, 0, 3]])
        >>> nearest(np.array([[[7, 8]]]), coarse, fine).ravel().tolist()
        [7, 8, 8, 0]

    """
    step = between(source, target)
    # scipy rounds to the nearest and gives `cval` only beyond the last centre: padding keeps the outer half voxel.
    padded = np.pad(labels, 1)
    return ndimage.affine_transform(
        padded, step[:3, :3], offset=step[:3, 3] + 1, output_shape=target.shape, order=0, mode="constant", cval=0
    )


def onto(labels: np.ndarray, source: Grid, target: Grid, *, file: str) -> np.ndarray:
    """Return `labels` on `target` as `nearest` does; `GeometryError` where nothing of what is marked lies there."""
    if same_place(source, target):
        return labels
    found = nearest(labels, source, target)
    if labels.any() and not found.any():
        why = "marks nothing within the image: it was drawn on another part of the patient, or on someone else."
        raise GeometryError(why, file=file)
    return found
