"""Grey values by the image's own percentiles."""

import numpy as np
import pytest

from osteon.transforms.intensity import over_surroundings, robust_unit


def test_units_do_not_matter(rng):
    image = rng.gamma(2, 100, (40, 40))
    assert np.allclose(robust_unit(image), robust_unit(image * 7 + 300), atol=1e-5)


def test_outliers_are_cut(rng):
    image = rng.random(10_000)
    image[0] = 1e6
    found = robust_unit(image)
    assert (found.min(), found.max()) == (0, 1)
    assert found[1:].std() > 0.2
    assert found.dtype == np.float32


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_one_value_is_zero(value):
    assert not robust_unit(np.full((4, 4), value)).any()


def test_signals_over_what_surrounds_do_not_depend_on_the_gain(rng):
    image, mask = rng.gamma(4, 50, (6, 20, 20)), np.zeros((6, 20, 20), np.int32)
    mask[2:4, 5:9, 5:9] = 3
    found = over_surroundings(image, mask)
    assert np.allclose(found, over_surroundings(image * 3.5, mask), atol=1e-4)
    assert found[mask == 0].mean() == pytest.approx(1, abs=0.1)
    assert found.dtype == np.float32


def test_a_region_of_known_brightness_is_so_many_times_its_surroundings():
    image, mask = np.full((3, 12, 12), 50.0), np.zeros((3, 12, 12), bool)
    mask[1, 3:6, 3:6] = True
    image[mask] = 120.0
    image[0] = 1.0  # noise in air
    assert over_surroundings(image, mask)[mask] == pytest.approx(2.4)


def test_neither_the_region_nor_air_is_a_surrounding(rng):
    image, mask = rng.gamma(4, 50, (4, 16, 16)), np.zeros((4, 16, 16), bool)
    mask[1, 4:8, 4:8] = True
    image[0] = 0  # air
    brighter = np.where(mask, image + 1e4, image)
    there = ~mask
    assert np.allclose(over_surroundings(image, mask)[there], over_surroundings(brighter, mask)[there])
    wider = np.concatenate([image, np.zeros((30, 16, 16))])
    far = np.concatenate([mask, np.zeros((30, 16, 16), bool)])
    assert over_surroundings(wider, far)[:4][there].mean() == pytest.approx(
        over_surroundings(image, mask)[there].mean(), rel=0.15
    )


@pytest.mark.parametrize("mask", [np.ones((2, 3, 3), bool), np.zeros((2, 3, 3), bool)], ids=["all", "nothing"])
def test_without_surroundings_or_signal_the_answer_is_finite(mask):
    assert not over_surroundings(np.zeros((2, 3, 3)), mask).any()
    assert over_surroundings(np.full((2, 3, 3), 7.0), mask) == pytest.approx(1.0)
