"""A spectrum cleaned: another instrument's axis, scale and background leave it nearly the same."""

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.transforms.spectrum import clean, unit_length
from osteon.types import Spectrum

AXIS = np.linspace(402.0, 1598.0, 1000)


def _counts(shift):
    return sum(h / (1 + ((shift - c) / 7) ** 2) for c, h in ((620, 120.0), (1004, 300.0), (1450, 250.0)))


def test_scale_and_background_of_the_instrument_leave_it():
    one, other = np.linspace(390, 1610, 991), np.linspace(380, 1640, 1400)
    first = clean(Spectrum(shift_per_cm=one, counts=_counts(one) + 900), axis_per_cm=AXIS)
    second = clean(Spectrum(shift_per_cm=other, counts=5 * _counts(other) + 3 * other), axis_per_cm=AXIS)
    assert np.corrcoef(first, second)[0, 1] > 0.97


def test_length_mean_and_type():
    shift = np.linspace(390, 1610, 991)
    found = clean(Spectrum(shift_per_cm=shift, counts=_counts(shift)), axis_per_cm=AXIS)
    assert found.shape == (1000,)
    assert found.dtype == np.float32
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5)
    assert found.mean() == pytest.approx(0, abs=1e-6)


def test_a_gap_in_the_range_is_refused():
    shift = np.linspace(500, 1610, 900)
    with pytest.raises(InputError, match="covers 500 to 1610"):
        clean(Spectrum(shift_per_cm=shift, counts=_counts(shift)), axis_per_cm=AXIS)


def test_a_flat_line_is_zero():
    assert not unit_length(np.full(10, 3.0)).any()
