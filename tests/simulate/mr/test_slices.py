from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


oblique = st.builds(
    Stack, plane=st.sampled_from(sorted(PLANES)), slice_mm=st.floats(1.5, 6.0), gap_mm=st.floats(0.0, 2.0),
    pixel_mm=st.floats(0.8, 3.0), tilt_degrees=st.tuples(st.floats(-40.0, 40.0), st.floats(-40.0, 40.0)),
    field_mm=st.just((9.0, 10.0, 12.0)), profile=st.sampled_from(("box", "gaussian")),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(stack=oblique, slope=st.tuples(*[st.floats(-2.0, 2.0)] * 3), level=st.floats(-5.0, 5.0))
def test_a_straight_rise_is_kept_exactly_at_any_tilt_and_profile(stack, slope, level):
    """The mean of what is linear is its value in the middle: nothing is shifted, stretched or turned."""
    fine = geometry.to_mm(FINE, np.moveaxis(np.indices(FINE.shape), 0, -1)) - (0.0, 30.0, 130.0)
    grid = stack_grid(stack, cover=FINE)
    found = average(fine @ np.array(slope) + level, source=FINE, target=grid, stack=stack)
    middles = geometry.to_mm(grid, np.moveaxis(np.indices(grid.shape), 0, -1)) - (0.0, 30.0, 130.0)
    assert found == pytest.approx(middles @ np.array(slope) + level, abs=2e-3)


@settings(max_examples=40, deadline=None)
@given(stack=oblique)
def test_the_axes_of_any_stack_are_square_and_turn_the_right_way(stack):
    grid = stack_grid(stack, cover=FINE)
    steps = geometry.matrix(grid)[:3, :3] / grid.spacing_mm
    assert steps.T @ steps == pytest.approx(np.eye(3), abs=1e-9)
    # Slices rise along columns x rows (DICOM: the normal is the direction of a row times that of a column).
    assert np.cross(steps[:, 2], steps[:, 1]) == pytest.approx(steps[:, 0], abs=1e-9)
    straight = stack_grid(replace(stack, tilt_degrees=(0.0, 0.0)), cover=FINE)
    turned = np.degrees(np.arccos(np.clip(np.sum(steps[:, 0] * PLANES[stack.plane][0]), -1.0, 1.0)))
    assert turned <= abs(stack.tilt_degrees[0]) + abs(stack.tilt_degrees[1]) + 1e-4
    assert straight.spacing_mm == pytest.approx(grid.spacing_mm)


def test_tilting_about_the_row_axis_leaves_the_rows_step_and_about_the_column_axis_the_columns():
    for tilt, kept in (((25.0, 0.0), 1), ((0.0, 25.0), 2)):
        grid = stack_grid(Stack(tilt_degrees=tilt, pixel_mm=1.0), cover=FINE)
        step = geometry.matrix(grid)[:3, kept]
        assert step == pytest.approx(np.array(PLANES["axial"][kept], float))
        other = geometry.matrix(grid)[:3, 3 - kept]
        assert abs(other[2]) == pytest.approx(np.sin(np.radians(25.0)))


@settings(max_examples=20, deadline=None)
@given(stack=oblique)
def test_a_whole_cover_holds_every_corner(stack):
    grid = stack_grid(replace(stack, field_mm=None), cover=FINE)
    corners = np.array(list(np.ndindex(2, 2, 2))) * np.array(FINE.shape) - 0.5
    index = geometry.to_index(grid, geometry.to_mm(FINE, corners))
    assert (index >= -0.5 - 1e-6).all()
    assert (index <= np.array(grid.shape) - 0.5 + 1e-6).all()


def test_the_gaussian_profile_has_its_width_at_half_maximum():
    """A thin plate moved through a slice: what it gives is the profile."""
    fine = geometry.volume_grid((161, 3, 3), np.diag([0.25, 1, 1, 1])[[2, 1, 0, 3]])
    stack = Stack(slice_mm=6.0, gap_mm=0.0, pixel_mm=1.0, profile="gaussian", field_mm=(6.0, 1.0, 1.0))
    grid = stack_grid(stack, cover=fine)
    seen = []
    for at in range(161):
        plate = np.zeros(fine.shape, np.float32)
        plate[at] = 1.0
        seen.append(float(average(plate, source=fine, target=grid, stack=stack)[0, 0, 0]))
    above = np.flatnonzero(np.array(seen) >= max(seen) / 2)
    assert (above[-1] - above[0]) * 0.25 == pytest.approx(6.0, abs=0.5)
    assert sum(seen) == pytest.approx(1.0, abs=1e-4)
    assert seen == pytest.approx(seen[::-1], abs=1e-5)


def test_one_label_or_many_are_cut_alike():
    """The quick way for one lesion, and the count by sampled points for several."""
    truth = ellipsoid(FINE, (9.0, 8.0, 12.0)).astype(np.uint8)
    far = truth.copy()
    far[0, 0, 0] = 9  # a speck that no thick voxel is half of
    stack = Stack(slice_mm=5.0, gap_mm=0.0, pixel_mm=1.3, tilt_degrees=(10.0, 5.0))
    grid = stack_grid(stack, cover=FINE)
    one, many = (majority(labels, source=FINE, target=grid, stack=stack) for labels in (truth, far))
    assert (one == many).all()
    assert set(np.unique(one)) == {0, 1}
    assert not majority(np.zeros_like(truth), source=FINE, target=grid, stack=stack).any()


@pytest.mark.parametrize("plane", sorted(PLANES))
def test_one_voxel_of_a_body_is_a_stack_of_itself(plane):
    tiny = geometry.volume_grid((1, 1, 1), np.diag([3.0, 3.0, 3.0, 1.0]))
    stack = Stack(plane=plane, slice_mm=3.0, gap_mm=0.0, pixel_mm=3.0)
    grid = stack_grid(stack, cover=tiny)
    assert grid.shape == (1, 1, 1)
    found = average(np.full((1, 1, 1), 7.0), source=tiny, target=grid, stack=stack)
    assert found == pytest.approx(7.0)
