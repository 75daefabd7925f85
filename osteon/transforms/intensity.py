"""Grey values to a common scale, by the image's own percentiles."""

from __future__ import annotations

import numpy as np


def robust_unit(array: np.ndarray, *, low: float = 1.0, high: float = 99.0) -> np.ndarray:
    """Return `array` with its `low` and `high` percentiles at 0 and 1, cut there, float32.

    An image of one value becomes 0: arbitrary units, as MRI has, carry no other meaning.

    Example:
        >>> robust_unit(np.arange(101.0), low=0, high=100)[[0, 50, 100]].tolist()
        [0.0, 0.5, 1.0]

    """
    bottom, top = np.percentile(array, [low, high])
    if top <= bottom:
        return np.zeros(array.shape, dtype=np.float32)
    return np.clip((array - bottom) / (top - bottom), 0.0, 1.0).astype(np.float32)


def windowed(array: np.ndarray, *, low: float, high: float) -> np.ndarray:
    """Return `array` with `low` and `high` (HU, SUV ...) at 0 and 1, cut there, float32: the same for every patient.

    Example:
        >>> windowed(np.array([-1000.0, 100.0, 3000.0]), low=-150, high=350).tolist()
        [0.0, 0.5, 1.0]

    """
    return np.clip((np.asarray(array, dtype=np.float32) - low) / (high - low), 0.0, 1.0)


def over_surroundings(array: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return `array` over the mean of the tissue around `mask`, float32: how bright, on whatever scanner.

    Tissue is what is brighter than a fifth of the 99th percentile outside the mask, so that air and noise do not
    count; where nothing outside is above 0, the array is returned over the mean of what is.
    """
    outside = array[~(np.asarray(mask) > 0)]
    around = outside if (outside > 0).any() else array
    tissue = around[around > 0.2 * np.percentile(around, 99)]
    return (array / max(float(tissue.mean()) if tissue.size else 0.0, 1e-6)).astype(np.float32)
