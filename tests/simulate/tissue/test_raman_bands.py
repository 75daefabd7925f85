import numpy as np
import pytest

from osteon.simulate.tissue import raman_bands as bands

AXIS = np.linspace(380, 1800, 5000)


@pytest.mark.parametrize(
    ("name", "shift_per_cm"),
    [
        ("hydroxyapatite", 960),
        ("carotenoid", 1518),
        ("nucleic acid", 785),
        ("glycosaminoglycan", 1063),
        ("protein", 1656),
        ("purine", 638),
    ],
)
def test_the_strongest_band_is_the_one_of_the_books(name, shift_per_cm):
    spectrum = bands.component(name, AXIS)
    assert AXIS[spectrum.argmax()] == pytest.approx(shift_per_cm, abs=3)


def test_every_band_is_assigned_and_in_order():
    for rows in bands.LIBRARY.values():
        shifts = [band.shift_per_cm for band in rows]
        assert shifts == sorted(shifts)
        assert all(band.assignment and 0 < band.height <= 1 and 5 <= band.width_per_cm <= 50 for band in rows)


def test_resolution_widens_and_keeps_the_area():
    band = bands.Band(shift_per_cm=960, width_per_cm=17, height=1.0, assignment="nu1 PO4")
    narrow, wide = bands.shape(AXIS, band), bands.shape(AXIS, band, wider_per_cm=20.0)
    assert wide.max() < narrow.max()
    assert np.trapezoid(wide, AXIS) == pytest.approx(np.trapezoid(narrow, AXIS), rel=0.02)
    above = AXIS[wide >= wide.max() / 2]
    assert np.ptp(above) == pytest.approx(np.hypot(17, 20), abs=0.7)
