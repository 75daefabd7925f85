"""Grey level size zones: how large connected pieces of one level are."""

from __future__ import annotations

import numba
import numpy as np

from osteon.transforms.radiomics import emphasis

NAMES = (
    "SmallAreaEmphasis", "LargeAreaEmphasis", "LowGrayLevelZoneEmphasis", "HighGrayLevelZoneEmphasis",
    "SmallAreaLowGrayLevelEmphasis", "SmallAreaHighGrayLevelEmphasis", "LargeAreaLowGrayLevelEmphasis",
    "LargeAreaHighGrayLevelEmphasis", "GrayLevelNonUniformity", "GrayLevelNonUniformityNormalized",
    "SizeZoneNonUniformity", "SizeZoneNonUniformityNormalized", "ZonePercentage", "GrayLevelVariance", "ZoneVariance",
    "ZoneEntropy",
)  # fmt: skip


def glszm(levels: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return the numbers of `NAMES`.

    Args:
        levels: Grey levels with an empty border, int32.
        steps: To all neighbours (`levels.neighbours`).

    """
    which, sizes = zones(levels, steps)
    lengths, column = np.unique(sizes, return_inverse=True)
    counts = np.zeros((int(which.max()), len(lengths)), np.int64)
    np.add.at(counts, (which - 1, column), 1)
    return emphasis.emphasis(counts, lengths, voxels=int(sizes.sum()))


@numba.njit(cache=True, nogil=True)
def zones(levels: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the level and the number of voxels of each zone, int64 (zones,) each."""
    left = levels.copy().ravel()
    row, plane = levels.shape[2], levels.shape[1] * levels.shape[2]
    jumps = steps[:, 0] * plane + steps[:, 1] * row + steps[:, 2]
    total = np.count_nonzero(left)
    which, sizes, stack = np.empty(total, np.int64), np.empty(total, np.int64), np.empty(total, np.int64)
    count = 0
    for start in range(left.size):
        level = left[start]
        if level == 0:
            continue
        stack[0], held, size = start, 1, 0
        left[start] = 0
        while held:
            held -= 1
            here = stack[held]
            size += 1
            for jump in jumps:
                if left[here + jump] == level:
                    left[here + jump] = 0
                    stack[held] = here + jump
                    held += 1
        which[count], sizes[count] = level, size
        count += 1
    return which[:count], sizes[:count]
