"""What runs, zones and dependences have in common: counts by grey level and length, read out in sixteen ways."""

from __future__ import annotations

import numpy as np


def emphasis(counts: np.ndarray, lengths: np.ndarray, *, voxels: int) -> np.ndarray:
    """Return the sixteen numbers of each matrix, (..., 16).

    In order: short, long, low level, high level, short low, short high, long low and long high emphasis;
    level non-uniformity and the same normalised; length non-uniformity and the same normalised; percentage;
    variance of the level and of the length; entropy in bits.

    Args:
        counts: How often each level (from 1) comes with each length, (..., levels, lengths).
        lengths: The lengths, (lengths,).
        voxels: In the region.

    """
    counts = counts.astype(np.float64)
    total = counts.sum((-2, -1))
    level, length = np.arange(1, counts.shape[-2] + 1.0), lengths.astype(np.float64)
    by_level, by_length = counts.sum(-1), counts.sum(-2)
    short_of, long_of = counts @ length**-2, counts @ length**2
    emphases = [
        *(by_length @ length**-2, by_length @ length**2, by_level @ level**-2, by_level @ level**2),
        *(short_of @ level**-2, short_of @ level**2, long_of @ level**-2, long_of @ level**2),
    ]
    uneven = [(by**2).sum(-1) for by in (by_level, by_length)]
    spread = [_variance(by / total[..., None], of) for by, of in ((by_level, level), (by_length, length))]
    share = counts / total[..., None, None]
    entropy = -(share * np.log2(np.where(share > 0, share, 1.0))).sum((-2, -1)) + 0.0
    rows = [e / total for e in emphases]
    rows += [uneven[0] / total, uneven[0] / total**2, uneven[1] / total, uneven[1] / total**2]
    return np.stack([*rows, total / voxels, *spread, entropy], axis=-1)


def _variance(share: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Return the variance of `of` under each row of `share`."""
    return (share * (of - (share @ of)[..., None]) ** 2).sum(-1)
