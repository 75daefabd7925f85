import time

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import pdist

from osteon.errors import GeometryError
from osteon.geometry import volume_grid
from osteon.metrics import size
from osteon.types import Grid

OBLIQUE = np.array([[0.3, -0.2, 1.1, 5.0], [2.5, 0.4, 0.1, -7.0], [0.1, 0.9, 0.3, 100.0], [0, 0, 0, 1]])


def brute(mask, steps):
    """All pairs of all corners of all pixels."""
    corners = [i + np.array(side) for i in np.argwhere(mask) for side in np.ndindex(*(2,) * mask.ndim)]
    return pdist(np.array(corners) @ steps.T).max()


@settings(deadline=None, max_examples=40)
@given(arrays(bool, (4, 5, 3)))
def test_diameter_in_space_is_that_of_all_pairs(mask):
    grid = volume_grid((4, 5, 3), OBLIQUE)
    expected = brute(mask, OBLIQUE[:3, :3]) if mask.any() else 0.0
    assert size.longest_diameter(mask, grid=grid) == pytest.approx(expected)


@settings(deadline=None, max_examples=40)
@given(arrays(bool, (6, 7)), st.floats(0.1, 3), st.floats(0.1, 3))
def test_diameter_of_a_film_is_that_of_all_pairs(mask, down, right):
    grid = Grid(shape=(6, 7), spacing_mm=(down, right))
    expected = brute(mask, np.diag([down, right])) if mask.any() else 0.0
    assert size.longest_diameter(mask, grid=grid) == pytest.approx(expected)


def test_sizes_against_simpleitk():
    z, y, x = np.ogrid[:30, :60, :50]
    mask = ((z - 15) * 2.5 / 30) ** 2 + ((y - 30) * 0.8 / 20) ** 2 + ((x - 25) * 0.8 / 15) ** 2 <= 1
    grid = volume_grid(mask.shape, np.diag([2.5, 0.8, 0.8, 1.0]))
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.SetSpacing((0.8, 0.8, 2.5))
    stats = sitk.LabelShapeStatisticsImageFilter()
    stats.ComputeFeretDiameterOn()
    stats.Execute(image)
    sizes = size.measure(mask, grid=grid)
    assert sizes["volume_ml"] == pytest.approx(stats.GetPhysicalSize(1) / 1000)
    centres, diagonal = stats.GetFeretDiameter(1), np.linalg.norm([2.5, 0.8, 0.8])
    assert centres < sizes["longest_diameter_mm"] <= centres + diagonal  # theirs runs between pixel centres
    assert sizes["longest_slice_diameter_mm"] == pytest.approx(40, abs=1.2)


def test_a_film_without_spacing_is_measured_in_pixels_only():
    mask = np.zeros((10, 12), dtype=int)
    mask[2:5, 3:7] = 3
    assert size.measure(mask, grid=Grid(shape=(10, 12))) == {"area_px": 12.0, "longest_diameter_px": 5.0, "parts": 1.0}
    sizes = size.measure(mask, grid=Grid(shape=(10, 12), spacing_mm=(2.0, 2.0)))
    assert sizes == {"area_mm2": 48.0, "longest_diameter_mm": 10.0, "parts": 1.0}


def test_a_diameter_lies_within_one_part_and_the_area_is_of_all():
    mask = np.zeros((40, 40), dtype=int)
    mask[0:3, 0:4] = 1
    mask[30:36, 20:28] = 1
    sizes = size.measure(mask, grid=Grid(shape=(40, 40)))
    assert sizes == {"area_px": 12.0 + 48.0, "longest_diameter_px": 10.0, "parts": 2.0}
    assert size.longest_diameter(mask, grid=Grid(shape=(40, 40))) == pytest.approx(np.hypot(36, 28))
    mask[3:30, 4] = 1  # a bridge, joined at one corner below and by an edge above
    mask[29, 5:20] = 1
    assert size.measure(mask, grid=Grid(shape=(40, 40)))["parts"] == 1.0


def test_in_a_volume_too_and_in_a_slice_by_the_slice_s_own_parts():
    mask = np.zeros((5, 30, 30), dtype=int)
    mask[0:2, 0:3, 0:4] = 1
    mask[4, 20:26, 20:28] = 1
    grid = volume_grid(mask.shape, np.diag([2.0, 1.0, 1.0, 1.0])[[2, 1, 0, 3]])
    sizes = size.measure(mask, grid=grid)
    assert sizes["parts"] == 2.0
    assert sizes["volume_ml"] == pytest.approx((24 + 48) * abs(np.linalg.det(np.array(grid.affine)[:3, :3])) / 1000)
    spans = [brute(mask[at], np.array(grid.affine)[:3, :3]) for at in (np.s_[0:2, 0:3, 0:4], np.s_[4:5, 20:26, 20:28])]
    assert sizes["longest_diameter_mm"] == pytest.approx(max(spans))
    mask[0, 6:8, 0:4] = mask[1, 2:7, 0] = 1  # two parts of the first slice, joined by the second
    assert size.measure(mask, grid=grid)["parts"] == 2.0
    spacing = grid.spacing_mm
    assert size.longest_slice_diameter(mask, grid=grid) == pytest.approx(np.hypot(6 * spacing[1], 8 * spacing[2]))


@settings(deadline=None, max_examples=40)
@given(arrays(bool, (6, 7)))
def test_parts_against_simpleitk(mask):
    labels = sitk.ConnectedComponent(sitk.GetImageFromArray(mask.astype(np.uint8)), True)
    parts = sitk.GetArrayFromImage(labels)
    sizes = size.measure(mask, grid=Grid(shape=mask.shape))
    assert sizes["parts"] == parts.max()
    expected = max((brute(parts == n, np.eye(2)) for n in range(1, parts.max() + 1)), default=0.0)
    assert sizes["longest_diameter_px"] == pytest.approx(expected)


def test_empty_mask_has_no_size():
    grid = volume_grid((2, 3, 4), np.eye(4))
    assert set(size.measure(np.zeros((2, 3, 4)), grid=grid).values()) == {0.0}


def test_a_volume_without_spacing_has_voxels_only():
    grid = Grid(shape=(2, 3, 4))
    assert size.measure(np.ones((2, 3, 4)), grid=grid) == {"volume_voxels": 24.0, "parts": 1.0}
    with pytest.raises(GeometryError, match="spacing"):
        size.longest_diameter(np.ones((2, 3, 4)), grid=grid)


def test_mask_of_another_grid():
    with pytest.raises(GeometryError, match=r"\(2, 2\).*\(3, 3\)"):
        size.measure(np.ones((2, 2)), grid=Grid(shape=(3, 3)))


def test_a_large_lesion_is_measured_in_seconds():
    z, y, x = np.ogrid[-64:64, -128:128, -128:128]
    mask = (z / 60) ** 2 + (y / 120) ** 2 + (x / 110) ** 2 <= 1
    start = time.process_time()
    assert size.longest_diameter(mask, grid=volume_grid(mask.shape, np.eye(4))) == pytest.approx(241, abs=2)
    assert time.process_time() - start < 10
