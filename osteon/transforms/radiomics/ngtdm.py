"""Neighbourhood grey tone difference: how far a voxel's level is from the mean of its neighbours'."""

from __future__ import annotations

import numba
import numpy as np

NAMES = ("Busyness", "Coarseness", "Complexity", "Contrast", "Strength")
COARSEST = 1e6


def ngtdm(levels: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return the numbers of `NAMES`; arguments as `glszm.glszm` takes them.

    Voxels without a neighbour in the region do not count. Without any difference the coarseness is 1e6.
    """
    counts, differences = matrix(levels, steps)
    used = np.flatnonzero(counts)
    total = counts.sum()
    if total == 0:
        return np.array([0.0, COARSEST, 0.0, 0.0, 0.0])
    level, share, differ = used + 1.0, counts[used] / total, differences[used]
    gap = level[:, None] - level
    weighed = share * differ
    pairs = share[:, None] + share
    apart = np.abs(level[:, None] * share[:, None] - level * share).sum()
    sum_differ, kinds = differ.sum(), len(used)
    contrast = (share @ gap**2 @ share) * sum_differ / total / (kinds * (kinds - 1)) if kinds > 1 else 0.0
    return np.array([
        weighed.sum() / apart if apart else 0.0,
        1 / weighed.sum() if weighed.sum() else COARSEST,
        (np.abs(gap) * (weighed[:, None] + weighed) / pairs).sum() / total,
        contrast,
        (pairs * gap**2).sum() / sum_differ if sum_differ else 0.0,
    ])  # fmt: skip


@numba.njit(cache=True, nogil=True)
def matrix(levels: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, by level (from 1), how many voxels have a neighbour and their summed differences, (levels,) each."""
    counts, differences = np.zeros(levels.max(), np.int64), np.zeros(levels.max())
    for z in range(1, levels.shape[0] - 1):
        for y in range(1, levels.shape[1] - 1):
            for x in range(1, levels.shape[2] - 1):
                here = levels[z, y, x]
                if here == 0:
                    continue
                total, near = 0, 0
                for d in range(steps.shape[0]):
                    there = levels[z + steps[d, 0], y + steps[d, 1], x + steps[d, 2]]
                    total += there
                    near += there > 0
                if near:
                    counts[here - 1] += 1
                    differences[here - 1] += abs(here - total / near)
    return counts, differences
