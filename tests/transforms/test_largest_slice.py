"""The slice where the outline is largest, its neighbours, and a map put back at it."""

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.transforms import largest_slice


def _mask(largest: int) -> np.ndarray:
    mask = np.zeros((6, 10, 10), dtype=int)
    mask[:, 4:6, 4:6] = 1
    mask[largest, 2:8, 2:8] = 1
    return mask


@pytest.mark.parametrize(("largest", "slices"), [(3, (2, 3, 4)), (0, (0, 0, 1)), (5, (4, 5, 5))])
def test_neighbours_stop_at_the_ends(largest, slices, rng):
    step = largest_slice.draw(_mask(largest))
    volume = rng.random((6, 10, 10))
    assert step.params["slices"] == slices
    assert np.array_equal(largest_slice.apply(volume, step), volume[list(slices)])


@pytest.mark.parametrize("largest", [0, 3, 5])
def test_the_map_comes_back_at_its_slice(largest):
    step = largest_slice.draw(_mask(largest))
    volume = largest_slice.undo(np.ones((10, 10)), step)
    assert volume.shape == (6, 10, 10)
    assert np.flatnonzero(volume.any(axis=(1, 2))).tolist() == [largest]


def test_an_empty_mask_is_refused():
    with pytest.raises(InputError, match="empty"):
        largest_slice.draw(np.zeros((3, 4, 5)))
