"""Statistics of the intensities in a region, whatever their place."""

from __future__ import annotations

import numpy as np

NAMES = (
    "10Percentile", "90Percentile", "Energy", "Entropy", "InterquartileRange", "Kurtosis", "Maximum",
    "MeanAbsoluteDeviation", "Mean", "Median", "Minimum", "Range", "RobustMeanAbsoluteDeviation", "RootMeanSquared",
    "Skewness", "TotalEnergy", "Uniformity", "Variance",
)  # fmt: skip


def first_order(found: np.ndarray, levels: np.ndarray, *, voxel_mm3: float) -> np.ndarray:
    """Return the numbers of `NAMES`.

    Kurtosis is not the excess (3 for a normal distribution; IBSI subtracts 3). Entropy, in bits, and uniformity
    are of the `levels`.

    Args:
        found: Intensities of the region, (n,).
        levels: Their grey levels, (n,).
        voxel_mm3: Of one voxel.

    """
    found = found.astype(np.float64)
    low, lower, median, upper, high = np.percentile(found, [10, 25, 50, 75, 90])
    mean = found.mean()
    off = found - mean
    squared = off * off
    variance = squared.mean()
    robust = found[(found >= low) & (found <= high)]
    share = np.bincount(levels)[1:] / found.size
    share = share[share > 0]
    energy = float(found @ found)
    return np.array([
        *(low, high, energy, -(share * np.log2(share)).sum() + 0.0, upper - lower),
        (squared @ squared) / found.size / variance**2 if variance else 0.0,
        *(found.max(), np.abs(off).mean(), mean, median, found.min(), np.ptp(found)),
        *(np.abs(robust - robust.mean()).mean(), np.sqrt(energy / found.size)),
        (squared @ off) / found.size / variance**1.5 if variance else 0.0,
        *(energy * voxel_mm3, (share**2).sum(), variance),
    ])  # fmt: skip
