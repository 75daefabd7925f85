"""Plain numbers on a region whose numbers are known."""

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.transforms.region_statistics import NAMES, region_statistics


def _box():
    mask = np.zeros((6, 20, 20), dtype=int)
    mask[1:4, 5:10, 5:15] = 1
    mask[2, 5:11, 5:15] = 1
    return mask


def test_size_in_millimetres(rng):
    found = dict(zip(NAMES, region_statistics(rng.random((6, 20, 20)), _box(), spacing_mm=(5, 1, 2)), strict=True))
    assert found["volume_ml"] == pytest.approx(160 * 10 / 1000)
    assert found["extent_mm"] == 20


def test_moments_are_those_of_the_region_alone(rng):
    values, mask = rng.normal(0, 1, (6, 20, 20)), _box()
    values[mask == 1] = rng.normal(500, 30, 160)
    found = dict(zip(NAMES, region_statistics(values, mask, spacing_mm=(5, 1, 1)), strict=True))
    assert found["mean"] == pytest.approx(values[mask == 1].mean(), rel=1e-5)
    assert found["spread"] == pytest.approx(values[mask == 1].std(), rel=1e-4)
    assert found["low"] < found["median"] < found["high"]
    assert found["largest_slice_mean"] == pytest.approx(values[2][mask[2] == 1].mean(), rel=1e-5)


def test_one_value_gives_finite_numbers():
    assert np.isfinite(region_statistics(np.ones((6, 20, 20)), _box(), spacing_mm=(1, 1, 1))).all()


def test_an_empty_mask_is_refused(rng):
    with pytest.raises(InputError, match="empty"):
        region_statistics(rng.random((3, 4, 5)), np.zeros((3, 4, 5)), spacing_mm=(1, 1, 1))
