import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.simulate.xray.attenuation import mass_attenuation, water_attenuation
from osteon.simulate.xray.xray_spectrum import Tube, absorbed, spectrum

BEAMS = [
    (50.0, (("Al", 2.5),)),
    (60.0, (("Al", 2.8),)),
    (80.0, (("Al", 6.0),)),
    (100.0, (("Al", 4.0),)),
    (120.0, (("Al", 7.0),)),
    (140.0, (("Al", 6.0), ("Sn", 0.4))),
]


def _transmission(energies, shares, mm_water):
    return float(shares @ np.exp(-water_attenuation(energies) * mm_water))


@pytest.mark.parametrize(("kvp", "filters"), BEAMS)
def test_the_beam_is_as_hard_as_spekpys(kvp, filters):
    spekpy = pytest.importorskip("spekpy")
    theirs = spekpy.Spek(kvp=kvp, th=12, dk=0.5)
    for metal, mm in filters:
        theirs.filter(metal, mm)
    energies, fluence = theirs.get_spectrum()
    shares = fluence / fluence.sum()
    ours = spectrum(Tube(kvp=kvp, filters_mm=filters, step_kev=1.0))
    assert ours.mean_kev == pytest.approx(float(energies @ shares), abs=0.25)
    for depth in (50.0, 200.0):
        expected = _transmission(energies, shares, depth)
        assert _transmission(ours.energies_kev, ours.shares, depth) == pytest.approx(expected, rel=0.012)


def test_shares_sum_to_one_and_end_at_the_voltage():
    found = spectrum(Tube(kvp=81.0))
    assert found.shares.sum() == pytest.approx(1.0)
    assert (found.shares >= 0).all()
    assert found.energies_kev.max() < 81.0


def test_filters_harden_and_tungsten_lines_appear_above_their_edge():
    soft, hard = (spectrum(Tube(kvp=100.0, filters_mm=(("Al", mm),))) for mm in (1.0, 10.0))
    assert hard.mean_kev > soft.mean_kev + 5
    fine = Tube(kvp=100.0, step_kev=1.0)
    high, low = spectrum(fine), spectrum(Tube(kvp=65.0, step_kev=1.0))
    at_line = high.shares[np.abs(high.energies_kev - 59.3).argmin()]
    beside = high.shares[np.abs(high.energies_kev - 62.5).argmin()]
    assert at_line > 2 * beside
    assert (np.diff(low.shares[low.energies_kev > 45]) < 0).all()  # no line below 69.5 kV


def test_coarse_bins_say_the_same():
    coarse, fine = (spectrum(Tube(kvp=80.0, step_kev=step)) for step in (4.0, 0.5))
    values = [_transmission(s.energies_kev, s.shares, 150.0) for s in (coarse, fine)]
    assert values[0] == pytest.approx(values[1], rel=0.01)


def test_a_scintillator_stops_more_the_thicker_it_is():
    found = spectrum(Tube(kvp=80.0))
    thin, thick = (absorbed(found, scintillator_mg_per_cm2=mass) for mass in (50.0, 500.0))
    assert (thin < thick).all()
    assert (thick <= 1).all()
    at = np.abs(found.energies_kev - 51.0).argmin()
    mass = mass_attenuation({"Cs": 0.5115, "I": 0.4885}, found.energies_kev[at : at + 1])[0]
    assert thin[at] == pytest.approx(1 - np.exp(-0.05 * mass))


@pytest.mark.parametrize("kvp", [39.0, 151.0, np.nan])
def test_voltages_outside_the_model_are_refused(kvp):
    with pytest.raises(RequestError, match="from 40 to 150 kV"):
        spectrum(Tube(kvp=kvp))


@pytest.mark.parametrize("filters", [(("Xx", 1.0),), (("Al", -1.0),)])
def test_impossible_filters_are_refused(filters):
    with pytest.raises(RequestError, match="filter"):
        spectrum(Tube(filters_mm=filters))
