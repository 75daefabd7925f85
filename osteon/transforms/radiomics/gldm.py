"""Grey level dependence: how many neighbours share a voxel's level."""

from __future__ import annotations

import numba
import numpy as np

from osteon.transforms.radiomics import emphasis

NAMES = (
    "SmallDependenceEmphasis", "LargeDependenceEmphasis", "LowGrayLevelEmphasis", "HighGrayLevelEmphasis",
    "SmallDependenceLowGrayLevelEmphasis", "SmallDependenceHighGrayLevelEmphasis",
    "LargeDependenceLowGrayLevelEmphasis", "LargeDependenceHighGrayLevelEmphasis", "GrayLevelNonUniformity",
    "DependenceNonUniformity", "DependenceNonUniformityNormalized", "GrayLevelVariance", "DependenceVariance",
    "DependenceEntropy",
)  # fmt: skip
KEPT = [n for n in range(16) if n not in (9, 12)]  # the normalised level non-uniformity is uniformity, the share is 1


def gldm(levels: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return the numbers of `NAMES`; arguments as `glszm.glszm` takes them."""
    counts = matrix(levels, steps)
    lengths = np.arange(1, counts.shape[1] + 1)
    return emphasis.emphasis(counts, lengths, voxels=int(counts.sum()))[KEPT]


@numba.njit(cache=True, nogil=True)
def matrix(levels: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return how often each level (from 1) has each number of like voxels, itself counted, int64 (levels, 1 + n)."""
    found = np.zeros((levels.max(), steps.shape[0] + 1), np.int64)
    for z in range(1, levels.shape[0] - 1):
        for y in range(1, levels.shape[1] - 1):
            for x in range(1, levels.shape[2] - 1):
                here = levels[z, y, x]
                if here == 0:
                    continue
                alike = 0
                for d in range(steps.shape[0]):
                    alike += levels[z + steps[d, 0], y + steps[d, 1], x + steps[d, 2]] == here
                found[here - 1, alike] += 1
    return found
