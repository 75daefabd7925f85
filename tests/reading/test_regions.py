import numpy as np
from scipy import ndimage

from osteon.reading.regions import box, regions


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
