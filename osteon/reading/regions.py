"""From an outline to lesions: connected regions, the most believed first, each with its box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

MOST = 3
SMALLEST_SHARE = 2e-4
"""Of the image's area; smaller regions are left to the whole outline."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Region:
    """One connected region; `weight` is 1 for the most believed of an image, less for the others."""

    mask: np.ndarray
    box: tuple[int, ...]
    weight: float


def box(mask: np.ndarray) -> tuple[int, ...] | None:
    """Return the half-open box of `mask`: the lows of each axis, then the highs; None when it is empty.

    >>> box(np.array([[0, 0, 0], [0, 1, 1]]))
    (1, 1, 2, 3)

    """
    lows, highs = [], []
    for axis in range(mask.ndim):
        along = np.flatnonzero(mask.any(axis=tuple(a for a in range(mask.ndim) if a != axis)))
        if not along.size:
            return None
        lows.append(int(along[0]))
        highs.append(int(along[-1]) + 1)
    return (*lows, *highs)


def regions(mask: np.ndarray, *, heat: np.ndarray | None = None) -> list[Region]:
    """Return up to three regions of `mask`, by the evidence in them (the sum of `heat`, else their size).

    Where every region is small, the largest is kept all the same.
    """
    inside = np.asarray(mask) > 0
    marked, count = ndimage.label(inside, structure=np.ones((3,) * inside.ndim))
    if not count:
        return []
    numbers = np.arange(1, count + 1)
    size = ndimage.sum_labels(inside, marked, numbers)
    mass = size if heat is None else ndimage.sum_labels(np.maximum(heat, 1e-6), marked, numbers)
    order = np.argsort(-np.asarray(mass))
    kept = [i for i in order if size[i] >= SMALLEST_SHARE * inside.size][:MOST] or [order[0]]
    return [_region(marked == numbers[i], weight=float(mass[i] / mass[kept[0]])) for i in kept]


def _region(mask: np.ndarray, *, weight: float) -> Region:
    found = box(mask)
    return Region(mask=mask, box=found or (), weight=weight)
