"""Slices about the mass centre: how many, which, and in order."""

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.transforms.centre_slices import centre_slices


@pytest.fixture
def cone():
    """Return a tumour that grows towards the last slice, so that its mass centre lies behind its middle."""
    mask = np.zeros((30, 40, 40), bool)
    for index in range(5, 25):
        mask[index, : index + 5, : index + 5] = True
    return mask


def test_the_mass_centre_and_not_the_middle(cone):
    areas = cone.sum(axis=(1, 2))
    centre = (areas * np.arange(30)).sum() / areas.sum()
    (found,) = centre_slices(cone, count=1)
    assert abs(found - centre) <= 0.5
    assert found > 14.5


@pytest.mark.parametrize("count", [3, 10, 20])
def test_that_many_about_it_rising(cone, count):
    found = centre_slices(cone, count=count)
    assert len(found) == count
    assert found == sorted(found)
    assert set(found) <= set(range(5, 25))


def test_a_small_tumour_has_fewer(cone):
    small = np.zeros_like(cone)
    small[3:6] = cone[10:13]
    assert centre_slices(small, count=10) == centre_slices(small, count=None) == [3, 4, 5]


def test_an_empty_mask_has_none():
    with pytest.raises(InputError, match="mask is empty"):
        centre_slices(np.zeros((2, 2, 2)), count=1)
