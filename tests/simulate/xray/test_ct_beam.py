import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.simulate.xray.attenuation import water_attenuation
from osteon.simulate.xray.ct_beam import Source, energies, energy_weights, line_integrals
from osteon.simulate.xray.energy_basis import EnergyBasis
from osteon.simulate.xray.xray_spectrum import Tube, spectrum

QUIET = Source(photons=None)


def _water(source):
    kev = energies(source)
    factors = np.zeros((256, 1), np.float32)
    return EnergyBasis(energies_kev=kev, curves=water_attenuation(kev)[None].astype(np.float32), factors=factors)


def _lengths(mm, views=200, bins=100):
    return np.full((views, bins, 1), mm, np.float32)


def test_without_noise_it_is_beer_and_lambert():
    basis = _water(QUIET)
    found = line_integrals(_lengths(150.0, 2, 3), basis=basis, source=QUIET, slice_mm=1.0)
    weights = energy_weights(QUIET, basis.energies_kev)
    expected = -np.log(weights @ np.exp(-water_attenuation(basis.energies_kev) * 150.0))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_the_beam_hardens():
    basis = _water(QUIET)
    near, far = (line_integrals(_lengths(mm, 1, 1), basis=basis, source=QUIET, slice_mm=1.0) for mm in (10.0, 300.0))
    assert far[0, 0] / 300.0 < 0.97 * near[0, 0] / 10.0


def test_weights_sum_to_one_on_the_energies_of_two_tubes():
    low = Source(tube=Tube(kvp=80.0, step_kev=4.0))
    high = Source(tube=Tube(kvp=140.0, step_kev=4.0, filters_mm=(("Al", 7.0), ("Sn", 0.4))))
    kev = energies(low, high)
    assert (np.diff(kev) > 0).all()
    for source in (low, high):
        assert energy_weights(source, kev).sum() == pytest.approx(1.0)
    assert not energy_weights(low, kev)[kev > 80].any()


def test_noise_falls_with_the_dose_and_has_its_size():
    spread = {}
    for photons in (1e4, 1e5):
        source = Source(photons=photons, electronic=0.0)
        basis = _water(source)
        found = line_integrals(_lengths(100.0), basis=basis, source=source, slice_mm=2.0, rng=np.random.default_rng(0))
        spread[photons] = found.var()
    assert spread[1e4] / spread[1e5] == pytest.approx(10.0, rel=0.05)
    beam = spectrum(source.tube)
    left = beam.shares * np.exp(-water_attenuation(beam.energies_kev) * 100.0)
    expected = (left @ beam.energies_kev**2) / (left @ beam.energies_kev) ** 2 / 2e5
    assert spread[1e5] == pytest.approx(expected, rel=0.04)


def test_electronic_noise_rules_where_nothing_comes_through():
    source = Source(photons=1e4, electronic=20.0)
    found = line_integrals(
        _lengths(2000.0), basis=_water(source), source=source, slice_mm=1.0, rng=np.random.default_rng(0)
    )
    assert np.isfinite(found).all()
    assert found.max() == pytest.approx(np.log(2e4))  # half a quantum
    assert found.std() > 0.5


def test_bins_of_two_widths_are_refused():
    with pytest.raises(RequestError, match="one width"):
        energies(Source(tube=Tube(step_kev=4.0)), Source(tube=Tube(step_kev=2.0)))


def test_noise_without_a_generator_is_refused():
    with pytest.raises(RequestError, match="needs a generator"):
        line_integrals(_lengths(1.0, 1, 1), basis=_water(Source()), source=Source(), slice_mm=1.0)
