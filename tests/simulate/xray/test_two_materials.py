import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.simulate.xray.ct_beam import energies, energy_weights
from osteon.simulate.xray.spectral_ct import SpectralScanner
from osteon.simulate.xray.two_materials import amounts, two_materials


def _pair(names=("water", "iodine")):
    scanner = SpectralScanner()
    kev = energies(scanner.low, scanner.high)
    return two_materials(np.stack([energy_weights(s, kev) for s in (scanner.low, scanner.high)]), kev, names=names)


def _measured(truth, pair):
    passing = np.exp(-(truth @ pair.mass))
    return [-np.log(passing @ weights) for weights in pair.weights]


@pytest.mark.parametrize("names", [("water", "iodine"), ("water", "hydroxyapatite"), ("water", "calcium")])
def test_amounts_come_back(names):
    rng = np.random.default_rng(0)
    pair = _pair(names)
    most = 0.3 if names[1] == "iodine" else 4.0
    truth = np.stack([rng.uniform(0, 40, (50, 40)), rng.uniform(0, most, (50, 40))], axis=-1)
    found = amounts(*_measured(truth, pair), pair=pair)
    np.testing.assert_allclose(found[..., 0], truth[..., 0], atol=0.02)
    np.testing.assert_allclose(found[..., 1], truth[..., 1], atol=2e-3 * most)


def test_nothing_on_the_ray_is_nothing():
    pair = _pair()
    assert np.abs(amounts(np.zeros((3, 2)), np.zeros((3, 2)), pair=pair)).max() < 1e-5


def test_wild_measurements_stay_finite():
    found = amounts(np.array([15.0, -0.5, 0.0]), np.array([0.0, 0.2, 12.0]), pair=_pair())
    assert np.isfinite(found).all()


def test_noise_of_the_two_is_opposed():
    pair, rng = _pair(), np.random.default_rng(0)
    truth = np.broadcast_to([20.0, 0.05], (4000, 2))
    low, high = (m + rng.normal(0, 0.01, 4000) for m in _measured(truth, pair))
    found = amounts(low, high, pair=pair)
    assert np.corrcoef(found.T)[0, 1] < -0.8
    np.testing.assert_allclose(found.mean(axis=0), [20.0, 0.05], rtol=0.03)


@pytest.mark.parametrize("names", [("water", "water"), ("water", "unobtainium")])
def test_pairs_that_cannot_be_are_refused(names):
    with pytest.raises(RequestError, match="Two different materials"):
        _pair(names)
