"""N4 takes the coil's shading away and leaves the tissues."""

import numpy as np
import pytest

from osteon.transforms.bias_field import LEAST_VOXELS, n4


@pytest.fixture(scope="module")
def shaded():
    z, y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in (16, 48, 48)), indexing="ij")
    inside = (x**2 + y**2 + z**2) < 0.9
    tissue = np.where(x**2 + y**2 < 0.2, 600.0, 300.0) * inside
    return tissue, tissue * np.exp(0.4 * x + 0.2 * y), inside


def test_it_evens_out_a_tissue(shaded):
    tissue, image, inside = shaded
    fat = tissue == 300
    before, after = (v[fat].std() / v[fat].mean() for v in (image, n4(image, inside)))
    assert after < 0.35 * before


def test_it_keeps_tissues_apart(shaded):
    tissue, image, inside = shaded
    found = n4(image, inside)
    assert found[tissue == 600].mean() / found[tissue == 300].mean() == pytest.approx(2, rel=0.1)
    assert (found[tissue == 0] == 0).all()


def test_a_region_too_small_is_left_as_it_is(shaded):
    _, image, _ = shaded
    small = np.zeros(image.shape, np.uint8)
    small[8, 20:30, 20:30] = 1
    assert small.sum() < LEAST_VOXELS
    assert np.array_equal(n4(image, small), image.astype(np.float32))
