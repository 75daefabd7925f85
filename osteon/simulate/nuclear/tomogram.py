"""Slices to parallel projections and back: a matched pair that keeps the sum, and two ways to reconstruct.

A pixel gives to the two nearest bins of a view what falls to each (and takes back the same shares), so every view sums
to the slice. Rows run along y, columns along x; a view at the angle a sees the bin of x cos a + y sin a.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np


class Fan(NamedTuple):
    """The views of a slice: cosine and sine of each angle, float64 of shape (views,), and the number of bins."""

    cosines: np.ndarray
    sines: np.ndarray
    bins: int


def fan(shape: tuple[int, int], *, views: int, turn_degrees: float) -> Fan:
    """Return `views` angles over a turn, with bins of a pixel's width that hold the whole slice."""
    angles = np.radians(turn_degrees) * np.arange(views) / views
    return Fan(cosines=np.cos(angles), sines=np.sin(angles), bins=int(np.ceil(np.hypot(*shape))) + 3)


@numba.njit(cache=True, nogil=True)
def project(image: np.ndarray, fan: Fan, first: int, step: int, out: np.ndarray) -> None:
    """Write the projections of a slice (rows, columns) to `out` (views, bins): views `first`, `first + step` ..."""
    rows, columns = image.shape
    for view in range(first, out.shape[0], step):
        out[view] = 0.0
        for row in range(rows):
            start = (row - (rows - 1) / 2.0) * fan.sines[view] + (fan.bins - 1) / 2.0
            for column in range(columns):
                value = image[row, column]
                if value != 0.0:
                    at = start + (column - (columns - 1) / 2.0) * fan.cosines[view]
                    low = int(at)
                    out[view, low] += (low + 1 - at) * value
                    out[view, low + 1] += (at - low) * value


@numba.njit(cache=True, nogil=True)
def back_project(views: np.ndarray, fan: Fan, first: int, step: int, out: np.ndarray) -> None:
    """Write the adjoint of `project` to `out` (rows, columns)."""
    rows, columns = out.shape
    out[:] = 0.0
    for view in range(first, views.shape[0], step):
        for row in range(rows):
            start = (row - (rows - 1) / 2.0) * fan.sines[view] + (fan.bins - 1) / 2.0
            for column in range(columns):
                at = start + (column - (columns - 1) / 2.0) * fan.cosines[view]
                low = int(at)
                out[row, column] += (low + 1 - at) * views[view, low] + (at - low) * views[view, low + 1]


class Counted(NamedTuple):
    """One slice's data: counts, expected background, and counts per unit of projected image, all (views, bins)."""

    counts: np.ndarray
    background: np.ndarray
    factors: np.ndarray


@numba.njit(cache=True, nogil=True)
def ordered_subsets(data: Counted, fan: Fan, iterations: int, subsets: int, image: np.ndarray) -> None:
    """Improve `image` (rows, columns), which must start above 0, by ordered-subset expectation maximisation."""
    seen, ratio = np.zeros_like(data.counts), np.zeros_like(data.counts)
    back, sensitivity = np.empty_like(image), np.zeros((subsets, *image.shape), image.dtype)
    for subset in range(subsets):
        back_project(data.factors, fan, subset, subsets, sensitivity[subset])
    for _ in range(iterations):
        for subset in range(subsets):
            project(image, fan, subset, subsets, seen)
            for view in range(subset, seen.shape[0], subsets):
                for place in range(seen.shape[1]):
                    mean = seen[view, place] * data.factors[view, place] + data.background[view, place]
                    share = data.counts[view, place] / mean if mean > 0.0 else 0.0
                    ratio[view, place] = share * data.factors[view, place]
            back_project(ratio, fan, subset, subsets, back)
            for row in range(image.shape[0]):
                for column in range(image.shape[1]):
                    whole = sensitivity[subset, row, column]
                    image[row, column] = image[row, column] * back[row, column] / whole if whole > 0.0 else 0.0


def filtered_back_projection(views: np.ndarray, fan: Fan, *, shape: tuple[int, int], cut_off: float) -> np.ndarray:
    """Return the slice of projections over a half or a full turn, by a ramp with a Butterworth roll-off of order 5.

    Args:
        views: (views, bins).
        fan: Of the views.
        shape: (rows, columns).
        cut_off: Cycles a pixel at which the roll-off is one half; above 0.5 leaves nearly the plain ramp.

    """
    length = 2 * int(2 ** np.ceil(np.log2(fan.bins)))
    at = np.arange(length)
    at = np.minimum(at, length - at)
    kernel = np.zeros(length)
    odd = at % 2 == 1
    kernel[odd] = -1.0 / (np.pi * at[odd]) ** 2  # the ramp in space (Ramachandran and Lakshminarayanan 1971)
    kernel[0] = 0.25
    frequency = np.fft.rfftfreq(length)
    response = np.fft.rfft(kernel).real / (1.0 + (frequency / cut_off) ** 10)
    filtered = np.fft.irfft(np.fft.rfft(views, length, axis=1) * response, length, axis=1)[:, : fan.bins]
    image = np.zeros(shape)
    back_project(np.ascontiguousarray(filtered), fan, 0, 1, image)
    return image * np.pi / views.shape[0]
