"""SUVmax, MTV and TLG by their definitions, whatever lies outside the lesion."""

import numpy as np
import pytest

from osteon.metrics.uptake import uptake


@pytest.mark.parametrize("voxel_ml", [0.008, 0.5])
def test_glycolysis_is_the_sum_over_the_lesion(rng, voxel_ml):
    values, mask = rng.gamma(2, 3, (6, 7, 8)), rng.random((6, 7, 8)) < 0.3
    highest, volume, glycolysis = uptake(values, mask, voxel_ml=voxel_ml)
    assert highest == values[mask].max()
    assert volume == pytest.approx(mask.sum() * voxel_ml)
    assert glycolysis == pytest.approx(values[mask].sum() * voxel_ml)


def test_what_lies_outside_does_not_count_and_any_label_is_inside(rng):
    values, mask = rng.random((4, 4, 4)), np.zeros((4, 4, 4), np.int32)
    mask[1, 1:3], mask[2, 2] = 1, 7
    found = uptake(values, mask, voxel_ml=1.0)
    assert found == uptake(np.where(mask > 0, values, 1e6), mask > 0, voxel_ml=1.0)
