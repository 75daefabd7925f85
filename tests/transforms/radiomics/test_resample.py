"""Resampling keeps the middle, the extent and straight slopes."""

import numpy as np
import pytest

from osteon.transforms.radiomics.resample import resample


def test_the_same_spacing_changes_nothing(rng):
    image, mask = rng.random((3, 4, 5)), rng.random((3, 4, 5)) < 0.5
    values, inside = resample(image, mask, spacing_mm=(2.0, 1.0, 1.0), to_mm=(2.0, 1.0, 1.0))
    assert np.array_equal(values, image)
    assert np.array_equal(inside, mask)


@pytest.mark.parametrize("order", [1, 3])
def test_a_slope_stays_a_slope_about_the_middle(order):
    image = np.arange(20.0)[:, None] * 2.0 * np.ones((1, 9))  # rises by 2 a voxel of 1 mm
    values, _ = resample(image, image > 0, spacing_mm=(1.0, 1.0), to_mm=(0.8, 1.0), order=order)
    assert values.shape == (25, 9)
    assert values[12] == pytest.approx(image.mean())
    assert np.diff(values[4:-4], axis=0) == pytest.approx(1.6, abs=0.02)


def test_a_mask_keeps_its_size_in_mm():
    z, y, x = np.ogrid[-10:11, -16:17, -16:17]
    mask = (z * 1.5) ** 2 + y**2 + x**2 <= 13**2
    _, finer = resample(mask.astype(float), mask, spacing_mm=(1.5, 1.0, 1.0), to_mm=(1.0, 1.0, 1.0))
    assert finer.sum() == pytest.approx(mask.sum() * 1.5, rel=0.01)


def test_there_are_as_many_voxels_as_cover_the_image():
    values, _ = resample(np.zeros((10, 10)), np.ones((10, 10), bool), spacing_mm=(1.0, 0.7), to_mm=(3.0, 0.35))
    assert values.shape == (4, 20)
