from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon.errors import GeometryError
from osteon.geometry import volume_grid
from osteon.simulate.nuclear.photon_space import Space, optical_depth, ordered, placed, space
from osteon.simulate.nuclear.photon_tables import Window, tables
from osteon.simulate.person.tissues import Tissue
from tests.simulate.nuclear.phantoms import box, flipped


def striped(rng, shape=(6, 8, 10)):
    body = box(Tissue.MUSCLE, shape=shape, voxel_mm=5.0)
    body.tissue[:] = rng.choice([Tissue.MUSCLE, Tissue.LUNG, Tissue.CORTICAL], shape)
    return body


def test_axes_are_z_x_y_and_rise(rng):
    body = striped(rng)
    inside = space(body)
    assert inside.tissue.shape == (6, 10, 8)
    assert inside.size == (30.0, 50.0, 40.0)
    assert inside.tissue[1, 2, 3] == body.tissue[1, 3, 2]
    assert inside.corner == pytest.approx((-15.0, -25.0, -20.0))
    assert inside.tissue.flags.c_contiguous


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_way_the_grid_runs_does_not_matter(rng, axis):
    body = striped(rng)
    other = flipped(body, axis)
    assert np.array_equal(space(body).tissue, space(other).tissue)
    assert placed(body.grid) == (pytest.approx(placed(other.grid)[0]), pytest.approx(placed(other.grid)[1]))


def test_an_oblique_body_is_refused():
    body = box(shape=(4, 4, 4))
    affine = np.array(body.grid.affine)
    affine[0, 1] = 1.0
    with pytest.raises(GeometryError, match="axial grid"):
        space(replace(body, grid=volume_grid((4, 4, 4), affine)))


def test_ordered_keeps_the_sum(rng):
    body = striped(rng)
    values = rng.random(body.tissue.shape)
    assert ordered(values, body.grid).sum() == pytest.approx(values.sum())


def sampled(inside, mass, at, toward, step=0.01):
    """The same integral in small steps."""
    path = np.arange(step / 2, 200, step)[:, None]
    index = np.floor((np.array(at) + path * np.array(toward)) / np.array(inside.voxel)).astype(int)
    held = ((index >= 0) & (index < inside.tissue.shape)).all(axis=1)
    where = tuple(index[held].T)
    return 0.1 * step * (mass[inside.tissue[where]] * inside.density[where]).sum()


@pytest.mark.parametrize(
    "toward", [(0, 0, 1), (0, 0, -1), (0, 1, 0), (-1, 0, 0), (0.6, 0.0, -0.8), (0.36, 0.48, 0.8), (-0.3, -0.4, -0.866)]
)
def test_optical_depth_is_the_integral_along_the_ray(rng, toward):
    inside, mass = space(striped(rng)), tables(Window()).total[-1]
    toward = tuple((np.array(toward, float) / np.linalg.norm(toward)).tolist())
    at = (12.3, 21.7, 18.9)
    assert optical_depth(inside, mass, at, toward) == pytest.approx(sampled(inside, mass, at, toward), rel=3e-3)


def test_optical_depth_from_the_very_edge(rng):
    inside, mass = space(box(shape=(4, 4, 4), voxel_mm=10.0)), tables(Window()).total[-1]
    through = optical_depth(inside, mass, (20.0, 20.0, 40.0), (0.0, 0.0, -1.0))
    assert through == pytest.approx(4.0 * 1.05 * mass[Tissue.MUSCLE])


def test_density_scale_counts():
    body = box(shape=(4, 4, 4))
    double = replace(body, density_scale=np.full((4, 4, 4), 2.0, np.float32))
    assert space(double).density.max() == pytest.approx(2 * 1.05)


@settings(max_examples=40, deadline=None)
@given(
    voxel=st.tuples(*[st.floats(1.0, 9.0)] * 3), seed=st.integers(0, 50),
    at=st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 5)),
    way=st.tuples(*[st.sampled_from((-1.0, -0.7, -0.31, 0.23, 0.52, 1.0))] * 3),
)  # fmt: skip
def test_what_lies_ahead_and_behind_is_the_whole_chord(voxel, at, way, seed):
    """In any voxels, along any ray: two ways from one point make the integral from edge to edge, found by sampling."""
    rng = np.random.default_rng(seed)
    shape = (5, 4, 6)
    inside = Space(
        tissue=rng.choice([Tissue.MUSCLE, Tissue.CORTICAL, Tissue.LUNG], shape).astype(np.uint8),
        density=rng.uniform(0.5, 2.0, shape).astype(np.float32), voxel=voxel,
        size=tuple(n * v for n, v in zip(shape, voxel, strict=True)), corner=(0.0, 0.0, 0.0),
    )  # fmt: skip
    mass = tables(Window()).total[-1]
    place = np.add(at, (0.37, 0.61, 0.44)) * voxel
    ahead = np.array(way) / np.linalg.norm(way)
    both = sum(optical_depth(inside, mass, tuple(place.tolist()), tuple((s * ahead).tolist())) for s in (1.0, -1.0))
    steps = np.arange(-100.0, 100.0, 0.02)[:, None]
    index = np.floor((place + steps * ahead) / np.array(voxel)).astype(int)
    where = tuple(index[((index >= 0) & (index < shape)).all(axis=1)].T)
    expected = 0.1 * 0.02 * (mass[inside.tissue[where]] * inside.density[where]).sum()
    assert both == pytest.approx(expected, rel=0.02, abs=2e-3)
