"""Cubic voxels over the same field, and fields brought to them and back."""

import numpy as np
import pytest

from osteon.geometry import to_mm, volume_grid
from osteon.transforms.isotropic import grid, onto
from osteon.transforms.regrid import onto as back
from tests.phantoms import oblique_grid


@pytest.mark.parametrize("spacing", [2.0, 4.0])
def test_the_field_is_kept(rng, spacing):
    of = oblique_grid((12, 30, 40), rng)
    cubes = grid(of, spacing_mm=spacing)
    np.testing.assert_allclose(cubes.spacing_mm, spacing)
    middles = [to_mm(g, (np.array(g.shape) - 1) / 2) for g in (of, cubes)]
    np.testing.assert_allclose(*middles, atol=1e-9)
    sides = np.array(cubes.shape) * spacing - np.array(of.shape) * of.spacing_mm
    assert np.abs(sides).max() <= spacing / 2 + 1e-9


def test_at_least_one_voxel():
    assert grid(volume_grid((1, 2, 2), np.eye(4)), spacing_mm=10.0).shape == (1, 1, 1)


def test_a_linear_field_comes_over_exactly(rng):
    of = oblique_grid((12, 14, 16), rng)
    cubes = grid(of, spacing_mm=min(of.spacing_mm))
    slope = np.array([0.3, -0.2, 0.5])

    def field(g):
        return (to_mm(g, np.stack(np.meshgrid(*map(np.arange, g.shape), indexing="ij"), axis=-1)) @ slope).astype("f4")

    inner = (slice(2, -2),) * 3
    found = onto(field(of), of, cubes)
    far = tuple(slice(n // 3, -(n // 3)) for n in cubes.shape)
    np.testing.assert_allclose(found[far], field(cubes)[far], atol=1e-3)
    again = back(field(cubes), cubes, of)
    np.testing.assert_allclose(again[inner], field(of)[inner], atol=0.5)


def test_shrinking_keeps_the_mean_and_drops_the_noise(rng):
    of = volume_grid((40, 40, 40), np.eye(4))
    noise = rng.normal(1.0, 1.0, of.shape)
    small = onto(noise, of, grid(of, spacing_mm=4.0))
    assert abs(small.mean() - 1.0) < 0.05
    assert small.std() < 0.3


def test_beyond_the_field_is_nothing():
    of = volume_grid((4, 4, 4), np.eye(4))
    shifted = np.eye(4)
    shifted[:3, 3] = 100.0
    assert not onto(np.ones(of.shape), of, volume_grid((4, 4, 4), shifted)).any()
