"""Dependences against a count one voxel at a time."""

import numpy as np
import pytest

from osteon.transforms.radiomics import gldm, levels


@pytest.mark.parametrize("flat", [False, True])
def test_counts_are_those_by_hand(rng, flat):
    grey = (rng.integers(1, 4, (4, 6, 5)) * (rng.random((4, 6, 5)) < 0.8)).astype(np.int32)
    steps = levels.neighbours(grey.shape, flat=flat)
    wanted = np.zeros((3, len(steps) + 1), int)
    for z, y, x in np.argwhere(grey):
        box = grey[z : z + 1] if flat else grey[max(z - 1, 0) : z + 2]
        box = box[:, max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
        wanted[grey[z, y, x] - 1, (box == grey[z, y, x]).sum() - 1] += 1
    assert np.array_equal(gldm.matrix(levels.padded(grey), steps), wanted)


def test_a_block_of_one_level_by_hand():
    grey = np.ones((2, 2, 2), np.int32)
    found = dict(
        zip(gldm.NAMES, gldm.gldm(levels.padded(grey), levels.neighbours(grey.shape, flat=False)), strict=True)
    )
    assert found["LargeDependenceEmphasis"] == 64
    assert found["SmallDependenceEmphasis"] == 1 / 64
    assert found["DependenceNonUniformity"] == 8
    assert found["DependenceEntropy"] == 0
    assert found["GrayLevelNonUniformity"] == 8
