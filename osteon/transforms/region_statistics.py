"""A few plain numbers on an outlined region: what any network has to beat."""

from __future__ import annotations

import numpy as np
from scipy import stats

from osteon.errors import InputError

NAMES = (
    "volume_ml",
    "extent_mm",
    "mean",
    "spread",
    "skewness",
    "kurtosis",
    "low",
    "median",
    "high",
    "largest_slice_mean",
)


def region_statistics(values: np.ndarray, mask: np.ndarray, *, spacing_mm: tuple[float, ...]) -> np.ndarray:
    """Return the numbers of `NAMES` on the voxels of `values` where `mask` is not 0, float32 (10,).

    Size, the longest side of the box in mm, moments and the 10th, 50th and 90th percentile of the
    values, and their mean on the slice where the region is largest.

    Raises:
        InputError: The mask is empty.

    """
    inside = mask != 0
    if not inside.any():
        msg = "The mask is empty, so there is nothing to measure; outline the tumour."
        raise InputError(msg)
    found = values[inside].astype(float)
    sides = [np.ptp(axis) + 1 for axis in np.nonzero(inside)]
    largest = int(np.count_nonzero(inside, axis=(1, 2)).argmax())
    varied = found.std() > 0
    numbers = (
        inside.sum() * float(np.prod(spacing_mm)) / 1000,
        max(n * s for n, s in zip(sides, spacing_mm, strict=True)),
        found.mean(),
        found.std(),
        stats.skew(found) if varied else 0.0,
        stats.kurtosis(found) if varied else 0.0,
        *np.percentile(found, [10, 50, 90]),
        values[largest][inside[largest]].mean(),
    )
    return np.array(numbers, dtype=np.float32)
