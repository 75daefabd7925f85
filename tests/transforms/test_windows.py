"""Windows cover the picture; put together, maps are where they were."""

import numpy as np
import pytest

from osteon.transforms import windows


@pytest.mark.parametrize(("shape", "size", "stride"), [((512, 512), 256, 128), ((50, 70), 32, 20), ((20, 90), 32, 16)])
def test_all_ones_stay_all_ones(shape, size, stride):
    steps = list(windows.windows(shape, size=size, stride=stride))
    picture = np.ones(shape, np.float32)
    assert np.array_equal(windows.together((s, windows.cut(picture, s)) for s in steps), picture)


def test_a_picture_comes_back(rng):
    picture = rng.random((60, 80)).astype(np.float32)
    steps = windows.windows(picture.shape, size=32, stride=12)
    assert np.allclose(windows.together((s, windows.cut(picture, s)) for s in steps), picture, atol=1e-6)


def test_overlaps_are_averaged():
    first, second = windows.windows((4, 6), size=4, stride=2)
    made = windows.together([(first, np.zeros((4, 4))), (second, np.ones((4, 4)))])
    assert made[0].tolist() == [0, 0, 0.5, 0.5, 1, 1]


def test_no_windows_give_an_empty_map():
    assert windows.together([]).size == 0
