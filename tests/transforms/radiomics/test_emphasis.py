"""The sixteen numbers against loops over a small table, which give their definitions."""

import numpy as np
import pytest

from osteon.transforms.radiomics.emphasis import emphasis


def test_by_loops(rng):
    counts, lengths = rng.integers(0, 9, (4, 5)), np.array([1, 2, 3, 7, 30])
    total = counts.sum()
    cells = [(i + 1, length, counts[i, k]) for i in range(4) for k, length in enumerate(lengths.tolist())]
    level_mean, length_mean = (sum(c[n] * c[2] for c in cells) / total for n in (0, 1))
    wanted = [
        sum(n / j**2 for _, j, n in cells) / total,
        sum(n * j**2 for _, j, n in cells) / total,
        sum(n / i**2 for i, _, n in cells) / total,
        sum(n * i**2 for i, _, n in cells) / total,
        sum(n / i**2 / j**2 for i, j, n in cells) / total,
        sum(n * i**2 / j**2 for i, j, n in cells) / total,
        sum(n * j**2 / i**2 for i, j, n in cells) / total,
        sum(n * i**2 * j**2 for i, j, n in cells) / total,
        sum(counts[i].sum() ** 2 for i in range(4)) / total,
        sum(counts[i].sum() ** 2 for i in range(4)) / total**2,
        sum(counts[:, k].sum() ** 2 for k in range(5)) / total,
        sum(counts[:, k].sum() ** 2 for k in range(5)) / total**2,
        total / 1000,
        sum((i - level_mean) ** 2 * n for i, _, n in cells) / total,
        sum((j - length_mean) ** 2 * n for _, j, n in cells) / total,
        -sum(n / total * np.log2(n / total) for *_, n in cells if n),
    ]
    assert emphasis(counts, lengths, voxels=1000) == pytest.approx(wanted)


def test_directions_are_read_out_one_by_one(rng):
    counts, lengths = rng.integers(1, 9, (3, 4, 5)), np.arange(1, 6)
    each = [emphasis(c, lengths, voxels=50) for c in counts]
    assert np.allclose(emphasis(counts, lengths, voxels=50), each)


def test_one_cell_has_no_spread():
    found = emphasis(np.array([[0, 7]]), np.array([1, 2]), voxels=14)
    assert found.tolist() == [0.25, 4, 1, 1, 0.25, 0.25, 4, 4, 7, 1, 7, 1, 0.5, 0, 0, 0]
