"""Cosmic rays: a point or two that stand far above their neighbours."""

from __future__ import annotations

import numpy as np
from scipy.signal import medfilt


def despike(counts: np.ndarray, *, threshold: float = 8.0, reach: int = 2) -> np.ndarray:
    """Return `counts` (points,) with cosmic rays replaced by a line between their neighbours.

    A point is a ray when the modified z-score of its first difference passes `threshold`
    (Whitaker and Hayes 2018) and it stands out of a median over 2 x `reach` + 1 points: real
    bands are wider and stay. `reach` points on each side of a ray are replaced too.
    """
    steps = np.diff(counts, prepend=counts[:1])
    above = counts - medfilt(counts.astype(float), 4 * reach + 1)
    rays = (_modified_z(steps) > threshold) & (_modified_z(above) > threshold)
    if not rays.any():
        return counts
    rays = np.convolve(rays, np.ones(2 * reach + 1), mode="same") > 0
    points = np.arange(counts.size)
    mended = np.array(counts, dtype=float)
    mended[rays] = np.interp(points[rays], points[~rays], counts[~rays])
    return mended


def _modified_z(values: np.ndarray) -> np.ndarray:
    """Return how far each value lies from the median, in units that one standard deviation is 1 of."""
    away = values - np.median(values)
    spread = 1.4826 * np.median(np.abs(away))
    return np.abs(away) / spread if spread > 0 else np.zeros(values.shape)
