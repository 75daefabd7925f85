"""Differences from the neighbours' mean, voxel by voxel and feature by feature."""

import numpy as np
import pytest

from osteon.transforms.radiomics import levels, ngtdm


def by_hand(grey):
    """Return counts and summed differences by level."""
    counts, differences = np.zeros(grey.max()), np.zeros(grey.max())
    for z, y, x in np.argwhere(grey):
        box = grey[max(z - 1, 0) : z + 2, max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].astype(float)
        near, here = (box > 0).sum() - 1, grey[z, y, x]
        if near:
            counts[here - 1] += 1
            differences[here - 1] += abs(here - (box.sum() - here) / near)
    return counts, differences


def written_out(counts, differences):
    total = counts.sum()
    cells = [(i + 1, n / total, d) for i, (n, d) in enumerate(zip(counts, differences, strict=True)) if n]
    weighed = sum(p * s for _, p, s in cells)
    pairs = [(a, b) for a in cells for b in cells]
    kinds = len(cells)
    return {
        "Busyness": weighed / sum(abs(i * p - j * q) for (i, p, _), (j, q, _) in pairs),
        "Coarseness": 1 / weighed,
        "Complexity": sum(abs(i - j) * (p * s + q * t) / (p + q) for (i, p, s), (j, q, t) in pairs) / total,
        "Contrast": sum(p * q * (i - j) ** 2 for (i, p, _), (j, q, _) in pairs)
        / (kinds * (kinds - 1)) * sum(s for *_, s in cells) / total,
        "Strength": sum((p + q) * (i - j) ** 2 for (i, p, _), (j, q, _) in pairs) / sum(s for *_, s in cells),
    }  # fmt: skip


def test_against_what_is_written_out(rng):
    grey = (rng.integers(1, 6, (4, 6, 5)) * (rng.random((4, 6, 5)) < 0.7)).astype(np.int32)
    grey[grey == 3] = 0  # a level that never comes
    wide, steps = levels.padded(grey), levels.neighbours(grey.shape, flat=False)
    counts, differences = by_hand(grey)
    found = ngtdm.matrix(wide, steps)
    assert np.array_equal(found[0], counts)
    assert np.allclose(found[1], differences)
    made = dict(zip(ngtdm.NAMES, ngtdm.ngtdm(wide, steps), strict=True))
    for name, value in written_out(counts, differences).items():
        assert made[name] == pytest.approx(value), name


def test_voxels_without_neighbours_do_not_count():
    grey = np.zeros((1, 5, 5), np.int32)
    grey[0, 0, :3], grey[0, 4, 4] = (1, 2, 1), 9
    counts, _ = ngtdm.matrix(levels.padded(grey), levels.neighbours(grey.shape, flat=False))
    assert counts.tolist() == [2, 1, 0, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("grey", [np.ones((2, 3, 3), np.int32), np.ones((1, 1, 1), np.int32)])
def test_one_level_is_as_coarse_as_can_be(grey):
    found = ngtdm.ngtdm(levels.padded(grey), levels.neighbours(grey.shape, flat=False))
    assert found.tolist() == [0, ngtdm.COARSEST, 0, 0, 0]
