"""Cosmic rays go, bands stay."""

import numpy as np
import pytest

from osteon.transforms.despike import despike

SHIFT = np.linspace(400, 1600, 1000)


def _bands(rng):
    return 500 + 300 / (1 + ((SHIFT - 1004) / 6) ** 2) + rng.normal(0, 3, SHIFT.size)


@pytest.mark.parametrize("width", [1, 2])
def test_a_ray_is_taken_out(width, rng):
    clean = _bands(rng)
    hit = clean.copy()
    hit[200 : 200 + width] += 900
    assert np.abs(despike(hit) - clean).max() < 25


def test_bands_stay(rng):
    clean = _bands(rng)
    band = np.abs(SHIFT - 1004) < 10
    assert np.abs(despike(clean) - clean)[band].max() < 12


def test_a_flat_line_stays():
    assert np.array_equal(despike(np.full(100, 7.0)), np.full(100, 7.0))
