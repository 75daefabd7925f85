"""Parallel-beam projection of a slice and its inverse, compiled; sinogram.py calls this.

Lengths are in pixels of the slice, positions from its middle; a ray at angle t is x cos(t) + y sin(t) = s.
"""

from __future__ import annotations

import math

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def _sweep(lines: np.ndarray, start: float, per_line: float, per_bin: float, piece: float, out: np.ndarray) -> None:
    """Add to each bin of one view what its ray finds, line by line, interpolated between a line's two nearest pixels.

    Args:
        lines: float32 (lines, pixels, maps).
        start: Where in the first line the ray of bin 0 crosses it, in pixels.
        per_line: Shift of the crossing from line to line.
        per_bin: From bin to bin.
        piece: Length of a ray from line to line.
        out: float32 (bins, maps).

    """
    count, size, maps = lines.shape
    for line in range(count):
        first = start + line * per_line
        # Bins whose ray crosses the line between its first and its last pixel.
        one, other = -first / per_bin, (size - 1 - first) / per_bin
        low, high = max(math.ceil(min(one, other)), 0), min(math.floor(max(one, other)), out.shape[0] - 1)
        for b in range(low, high + 1):
            at = first + b * per_bin
            left = min(max(int(at), 0), size - 2)
            share = np.float32(at - left)
            for m in range(maps):
                value = lines[line, left, m]
                out[b, m] += np.float32(piece) * (value + share * (lines[line, left + 1, m] - value))


@numba.njit(cache=True, nogil=True)
def project(rows: np.ndarray, columns: np.ndarray, angles: np.ndarray, bin_px: float, out: np.ndarray) -> None:
    """Write to `out` the integrals of maps along parallel rays (Joseph 1982).

    Args:
        rows: float32 (rows, columns, maps), 0 along its border.
        columns: The same as (columns, rows, maps), contiguous.
        angles: float64 (views,).
        bin_px: Distance of the rays.
        out: float32 (views, bins, maps).

    """
    out[:] = 0.0
    middle_y, middle_x = (rows.shape[0] - 1) / 2.0, (rows.shape[1] - 1) / 2.0
    first = -(out.shape[1] - 1) / 2.0 * bin_px
    for view in range(angles.size):
        c, s = math.cos(angles[view]), math.sin(angles[view])
        if abs(c) >= abs(s):  # the ray runs along y more than along x: one crossing in each row
            start = middle_x + (first + middle_y * s) / c
            _sweep(rows, start, -s / c, bin_px / c, 1.0 / abs(c), out[view])
        else:
            start = middle_y + (first + middle_x * c) / s
            _sweep(columns, start, -c / s, bin_px / s, 1.0 / abs(s), out[view])


@numba.njit(cache=True, nogil=True)
def back_project(filtered: np.ndarray, angles: np.ndarray, pixel_bins: float, out: np.ndarray) -> None:
    """Write to `out` the mean over views of the filtered value of the ray through each pixel, times pi.

    Args:
        filtered: float32 (views, bins).
        angles: float64 (views,), evenly over half a turn.
        pixel_bins: Size of a pixel in bins.
        out: float32 (rows, columns).

    """
    out[:] = 0.0
    rows, columns = out.shape
    bins = filtered.shape[1]
    weight = np.float32(math.pi / angles.size)
    for view in range(angles.size):
        c, s = math.cos(angles[view]) * pixel_bins, math.sin(angles[view]) * pixel_bins
        values = filtered[view]
        for row in range(rows):
            start = (bins - 1) / 2.0 + (row - (rows - 1) / 2.0) * s - (columns - 1) / 2.0 * c
            for column in range(columns):
                at = start + column * c
                left = int(at)
                if at >= 0.0 and left < bins - 1:
                    share = np.float32(at - left)
                    out[row, column] += weight * (values[left] + share * (values[left + 1] - values[left]))
