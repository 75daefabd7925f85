"""Exact Euclidean distances from the voxels of one set to the nearest voxel of another, compiled.

The separable transform of Felzenszwalb and Huttenlocher (2012) along columns and rows; the third axis is
searched outwards only where a distance is asked for, and the search stops as soon as the step alone is
longer than the best distance found. The time depends on the box, not on how far apart the sets lie.
Kept in a module of its own, because importing numba takes longer than reading a radiograph.
"""

from __future__ import annotations

import math

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def _along_columns(row: np.ndarray, step: float, out: np.ndarray) -> None:
    """Write to `out` the squared distance of each pixel of `row` to the nearest true one, inf if none."""
    n = row.shape[0]
    last = -1
    for x in range(n):
        if row[x]:
            last = x
        out[x] = ((x - last) * step) ** 2 if last >= 0 else math.inf
    last = -1
    for x in range(n - 1, -1, -1):
        if row[x]:
            last = x
        if last >= 0:
            out[x] = min(out[x], ((last - x) * step) ** 2)


@numba.njit(cache=True, nogil=True)
def _envelope(heights: np.ndarray, step: float, apex: np.ndarray, left: np.ndarray) -> int:
    """Find the lower envelope of the parabolas heights[i] + (step (y - i))^2; return how many make it.

    `apex` receives which parabolas do, `left` the index from which each is the lowest.
    """
    count = 0
    for i in range(heights.shape[0]):
        if heights[i] == math.inf:
            continue
        height = heights[i] / (step * step) + i * i
        start = -math.inf
        while count > 0:
            j = apex[count - 1]
            start = (height - heights[j] / (step * step) - j * j) / (2.0 * (i - j))
            if start > left[count - 1]:
                break
            count -= 1
            start = -math.inf
        apex[count], left[count] = i, start
        count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _slices(sites: np.ndarray, row_mm: float, column_mm: float) -> np.ndarray:
    """Return, for each voxel, the squared distance in mm^2 to the nearest site of its own slice."""
    slices, rows, columns = sites.shape
    squared = np.empty((slices, rows, columns))
    heights, apex, left = np.empty(rows), np.empty(rows, np.int64), np.empty(rows)
    for z in range(slices):
        plane = squared[z]
        for y in range(rows):
            _along_columns(sites[z, y], column_mm, plane[y])
        for x in range(columns):
            for y in range(rows):
                heights[y] = plane[y, x]
            count = _envelope(heights, row_mm, apex, left)
            at = 0
            for y in range(rows if count else 0):
                while at + 1 < count and left[at + 1] < y:
                    at += 1
                plane[y, x] = heights[apex[at]] + ((y - apex[at]) * row_mm) ** 2
    return squared


@numba.njit(cache=True, nogil=True)
def _through_slices(line: np.ndarray, z: int, slice_mm: float) -> float:
    """Return the least line[k] + (slice_mm (k - z))^2, looking outwards from `z`."""
    best = line[z]
    for k in range(1, max(z + 1, line.shape[0] - z)):
        far = (k * slice_mm) ** 2
        if far >= best:
            break
        if z - k >= 0:
            best = min(best, line[z - k] + far)
        if z + k < line.shape[0]:
            best = min(best, line[z + k] + far)
    return best


@numba.njit(cache=True, nogil=True)
def nearest_mm(queries: np.ndarray, sites: np.ndarray, spacing_mm: tuple[float, ...]) -> np.ndarray:
    """Return the distance of each true voxel of `queries` to the nearest true voxel of `sites`.

    Args:
        queries: Boolean (slices, rows, columns), C-contiguous.
        sites: The same shape, with one true voxel at least.
        spacing_mm: Along slices, rows and columns.

    Returns:
        Distances in mm, float64, in the order of `np.argwhere(queries)`.

    """
    squared = _slices(sites, spacing_mm[1], spacing_mm[2])
    distances = np.empty(queries.sum())
    at = 0
    for z in range(queries.shape[0]):
        for y in range(queries.shape[1]):
            for x in range(queries.shape[2]):
                if queries[z, y, x]:
                    distances[at] = math.sqrt(_through_slices(squared[:, y, x], z, spacing_mm[0]))
                    at += 1
    return distances
