from dataclasses import replace

import numpy as np
import pytest

from osteon import geometry
from osteon.errors import RequestError
from osteon.simulate.mr.slices import PLANES, Stack, average, majority, stack_grid

FINE = geometry.volume_grid((60, 50, 40), np.array([[0, 0, 1.0, -20], [0, 1, 0, 5], [1, 0, 0, 100], [0, 0, 0, 1]]))


def ellipsoid(grid, radii=(14.0, 11.0, 18.0)):
    index = np.moveaxis(np.indices(grid.shape), 0, -1)
    mm = geometry.to_mm(grid, index)
    centre = geometry.to_mm(grid, (np.array(grid.shape) - 1) / 2)
    return (((mm - centre) / radii) ** 2).sum(-1) <= 1.0


@pytest.mark.parametrize("plane", sorted(PLANES))
def test_a_stack_covers_the_body_in_its_direction(plane):
    stack = Stack(plane=plane, slice_mm=4.0, gap_mm=0.5, pixel_mm=0.8)
    grid = stack_grid(stack, cover=FINE)
    affine = geometry.matrix(grid)
    assert grid.spacing_mm == pytest.approx((4.5, 0.8, 0.8))
    for column, direction in zip(affine[:3, :3].T, PLANES[plane], strict=True):
        assert column / np.linalg.norm(column) == pytest.approx(np.array(direction))
    middle = geometry.to_mm(grid, (np.array(grid.shape) - 1) / 2)
    assert middle == pytest.approx(geometry.to_mm(FINE, (np.array(FINE.shape) - 1) / 2))
    corners = geometry.to_index(grid, geometry.to_mm(FINE, np.array([[0, 0, 0], [59, 49, 39]])))
    assert (corners >= -0.6).all()
    assert (corners <= np.array(grid.shape) - 0.4).all()


@pytest.mark.parametrize("plane", sorted(PLANES))
@pytest.mark.parametrize("tilt", [(0.0, 0.0), (20.0, -15.0)])
def test_an_ellipsoid_keeps_its_volume_and_place_in_every_direction(plane, tilt):
    truth = ellipsoid(FINE)
    stack = Stack(plane=plane, slice_mm=4.0, gap_mm=0.0, pixel_mm=0.7, tilt_degrees=tilt)
    grid = stack_grid(stack, cover=FINE)
    mask = majority(truth.astype(np.uint8), source=FINE, target=grid, stack=stack)
    assert mask.sum() * geometry.voxel_ml(grid) == pytest.approx(truth.sum() / 1000.0, rel=0.05)
    place = geometry.to_mm(grid, np.argwhere(mask)).mean(axis=0)
    assert place == pytest.approx(geometry.to_mm(FINE, np.argwhere(truth)).mean(axis=0), abs=0.5)
    share = average(truth, source=FINE, target=grid, stack=stack)
    assert share.sum() * geometry.voxel_ml(grid) == pytest.approx(truth.sum() / 1000.0, rel=0.01)


def test_a_thick_slice_is_the_mean_of_the_thin_ones(rng):
    values = rng.random(FINE.shape, np.float32)
    stack = Stack(slice_mm=6.0, gap_mm=0.0, pixel_mm=1.0)
    grid = stack_grid(stack, cover=FINE)
    found = average(values, source=FINE, target=grid, stack=stack)
    assert found == pytest.approx(values.reshape(10, 6, 50, 40).mean(axis=1), abs=1e-5)


def test_a_gap_is_not_seen_and_a_gaussian_profile_reaches_beyond_its_width():
    plate = np.zeros(FINE.shape, np.float32)
    plate[30] = 1.0
    grids = {}
    for profile in ("box", "gaussian"):
        stack = Stack(slice_mm=4.0, gap_mm=2.0, pixel_mm=1.0, profile=profile)
        grid = stack_grid(stack, cover=FINE)
        grids[profile] = average(plate, source=FINE, target=grid, stack=stack)[:, 25, 20]
    assert (grids["box"] > 0).sum() <= 1
    assert (grids["gaussian"] > 0).sum() > (grids["box"] > 0).sum()


def test_two_lesions_keep_their_numbers():
    labels = np.zeros(FINE.shape, np.uint8)
    labels[10:20, 10:20, 10:20], labels[10:20, 10:20, 20:30] = 3, 7
    stack = Stack(plane="coronal", slice_mm=5.0, gap_mm=0.0, pixel_mm=1.0)
    grid = stack_grid(stack, cover=FINE)
    mask = majority(labels, source=FINE, target=grid, stack=stack)
    assert set(np.unique(mask)) == {0, 3, 7}
    for number in (3, 7):
        place = geometry.to_mm(grid, np.argwhere(mask == number)).mean(axis=0)
        assert place == pytest.approx(geometry.to_mm(FINE, np.argwhere(labels == number)).mean(axis=0), abs=0.6)


def test_a_field_cuts_around_its_centre():
    stack = Stack(slice_mm=3.0, gap_mm=0.0, pixel_mm=1.0, centre_mm=(0.0, 30.0, 130.0), field_mm=(12.0, 20.0, 16.0))
    grid = stack_grid(stack, cover=FINE)
    assert grid.shape == (4, 20, 16)
    assert geometry.to_mm(grid, np.array([1.5, 9.5, 7.5])) == pytest.approx((0.0, 30.0, 130.0))
    outside = Stack(slice_mm=3.0, gap_mm=0.0, pixel_mm=1.0, centre_mm=(0.0, 500.0, 130.0), field_mm=(9.0, 9.0, 9.0))
    grid = stack_grid(outside, cover=FINE)
    assert not average(np.ones(FINE.shape), source=FINE, target=grid, stack=outside).any()


@pytest.mark.parametrize("change", [{"plane": "oblique"}, {"profile": "sinc"}, {"slice_mm": 0.0}, {"gap_mm": -1.0}])
def test_impossible_stacks_are_refused(change):
    with pytest.raises(RequestError):
        stack_grid(Stack(**change), cover=FINE)


@pytest.mark.parametrize("profile", ["box", "gaussian"])
@pytest.mark.parametrize("plane", sorted(PLANES))
def test_a_straight_stack_is_the_limit_of_a_tilted_one(plane, profile, rng):
    """Two ways of computing one mean: axis after axis, and point by point."""
    values = rng.random(FINE.shape, np.float32)
    straight = Stack(plane=plane, slice_mm=5.0, gap_mm=0.5, pixel_mm=0.9, profile=profile, field_mm=(22.0, 18.0, 27.0))
    grid = stack_grid(straight, cover=FINE)
    tilted = replace(straight, tilt_degrees=(1e-5, 1e-5))
    other = stack_grid(tilted, cover=FINE)
    one = average(values, source=FINE, target=grid, stack=straight)
    assert one == pytest.approx(average(values, source=FINE, target=other, stack=tilted), abs=1e-4)
