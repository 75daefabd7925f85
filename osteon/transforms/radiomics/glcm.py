"""Grey level co-occurrence: how often two levels are neighbours, by direction; features are means over directions."""

from __future__ import annotations

import numba
import numpy as np

NAMES = (
    "Autocorrelation", "ClusterProminence", "ClusterShade", "ClusterTendency", "Contrast", "Correlation",
    "DifferenceAverage", "DifferenceEntropy", "DifferenceVariance", "Id", "Idm", "Idmn", "Idn", "Imc1", "Imc2",
    "InverseVariance", "JointAverage", "JointEnergy", "JointEntropy", "MCC", "MaximumProbability", "SumAverage",
    "SumEntropy", "SumSquares",
)  # fmt: skip


def glcm(levels: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return the numbers of `NAMES`.

    Args:
        levels: Grey levels with an empty border (`levels.padded`), int32.
        steps: Directions (`levels.directions`).

    """
    counts = matrix(levels, steps)
    counts = counts[counts.any(axis=(1, 2))]
    return np.array([_of(both) for both in counts]).mean(0) if len(counts) else _alone(int(levels.max()))


def _alone(level: int) -> np.ndarray:
    """Return the numbers of a region without neighbours: as of its level beside itself."""
    both = np.zeros((level, level))
    both[-1, -1] = 1.0
    return _of(both)


@numba.njit(cache=True, nogil=True)
def matrix(levels: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return the counts of each direction, symmetrical, float64 (directions, levels, levels)."""
    count = levels.max()
    found = np.zeros((steps.shape[0], count, count))
    for z in range(1, levels.shape[0] - 1):
        for y in range(1, levels.shape[1] - 1):
            for x in range(1, levels.shape[2] - 1):
                here = levels[z, y, x]
                if here == 0:
                    continue
                for d in range(steps.shape[0]):
                    there = levels[z + steps[d, 0], y + steps[d, 1], x + steps[d, 2]]
                    if there:
                        found[d, here - 1, there - 1] += 1.0
                        found[d, there - 1, here - 1] += 1.0
    return found


def _of(counts: np.ndarray) -> np.ndarray:
    """Return the numbers of `NAMES` of one direction."""
    size = len(counts)
    used = np.flatnonzero(counts.any(axis=1))
    joint = counts[np.ix_(used, used)] / counts.sum()
    level = used + 1.0
    edge = joint.sum(1)  # of either level: the matrix is symmetrical
    mean = edge @ level
    sums, gaps = _sums_and_gaps(joint, used, size)
    far, total = np.arange(size, dtype=float), np.arange(2.0, 2 * size + 1)
    off, variance = level - mean, edge @ (level - mean) ** 2
    away = total - 2 * mean
    gap_mean = gaps @ far
    joint_entropy, edge_entropy = _bits(joint), _bits(edge)
    apart = np.where(far > 0, far, np.inf)
    correlation = _largest_correlation(joint, edge) if size > 1 else 1.0
    return np.array([
        *(level @ joint @ level, sums @ away**4, sums @ away**3, sums @ away**2, gaps @ far**2),
        (off @ joint @ off) / variance if variance else 1.0,
        *(gap_mean, _bits(gaps), gaps @ (far - gap_mean) ** 2, gaps @ (1 / (1 + far)), gaps @ (1 / (1 + far**2))),
        *(gaps @ (1 / (1 + (far / size) ** 2)), gaps @ (1 / (1 + far / size))),
        (joint_entropy - 2 * edge_entropy) / edge_entropy if edge_entropy else 0.0,
        np.sqrt(max(0.0, 1 - np.exp(-2 * (2 * edge_entropy - joint_entropy)))),
        *(gaps @ apart**-2, mean, (joint**2).sum(), joint_entropy, correlation, joint.max()),
        *(sums @ total, _bits(sums), variance),
    ])  # fmt: skip


def _sums_and_gaps(joint: np.ndarray, used: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how likely each sum of two neighbours' levels is, from 2, and each difference, from 0."""
    both = (used[:, None] + used).ravel(), np.abs(used[:, None] - used).ravel()
    return (
        np.bincount(both[0], weights=joint.ravel(), minlength=2 * size - 1),
        np.bincount(both[1], weights=joint.ravel(), minlength=size),
    )


def _bits(share: np.ndarray) -> float:
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum()) + 0.0


def _largest_correlation(joint: np.ndarray, edge: np.ndarray) -> float:
    """Return the maximal correlation coefficient: the second singular value of the matrix, or 0."""
    if len(edge) == 1:
        return 0.0
    scale = 1 / np.sqrt(edge)
    return float(np.sort(np.abs(np.linalg.eigvalsh(joint * scale * scale[:, None])))[-2])
