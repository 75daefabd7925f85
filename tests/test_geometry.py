"""Grids in mm: against SimpleITK's own mapping, and round trips."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from osteon import geometry
from osteon.errors import GeometryError
from osteon.types import Grid


def turned(angle: float, spacing: tuple[float, float, float]) -> np.ndarray:
    """Return an oblique affine for (slice, row, column) indices."""
    c, s = np.cos(angle), np.sin(angle)
    rotation = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    affine = np.eye(4)
    affine[:3, :3] = rotation[:, ::-1] * spacing
    affine[:3, 3] = (10.0, -20.0, 30.0)
    return affine


@given(angle=st.floats(-3, 3), step=st.floats(0.2, 8.0), index=st.tuples(*[st.integers(0, 9)] * 3))
def test_place_equals_simpleitk(angle: float, step: float, index: tuple[int, int, int]) -> None:
    affine = turned(angle, (step, 0.7, 1.3))
    grid = geometry.volume_grid((10, 10, 10), affine)
    image = sitk.Image(10, 10, 10, sitk.sitkUInt8)
    image.SetSpacing((1.3, 0.7, step))
    image.SetOrigin(affine[:3, 3])
    image.SetDirection((affine[:3, :3] / (step, 0.7, 1.3))[:, ::-1].ravel())
    theirs = image.TransformIndexToPhysicalPoint(index[::-1])
    assert geometry.to_mm(grid, np.array(index)) == pytest.approx(theirs, abs=1e-6)


@given(angle=st.floats(-3, 3), point=st.tuples(*[st.floats(-50, 50)] * 3))
def test_index_and_mm_undo_each_other(angle: float, point: tuple[float, float, float]) -> None:
    grid = geometry.volume_grid((4, 5, 6), turned(angle, (3.0, 0.5, 0.8)))
    assert geometry.to_mm(grid, geometry.to_index(grid, np.array(point))) == pytest.approx(point, abs=1e-8)


def test_spacing_and_volume_of_an_oblique_grid() -> None:
    grid = geometry.volume_grid((4, 5, 6), turned(0.4, (3.0, 0.5, 0.8)))
    assert grid.spacing_mm == pytest.approx((3.0, 0.5, 0.8))
    assert geometry.voxel_ml(grid) == pytest.approx(3.0 * 0.5 * 0.8 / 1000)


def test_same_place_sees_a_shift_a_flip_and_another_shape() -> None:
    affine = turned(0.2, (1.0, 1.0, 1.0))
    grid = geometry.volume_grid((4, 4, 4), affine)
    shifted = affine.copy()
    shifted[0, 3] += 0.5
    flipped = affine.copy()
    flipped[:, 0] *= -1
    assert geometry.same_place(grid, geometry.volume_grid((4, 4, 4), affine + 1e-5))
    assert not geometry.same_place(grid, geometry.volume_grid((4, 4, 4), shifted))
    assert not geometry.same_place(grid, geometry.volume_grid((4, 4, 4), flipped))
    assert not geometry.same_place(grid, geometry.volume_grid((4, 4, 5), affine))
    assert not geometry.same_place(grid, Grid(shape=(4, 4, 4)))
    assert geometry.same_place(Grid(shape=(3, 3)), Grid(shape=(3, 3)))


@pytest.mark.parametrize("bad", [np.zeros((4, 4)), np.full((4, 4), np.nan), np.eye(3)])
def test_an_impossible_affine_is_refused(bad: np.ndarray) -> None:
    with pytest.raises(GeometryError, match="invertible 4x4"):
        geometry.volume_grid((2, 2, 2), bad)


def test_a_projection_has_no_place_in_the_patient() -> None:
    with pytest.raises(GeometryError, match="no position"):
        geometry.to_mm(Grid(shape=(2, 2)), np.zeros(3))


@pytest.mark.parametrize("length", range(1, 40))
@pytest.mark.parametrize(("size", "stride"), [(1, 1), (8, 4), (8, 8), (8, 3), (64, 16)])
def test_windows_cover_an_axis_once_begun_and_end_at_its_edge(length, size, stride):
    starts = geometry.window_starts(length, size=size, stride=stride)
    assert starts == sorted(set(starts))
    assert {at for start in starts for at in range(start, start + size)} >= set(range(length))
    assert starts[-1] == max(0, length - size)
