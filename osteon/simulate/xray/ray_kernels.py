"""Rays through a grid of voxels, compiled; projector.py calls this.

Positions are in voxels: voxel i spans i - 0.5 to i + 0.5 along each axis. A ray runs from its source at parameter 0 to
its target at 1. A walk along it writes which voxels it meets (flat indices) and how much of the ray each one has.
"""

from __future__ import annotations

import math

import numba
import numpy as np

_PARALLEL = 1e-12


@numba.njit(cache=True, nogil=True)
def _inside(source: np.ndarray, ray: np.ndarray, low: float, beyond: np.ndarray) -> tuple[float, float]:
    """Return between which parameters a ray is in the box from `low` to `beyond`; (1, 0) where it misses."""
    first, last = 0.0, 1.0
    for axis in range(3):
        if abs(ray[axis]) < _PARALLEL:
            if source[axis] <= low or source[axis] >= beyond[axis]:
                return 1.0, 0.0
            continue
        one, other = (low - source[axis]) / ray[axis], (beyond[axis] - source[axis]) / ray[axis]
        first, last = max(first, min(one, other)), min(last, max(one, other))
    return first, last


@numba.njit(cache=True, nogil=True)
def _siddon(source: np.ndarray, ray: np.ndarray, shape: np.ndarray, where: np.ndarray, share: np.ndarray) -> int:
    """Write the voxels crossed and the exact share of the ray in each; return how many."""
    at, last = _inside(source, ray, -0.5, shape - 0.5)
    if at >= last:
        return 0
    index, step = np.empty(3, np.int64), np.empty(3, np.int64)
    face, pace = np.empty(3), np.empty(3)
    for axis in range(3):
        start = math.floor(source[axis] + (at + 1e-9 * (last - at)) * ray[axis] + 0.5)
        index[axis] = min(max(start, 0), shape[axis] - 1)
        step[axis] = 1 if ray[axis] > 0 else -1
        face[axis] = pace[axis] = math.inf
        if abs(ray[axis]) >= _PARALLEL:
            pace[axis] = abs(1.0 / ray[axis])
            face[axis] = (index[axis] + 0.5 * step[axis] - source[axis]) / ray[axis]
    count = 0
    while at < last:
        axis = 2
        if face[0] <= face[1] and face[0] <= face[2]:
            axis = 0
        elif face[1] <= face[2]:
            axis = 1
        leave = min(face[axis], last)
        where[count] = (index[0] * shape[1] + index[1]) * shape[2] + index[2]
        share[count] = leave - at
        count += 1
        at = leave
        face[axis] += pace[axis]
        index[axis] += step[axis]
        if index[axis] < 0 or index[axis] >= shape[axis]:
            break
    return count


@numba.njit(cache=True, nogil=True)
def _joseph(source: np.ndarray, ray: np.ndarray, shape: np.ndarray, where: np.ndarray, share: np.ndarray) -> int:
    """Write the four voxels around each crossing of a plane of voxels, linearly weighted; return how many.

    The planes are those across the ray's main axis, so this is trilinear interpolation, sampled once a plane
    (Joseph 1982). Outside the volume there is nothing.
    """
    first, last = _inside(source, ray, -1.0, shape.astype(np.float64))
    if first >= last:
        return 0
    main = 0
    for axis in range(1, 3):
        if abs(ray[axis]) > abs(ray[main]):
            main = axis
    u, v = (main + 1) % 3, (main + 2) % 3
    strides = (shape[1] * shape[2], shape[2], 1)
    one, other = source[main] + first * ray[main], source[main] + last * ray[main]
    low, high = max(math.ceil(min(one, other)), 0), min(math.floor(max(one, other)), shape[main] - 1)
    slope_u, slope_v, piece = ray[u] / ray[main], ray[v] / ray[main], 1.0 / abs(ray[main])
    count = 0
    for plane in range(low, high + 1):
        at_u = source[u] + (plane - source[main]) * slope_u
        at_v = source[v] + (plane - source[main]) * slope_v
        floor_u, floor_v = math.floor(at_u), math.floor(at_v)
        far_u, far_v = at_u - floor_u, at_v - floor_v
        for side_u in range(2):
            in_u = 0 <= floor_u + side_u < shape[u]
            line = plane * strides[main] + (floor_u + side_u) * strides[u] + floor_v * strides[v]
            part = piece * (far_u if side_u else 1.0 - far_u)
            if in_u and floor_v >= 0:
                where[count], share[count] = line, part * (1.0 - far_v)
                count += 1
            if in_u and floor_v + 1 < shape[v]:
                where[count], share[count] = line + strides[v], part * far_v
                count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _walk(
    source: np.ndarray, ray: np.ndarray, shape: np.ndarray, exact: int, where: np.ndarray, share: np.ndarray
) -> int:
    """Write the voxels that a ray meets and their shares of it, in one of the two ways; return how many."""
    if exact:
        return _siddon(source, ray, shape, where, share)
    return _joseph(source, ray, shape, where, share)


@numba.njit(cache=True, nogil=True)
def integrals(volume: np.ndarray, frame: np.ndarray, step_mm: np.ndarray, exact: int, out: np.ndarray) -> None:
    """Write to `out` the integral of a volume along the rays of a part of a view.

    Args:
        volume: float32 of shape (a, b, c).
        frame: float64 (4, 3): source, corner, down and right in voxels.
        step_mm: float64 (3, 3), columns are the voxel's edges in mm.
        exact: 1 for Siddon, 0 for Joseph.
        out: float32 (rows, columns).

    """
    shape = np.array(volume.shape)
    values = volume.ravel()
    room = 4 * shape.sum() + 12
    where, share = np.empty(room, np.int64), np.empty(room)
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            ray = frame[1] + row * frame[2] + column * frame[3] - frame[0]
            count = _walk(frame[0], ray, shape, exact, where, share)
            total = 0.0
            for i in range(count):
                total += values[where[i]] * share[i]
            out[row, column] = total * np.linalg.norm(step_mm @ ray)


@numba.njit(cache=True, nogil=True)
def paths(
    labels: np.ndarray, scale: np.ndarray, frame: np.ndarray, step_mm: np.ndarray, exact: int, out: np.ndarray
) -> None:
    """Write to `out` the millimetres that the rays of a part of a view run in each label.

    Args:
        labels: uint8 of shape (a, b, c), less than the last axis of `out`.
        scale: float32 factor on the length in each voxel, of that shape, or of size 1 for none.
        frame: As for `integrals`.
        step_mm: As for `integrals`.
        exact: As for `integrals`.
        out: float32 (rows, columns, labels).

    """
    shape = np.array(labels.shape)
    names, factors = labels.ravel(), scale.ravel()
    room = 4 * shape.sum() + 12
    where, share = np.empty(room, np.int64), np.empty(room)
    sums = np.empty(out.shape[2])
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            ray = frame[1] + row * frame[2] + column * frame[3] - frame[0]
            count = _walk(frame[0], ray, shape, exact, where, share)
            sums[:] = 0.0
            if factors.size == 1:
                for i in range(count):
                    sums[names[where[i]]] += share[i]
            else:
                for i in range(count):
                    sums[names[where[i]]] += share[i] * factors[where[i]]
            out[row, column] = sums * np.linalg.norm(step_mm @ ray)
