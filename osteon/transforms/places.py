"""The most suspicious places of a map, apart from each other, and how wide what lies there is."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

APART = 20
"""Pixels between two places, along rows or columns."""
DEPTH = 2.0
"""What is suspicious about a place: the connected pixels within this of its logit."""


def places(logits: np.ndarray, *, count: int) -> np.ndarray:
    """Return the `count` highest places of `logits` (rows, columns) as (count, 4): row, column, width, logit.

    Row and column are the middle of what is suspicious there, width its longer side in pixels. A place lies `APART`
    from all higher ones and not on what is suspicious about them; where a small map has no more, the last one stands
    again.

    >>> bright = np.full((64, 64), -9.0); bright[10:13, 50:56] = 5.0; bright[40, 20] = 4.0
    >>> places(bright, count=2).tolist()
    [[11.0, 52.5, 6.0, 5.0], [40.0, 20.0, 1.0, 4.0]]

    """
    left = logits.astype(np.float64)
    found: list[tuple[float, float, float, float]] = []
    while len(found) < count:
        row, column = np.unravel_index(int(np.argmax(left)), left.shape)
        if not np.isfinite(left[row, column]):
            found += [found[-1]] * (count - len(found))
            break
        parts, _ = ndimage.label(logits >= logits[row, column] - DEPTH)
        here = parts == parts[row, column]
        found.append((*_middle(here), float(logits[row, column])))
        left[here] = -np.inf
        left[max(0, row - APART) : row + APART + 1, max(0, column - APART) : column + APART + 1] = -np.inf
    return np.array(found, dtype=np.float32)


def broad_place(logits: np.ndarray, *, size: int = 9) -> tuple[float, float, float]:
    """Return row, column and logit of the highest mean over `size` x `size` pixels."""
    smooth = ndimage.uniform_filter(logits.astype(np.float64), size, mode="nearest")
    row, column = np.unravel_index(int(np.argmax(smooth)), smooth.shape)
    return float(row), float(column), float(smooth[row, column])


def _middle(here: np.ndarray) -> tuple[float, float, float]:
    rows, columns = (np.flatnonzero(here.any(axis=axis)) for axis in (1, 0))
    width = max(np.ptp(rows), np.ptp(columns)) + 1
    return float(rows[0] + rows[-1]) / 2, float(columns[0] + columns[-1]) / 2, float(width)
