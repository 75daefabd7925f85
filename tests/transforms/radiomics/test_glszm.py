"""Zones against SciPy's labelling of each level."""

import numpy as np
import pytest
from scipy import ndimage

from osteon.transforms.radiomics import glszm, levels


def by_labels(grey, structure):
    found = []
    for level in range(1, grey.max() + 1):
        pieces, _ = ndimage.label(grey == level, structure=structure)
        found += [(level, int(n)) for n in np.bincount(pieces.ravel())[1:]]
    return sorted(found)


@pytest.mark.parametrize("flat", [False, True])
def test_zones_are_the_connected_pieces(rng, flat):
    grey = (rng.integers(1, 4, (4, 9, 8)) * (rng.random((4, 9, 8)) < 0.8)).astype(np.int32)
    structure = np.ones((3, 3, 3), int)
    if flat:
        structure[[0, 2]] = 0
    which, sizes = glszm.zones(levels.padded(grey), levels.neighbours(grey.shape, flat=flat))
    assert sorted(zip(which.tolist(), sizes.tolist(), strict=True)) == by_labels(grey, structure)


def test_two_zones_by_hand():
    grey = np.array([[[1, 1, 0, 2]]], np.int32)
    found = dict(
        zip(glszm.NAMES, glszm.glszm(levels.padded(grey), levels.neighbours(grey.shape, flat=False)), strict=True)
    )
    assert found["LargeAreaEmphasis"] == (4 + 1) / 2
    assert found["HighGrayLevelZoneEmphasis"] == (1 + 4) / 2
    assert found["ZonePercentage"] == pytest.approx(2 / 3)
    assert found["ZoneEntropy"] == 1
    assert found["ZoneVariance"] == 0.25


def test_sizes_between_are_not_needed(rng):
    grey = np.zeros((1, 30, 30), np.int32)
    grey[0, :20, :20], grey[0, 25, 25] = 1, 1
    found = dict(
        zip(glszm.NAMES, glszm.glszm(levels.padded(grey), levels.neighbours(grey.shape, flat=False)), strict=True)
    )
    assert found["LargeAreaEmphasis"] == (400**2 + 1) / 2
    assert found["SizeZoneNonUniformity"] == 1
