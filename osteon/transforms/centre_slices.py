"""Which slices of an outlined tumour are read: all, or some about the slice of its mass centre."""

from __future__ import annotations

import numpy as np

from osteon.errors import InputError


def centre_slices(mask: np.ndarray, *, count: int | None) -> list[int]:
    """Return the indices of the slices of `mask` (slices, rows, columns) to read, rising.

    Those with tumour, or the `count` of them nearest to the slice of its mass centre (all where it has fewer).

    Raises:
        InputError: The mask is empty.

    Example:
        >>> mask = np.zeros((9, 2, 2)); mask[2:7] = 1
        >>> centre_slices(mask, count=3), centre_slices(mask, count=None)
        ([3, 4, 5], [2, 3, 4, 5, 6])

    """
    areas = np.count_nonzero(mask, axis=(1, 2))
    there = np.nonzero(areas)[0]
    if there.size == 0:
        msg = "The mask is empty, so the tumour has no slices; outline the tumour."
        raise InputError(msg)
    if count is None:
        return there.tolist()
    centre = float((areas * np.arange(len(areas))).sum() / areas.sum())
    nearest = sorted(there.tolist(), key=lambda index: (abs(index - centre), index))
    return sorted(nearest[:count])
