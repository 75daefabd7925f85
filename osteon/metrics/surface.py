"""Distances between the surfaces of two masks in millimetres.

One definition, that of MONAI and of the medical segmentation literature: the surface of a mask is its voxels
with at least one face neighbour outside the mask or outside the image; a distance runs from the centre of a
surface voxel to the nearest surface voxel of the other mask. Hausdorff 95 is the larger of the two directed
95th percentiles (linear interpolation), the average surface distance is the mean over the surface voxels
of both masks together.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from osteon.errors import GeometryError

_SMALL, _BIG = 1 << 16, 1 << 26  # voxels of the joint box: a thread costs more; two maps would take a gigabyte


@dataclass(frozen=True, kw_only=True, eq=False)
class SurfaceDistances:
    """Distances in mm from each surface voxel of one mask to the other's surface; empty where a mask is.

    Attributes:
        to_truth: From each surface voxel of the prediction, float64.
        to_predicted: From each surface voxel of the truth, float64.

    """

    to_truth: np.ndarray
    to_predicted: np.ndarray


def surface(mask: np.ndarray) -> np.ndarray:
    """Return the voxels of a boolean `mask` with a face neighbour outside it; the image's border is outside."""
    inside = np.zeros_like(mask)
    core = (slice(1, -1),) * mask.ndim
    inner = mask[core].copy()
    for axis in range(mask.ndim):
        for beside in (slice(None, -2), slice(2, None)):
            inner &= mask[(*core[:axis], beside, *core[axis + 1 :])]
    inside[core] = inner
    return mask & ~inside


def distances(predicted: np.ndarray, truth: np.ndarray, *, spacing_mm: tuple[float, ...]) -> SurfaceDistances:
    """Return the distances between the surfaces of two masks.

    Args:
        predicted: 2-D or 3-D; anything but 0 belongs to the mask.
        truth: Of the same shape.
        spacing_mm: Distance of neighbours along each axis, positive.

    Raises:
        GeometryError: Shapes and spacing do not fit each other.

    Example:
        >>> square = np.zeros((8, 8), bool); square[2:5, 2:5] = True
        >>> hausdorff(distances(np.roll(square, 1, axis=1), square, spacing_mm=(1.0, 0.5)), percentile=100)
        0.5

    """
    predicted, truth = np.asarray(predicted), np.asarray(truth)
    _check(predicted, truth, spacing_mm)
    box = _joint_box(predicted, truth)
    flat = predicted.ndim == 2
    edges = [surface(np.ascontiguousarray(mask[box]) != 0) for mask in (predicted, truth)]
    first, second = (edge[None] if flat else edge for edge in edges)
    if not (first.any() and second.any()):
        return SurfaceDistances(to_truth=np.empty(0), to_predicted=np.empty(0))
    spacing = (1.0, *map(float, spacing_mm)) if flat else tuple(map(float, spacing_mm))
    nearest, pairs = _kernel().nearest_mm, ((first, second), (second, first))
    # The kernel lets go of the interpreter, so the two directions run side by side where it pays and memory allows.
    with ThreadPoolExecutor(2) as pool:
        run = pool.map if _SMALL < first.size <= _BIG else map
        there, back = run(lambda pair: nearest(*pair, spacing), pairs)
    return SurfaceDistances(to_truth=there, to_predicted=back)


def hausdorff(distances: SurfaceDistances, *, percentile: float = 95.0) -> float:
    """Return the larger of the two directed percentiles in mm; nan when a mask is empty."""
    if not distances.to_truth.size:
        return float("nan")
    return float(max(np.percentile(side, percentile) for side in (distances.to_truth, distances.to_predicted)))


def average(distances: SurfaceDistances) -> float:
    """Return the mean over the surface voxels of both masks in mm; nan when a mask is empty."""
    if not distances.to_truth.size:
        return float("nan")
    return float(np.concatenate([distances.to_truth, distances.to_predicted]).mean())


@cache
def _kernel() -> Any:
    """Return the compiled module, on first use: numba takes longer to import than a film to read."""
    return import_module("osteon.metrics.edt")


def _check(predicted: np.ndarray, truth: np.ndarray, spacing_mm: tuple[float, ...]) -> None:
    """Raise unless two masks of one shape and a spacing that fits them were given."""
    fits = predicted.shape == truth.shape and truth.ndim in (2, 3) and len(spacing_mm) == truth.ndim
    if not fits or not all(np.isfinite(s) and s > 0 for s in spacing_mm):
        msg = (
            f"Surface distances need two masks of one shape, 2-D or 3-D, and a positive spacing for each axis; "
            f"got {predicted.shape}, {truth.shape} and {tuple(spacing_mm)}. Resample one mask to the other's grid."
        )
        raise GeometryError(msg)


def _joint_box(predicted: np.ndarray, truth: np.ndarray) -> tuple[slice, ...]:
    """Return the smallest box that holds both masks; outside it every voxel is background for both."""
    both = (predicted != 0) | (truth != 0)
    box = []
    for axis in range(both.ndim):
        others = tuple(k for k in range(both.ndim) if k != axis)
        used = np.flatnonzero(both.any(axis=others))
        box.append(slice(used[0], used[-1] + 1) if used.size else slice(0, 0))
    return tuple(box)
