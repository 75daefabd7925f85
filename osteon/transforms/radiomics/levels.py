"""Grey levels of a region: intensities put into bins, and the directions in which neighbours are looked for."""

from __future__ import annotations

import itertools

import numpy as np

from osteon.errors import RequestError

MOST_LEVELS = 4096


def discretise(
    values: np.ndarray, mask: np.ndarray, *, bin_width: float | None = None, bin_count: int | None = None
) -> np.ndarray:
    """Return the levels, int32 of the shape of `values`: 1 and up inside `mask`, 0 outside.

    A width puts bin edges at its multiples, as PyRadiomics does, so that regions can be compared; the lowest
    level found is 1. A count divides the range of the region. One of them is given.

    Args:
        values: Of any shape.
        mask: Boolean, the same shape, not empty.
        bin_width: In the unit of `values`.
        bin_count: Number of levels.

    Raises:
        RequestError: Not one of the two, not positive, or more than `MOST_LEVELS` levels come of it.

    Example:
        >>> discretise(np.array([-3.0, 4.0, 12.0, 99.0]), np.array([1, 1, 1, 0], bool), bin_width=5).tolist()
        [1, 2, 4, 0]

    """
    if (bin_width is None) == (bin_count is None) or (bin_width or bin_count or 0) <= 0:
        msg = f"Bins of width {bin_width} and number {bin_count} cannot be meant; give one of the two, above 0."
        raise RequestError(msg)
    found = values[mask].astype(np.float64)
    low, high = found.min(), found.max()
    within = np.zeros_like(found)
    if bin_width is not None:
        within = np.floor(found / bin_width) - np.floor(low / bin_width)
    elif bin_count is not None:
        within = np.minimum(np.floor((found - low) / (high - low or 1.0) * bin_count), bin_count - 1)
    if within.max() >= MOST_LEVELS:
        msg = (
            f"Bins of {bin_width} make {int(within.max()) + 1} grey levels of values from {low:g} to {high:g}; "
            f"at most {MOST_LEVELS} are allowed, so give a wider bin or a bin count."
        )
        raise RequestError(msg)
    levels = np.zeros(values.shape, np.int32)
    levels[mask] = within.astype(np.int32) + 1
    return levels


def padded(levels: np.ndarray) -> np.ndarray:
    """Return a volume of levels with one empty voxel around it, C-contiguous, so that neighbours always exist."""
    return np.ascontiguousarray(np.pad(levels, 1))


def directions(shape: tuple[int, ...], *, flat: bool) -> np.ndarray:
    """Return the steps to one of each pair of opposite neighbours, int64 (13, 3).

    With `flat` the four within a slice; along an axis of `shape` that is 1 long there are none.
    """
    steps = [s for s in itertools.product((0, 1, -1), repeat=3) if next((v for v in s if v), -1) > 0]
    kept = [s for s in steps if not (flat and s[0]) and all(n > 1 or v == 0 for n, v in zip(shape, s, strict=True))]
    return np.array(kept, np.int64).reshape(-1, 3)


def neighbours(shape: tuple[int, ...], *, flat: bool) -> np.ndarray:
    """Return the steps to all neighbours, int64 (26, 3), with `flat` those within a slice (8, 3)."""
    half = directions(shape, flat=flat)
    return np.concatenate([half, -half])
