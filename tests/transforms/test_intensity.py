"""Grey values by the image's own percentiles."""

import numpy as np
import pytest

from osteon.transforms.intensity import against_surroundings, robust_unit


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


def test_signals_against_what_surrounds_do_not_depend_on_the_gain(rng):
    image, mask = rng.gamma(4, 50, (6, 20, 20)), np.zeros((6, 20, 20), np.int32)
    mask[2:4, 5:9, 5:9] = 3
    found = against_surroundings(image, mask)
    assert np.allclose(found, against_surroundings(image * 3.5, mask), atol=1e-4)
    around = found[mask == 0]
    assert np.median(around) == pytest.approx(0, abs=1e-5)
    assert np.diff(np.percentile(around, (16, 84)))[0] == pytest.approx(2, abs=1e-5)
    assert found.dtype == np.float32


def test_neither_the_region_nor_air_is_a_surrounding(rng):
    image, mask = rng.gamma(4, 50, (4, 16, 16)), np.zeros((4, 16, 16), bool)
    mask[1, 4:8, 4:8] = True
    image[0] = 0  # air
    brighter = np.where(mask, image + 1e4, image)
    there = ~mask
    assert np.allclose(against_surroundings(image, mask)[there], against_surroundings(brighter, mask)[there])
    assert np.isfinite(against_surroundings(np.zeros((2, 3, 3)), np.ones((2, 3, 3), bool))).all()
