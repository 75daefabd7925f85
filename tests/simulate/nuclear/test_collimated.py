import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from osteon.simulate.nuclear.collimated import escaping, gathered, overlap


def test_what_leaves_is_attenuated_along_its_line(rng):
    activity, mu = rng.random((2, 3, 6)), rng.random((2, 3, 6)) * 0.05
    out = np.empty_like(activity)
    escaping(activity, mu, 4.0, out)
    # The same in a thousand steps a voxel.
    fine = np.repeat(mu, 1000, axis=2) * 4.0 / 1000
    depth = np.cumsum(fine, axis=2) - fine / 2
    wanted = (np.repeat(activity, 1000, axis=2) * np.exp(-depth) / 1000).reshape(2, 3, 6, 1000).sum(axis=3)
    assert out == pytest.approx(wanted, rel=1e-6)


def test_nothing_is_lost_in_air(rng):
    activity = rng.random((2, 3, 4))
    out = np.empty_like(activity)
    escaping(activity, np.zeros_like(activity), 4.0, out)
    assert np.array_equal(out, activity)


def test_a_layer_is_blurred_by_its_own_gaussian():
    layers = np.zeros((61, 61, 5), np.float32)
    layers[30, 30, 3] = 1.0
    image = gathered(layers, sigma_mm=np.array([2.0, 4.0, 6.0, 8.0, 10.0]), pixel_mm=(4.0, 4.0))
    wanted = gaussian_filter(layers[:, :, 3], 2.0)
    assert image.sum() == pytest.approx(1.0, abs=1e-5)
    assert np.abs(image - wanted).max() < 0.03 * wanted.max()


@pytest.mark.parametrize("layer", [0, 2, 4])
def test_variance_and_sum_are_exact(layer):
    sigma = np.array([3.0, 5.0, 8.0, 12.0, 15.0])
    layers = np.zeros((101, 81, 5), np.float32)
    layers[50, 40, layer] = 2.0
    image = gathered(layers, sigma_mm=sigma, pixel_mm=(4.0, 6.0))
    for axis, size in ((0, 4.0), (1, 6.0)):
        profile = image.sum(axis=1 - axis)
        at = (np.arange(profile.size) - profile.size // 2) * size
        assert profile.sum() == pytest.approx(2.0, rel=1e-4)
        assert (profile * at**2).sum() / profile.sum() == pytest.approx(sigma[layer] ** 2, rel=1e-3)


def test_layers_add_up(rng):
    layers = rng.random((21, 23, 4)).astype(np.float32)
    sigma = np.array([1.0, 2.0, 3.0, 4.0])
    alone = sum(gathered(layers * (np.arange(4) == i), sigma_mm=sigma, pixel_mm=(4.0, 4.0)) for i in range(4))
    assert gathered(layers, sigma_mm=sigma, pixel_mm=(4.0, 4.0)) == pytest.approx(alone, rel=1e-4)


def test_overlap_keeps_the_sum_and_the_place():
    weights = overlap(7, 4.0, pixels=40, pixel_mm=1.5, low_mm=-10.0)
    assert weights.sum(axis=0) == pytest.approx(np.ones(7))
    middles = (weights * (-10.0 + 1.5 * (np.arange(40) + 0.5))[:, None]).sum(axis=0)
    assert middles == pytest.approx(4.0 * (np.arange(7) + 0.5), abs=0.4)


def test_what_lies_outside_the_pixels_is_lost():
    weights = overlap(4, 5.0, pixels=2, pixel_mm=5.0, low_mm=5.0)
    assert weights.sum(axis=0).tolist() == [0.0, 1.0, 1.0, 0.0]
