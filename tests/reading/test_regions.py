import numpy as np
from scipy import ndimage

from osteon.reading.regions import MOST, box, regions


def test_the_box_is_half_open_and_equals_scipy_s(rng):
    mask = np.zeros((20, 30, 10), int)
    mask[3:7, 10:21, 2:9] = 1
    (found,) = ndimage.find_objects(mask)
    assert box(mask) == tuple(s.start for s in found) + tuple(s.stop for s in found)
    assert box(np.zeros((3, 3))) is None


def test_the_most_evidence_comes_first_not_the_largest():
    mask, heat = np.zeros((60, 60)), np.zeros((60, 60), np.float32)
    mask[5:25, 5:25] = mask[40:50, 40:50] = 1
    heat[5:25, 5:25], heat[40:50, 40:50] = 0.1, 0.9
    first, second = regions(mask, heat=heat)
    assert first.box == (40, 40, 50, 50)
    assert first.weight == 1 > second.weight > 0
    assert regions(mask)[0].box == (5, 5, 25, 25)


def test_specks_are_left_out_unless_there_is_nothing_else():
    mask = np.zeros((200, 200))
    mask[50:80, 50:80] = 1
    mask[150, 150] = 1
    assert len(regions(mask)) == 1
    mask[50:80, 50:80] = 0
    assert regions(mask)[0].box == (150, 150, 151, 151)
    assert regions(np.zeros((5, 5))) == []


def test_weights_fall_from_one_and_boxes_hold_their_region():
    mask = np.zeros((100, 100), bool)
    for k, side in enumerate((30, 20, 10, 9)):
        mask[5 + k : 5 + k + side // 2, 25 * k : 25 * k + side // 2] = True
    found = regions(mask)
    assert len(found) == MOST
    assert found[0].weight == 1.0
    assert [r.weight for r in found] == sorted((r.weight for r in found), reverse=True)
    for region in found:
        r0, c0, r1, c1 = region.box
        assert region.mask[r0:r1, c0:c1].sum() == region.mask.sum()
        assert region.mask.any(axis=1)[[r0, r1 - 1]].all()


def test_pixels_that_touch_at_a_corner_are_one_lesion():
    assert len(regions(np.eye(50, dtype=bool))) == 1


def test_cold_heat_still_gives_a_first_region():
    mask = np.zeros((60, 60), bool)
    mask[5:20, 5:20] = mask[40:50, 40:50] = True
    found = regions(mask, heat=np.zeros((60, 60)))
    assert [r.box for r in found] == [(5, 5, 20, 20), (40, 40, 50, 50)]
    assert all(np.isfinite(r.weight) for r in found)


def test_a_volume_has_regions_too():
    mask = np.zeros((6, 20, 20), bool)
    mask[1:4, 2:9, 3:8] = True
    (only,) = regions(mask)
    assert only.box == (1, 2, 3, 4, 9, 8)
    assert box(np.zeros((2, 2, 2))) is None
    assert regions(np.zeros((2, 2, 2))) == []
