"""Three orthogonal views: the largest slices, cut to the lesion, put back where they were."""

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.transforms import three_views


@pytest.fixture
def lesion():
    mask = np.zeros((12, 20, 16), np.uint8)
    mask[3:8, 5:15, 4:10] = 1
    mask[5, 4, 5] = mask[6, 10, 10] = mask[7, 12, 9] = 1
    volume = np.arange(mask.size, dtype=np.float32).reshape(mask.shape)
    return volume, mask


def test_each_view_is_the_largest_of_its_axis(lesion):
    _, mask = lesion
    step = three_views.draw(mask, side=8)
    for axis, index in enumerate(step.params["at"]):
        areas = mask.sum(axis=tuple(a for a in range(3) if a != axis))
        assert areas[index] == areas.max()
    assert step.params["box"] == ((3, 8), (4, 15), (4, 11))


def test_outside_the_lesion_is_nothing(lesion):
    volume, mask = lesion
    step = three_views.draw(mask, side=11)
    views = three_views.apply(volume + 1, mask, step)
    assert views.shape == (3, 11, 11)
    alone = three_views.apply(np.where(mask, volume + 1, -99), mask, step)
    assert np.array_equal(views, alone)


def test_maps_come_back_to_their_slices(lesion):
    volume, mask = lesion
    step = three_views.draw(mask, side=30)
    back = three_views.undo(np.ones((3, 6, 6), np.float32), step)
    assert back.shape == volume.shape
    at = step.params["at"]
    assert back[at[0], 6, 6] == back[5, at[1], 6] == back[5, 8, at[2]] == pytest.approx(1)
    assert back[0].max() == back[:, :, 0].max() == 0
    assert back.sum() < mask.sum()


def test_an_empty_mask_has_no_views():
    with pytest.raises(InputError, match="mask is empty"):
        three_views.draw(np.zeros((3, 3, 3)), side=8)
