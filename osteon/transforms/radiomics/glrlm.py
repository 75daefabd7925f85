"""Grey level run lengths: how long a level goes on in each direction; features are means over directions."""

from __future__ import annotations

import numba
import numpy as np

from osteon.transforms.radiomics import emphasis

NAMES = (
    "ShortRunEmphasis", "LongRunEmphasis", "LowGrayLevelRunEmphasis", "HighGrayLevelRunEmphasis",
    "ShortRunLowGrayLevelEmphasis", "ShortRunHighGrayLevelEmphasis", "LongRunLowGrayLevelEmphasis",
    "LongRunHighGrayLevelEmphasis", "GrayLevelNonUniformity", "GrayLevelNonUniformityNormalized",
    "RunLengthNonUniformity", "RunLengthNonUniformityNormalized", "RunPercentage", "GrayLevelVariance", "RunVariance",
    "RunEntropy",
)  # fmt: skip


def glrlm(levels: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return the numbers of `NAMES`; arguments as `glcm.glcm` takes them."""
    steps = steps if len(steps) else np.array([[0, 0, 1]])  # a single voxel is a run of one, whichever way
    counts = matrix(levels, steps)
    longest = int(np.flatnonzero(counts.any(axis=(0, 1))).max()) + 1
    lengths = np.arange(1, longest + 1)
    return emphasis.emphasis(counts[..., :longest], lengths, voxels=int(np.count_nonzero(levels))).mean(0)


@numba.njit(cache=True, nogil=True)
def matrix(levels: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return how often each level (from 1) runs for each length (from 1), int64 (directions, levels, lengths)."""
    found = np.zeros((steps.shape[0], levels.max(), max(levels.shape) - 2), np.int64)
    for d in range(steps.shape[0]):
        a, b, c = steps[d]
        for z in range(1, levels.shape[0] - 1):
            for y in range(1, levels.shape[1] - 1):
                for x in range(1, levels.shape[2] - 1):
                    here = levels[z, y, x]
                    if here == 0 or levels[z - a, y - b, x - c] == here:
                        continue
                    length = 1
                    while levels[z + a * length, y + b * length, x + c * length] == here:
                        length += 1
                    found[d, here - 1, length - 1] += 1
    return found
