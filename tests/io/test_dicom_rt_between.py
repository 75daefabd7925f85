"""Contours between an image's slices: volumes and places known from geometry."""

import numpy as np
import pytest
from dicom_maker import ct_slices, item, rotation, save_all
from test_dicom_rt import structures

from osteon.errors import GeometryError
from osteon.geometry import to_mm, volume_grid
from osteon.io import dicom, dicom_rt, dicom_rt_between

CENTRE, RADIUS = np.array([3.0, -4.0, 10.0]), 14.0


def grid_of(seed=0, *, spacing=(2.0, 1.0, 1.0), shape=(24, 44, 44), turned=None):
    """Return a grid around `CENTRE`."""
    affine = np.eye(4)
    affine[:3, :3] = (rotation(np.random.default_rng(seed)) if turned is None else turned) * spacing
    affine[:3, 3] = CENTRE - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return volume_grid(shape, affine)


def ball(*, apart, axes, first=0.37, radius=RADIUS, points=120):
    """Return the contours of a ball in planes `apart` mm apart along the last of `axes` (rows)."""
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    found = []
    for depth in np.arange(-radius + first, radius, apart):
        size = np.sqrt(max(radius**2 - depth**2, 0))
        flat = np.stack([size * np.cos(angle), size * np.sin(angle), np.full(points, depth)], axis=1)
        found.append(CENTRE + flat @ axes)
    return found


def truth(grid, radius=RADIUS):
    places = to_mm(grid, np.moveaxis(np.indices(grid.shape), 0, -1))
    return np.linalg.norm(places - CENTRE, axis=-1) < radius


def dice(one, other):
    return 2 * (one & other).sum() / (one.sum() + other.sum())


@pytest.mark.parametrize("seed", range(3))
def test_a_ball_drawn_along_any_axis_fills_a_ball(seed):
    grid = grid_of(seed)
    found = dicom_rt_between.mask(ball(apart=3.3, axes=rotation(np.random.default_rng(seed + 50))), grid=grid)
    assert dice(found, truth(grid)) > 0.96
    assert found.sum() == pytest.approx(truth(grid).sum(), rel=0.04)


def test_planes_in_the_slices_of_another_spacing():
    turned = np.eye(3)[:, ::-1]
    grid = grid_of(turned=turned, spacing=(1.5, 1.0, 1.0), shape=(30, 44, 44))
    found = dicom_rt_between.mask(ball(apart=4.0, axes=np.eye(3)), grid=grid)
    assert dice(found, truth(grid)) > 0.96


def test_a_hole_stays_a_hole():
    grid = grid_of(turned=np.eye(3)[:, ::-1])
    outer = ball(apart=3.0, axes=np.eye(3))
    inner = [ring for ring in outer if abs(ring[0, 2] - CENTRE[2]) < 7]
    shrunk = [(ring - CENTRE) * (0.4, 0.4, 1.0) + CENTRE for ring in inner]
    found, whole = (dicom_rt_between.mask(rings, grid=grid) for rings in (outer + shrunk, outer))
    middle = tuple(n // 2 for n in grid.shape)
    assert whole[middle]
    assert not found[middle]
    assert not (found & ~whole).any()


def test_nothing_is_made_up_across_a_gap():
    grid = grid_of(turned=np.eye(3)[:, ::-1], spacing=(1.0, 1.0, 1.0), shape=(40, 44, 44))
    rings = ball(apart=2.0, axes=np.eye(3))
    upper, lower = rings[:4], rings[-4:]
    found = dicom_rt_between.mask(upper + lower, grid=grid)
    middle = to_mm(grid, [[20, 0, 0]])[0, 2]
    assert abs(middle - CENTRE[2]) < 1
    assert not found[17:23].any()
    assert found[:15].any()
    assert found[25:].any()


def test_a_single_contour_is_one_slice_thick():
    grid = grid_of(turned=np.eye(3)[:, ::-1])
    ring = ball(apart=100.0, axes=np.eye(3), first=RADIUS - 0.4)
    found = dicom_rt_between.mask(ring, grid=grid)
    assert found.any(axis=(1, 2)).sum() == 1
    assert found.sum() == pytest.approx(np.pi * RADIUS**2, rel=0.03)


def test_contours_that_are_not_parallel_are_refused():
    rings = ball(apart=5.0, axes=np.eye(3)) + ball(apart=5.0, axes=rotation(np.random.default_rng(1)))
    with pytest.raises(GeometryError, match="not parallel"):
        dicom_rt_between.mask(rings, grid=grid_of())


def test_contours_elsewhere_are_refused():
    far = [ring + 500 for ring in ball(apart=4.0, axes=np.eye(3))]
    with pytest.raises(GeometryError, match="enclose no voxel"):
        dicom_rt_between.mask(far, grid=grid_of())


def series(folder, frame):
    made, _ = ct_slices(np.zeros((20, 40, 40), np.int16), spacing=(2.0, 1.0, 1.0), origin=(-16, -24, -9),
                        FrameOfReferenceUID=frame)  # fmt: skip
    save_all(made, folder)
    return dicom.read(folder)


@pytest.mark.parametrize(("frame", "drawn"), [("1.2.7", True), ("1.2.8", False), (None, False)])
def test_only_within_one_frame_of_reference(tmp_path, frame, drawn):
    image = series(tmp_path / "ct", "1.2.7")
    path = structures(tmp_path / "rs.dcm", {"GTV": ball(apart=3.0, axes=np.eye(3))})
    made = dicom_rt.pydicom.dcmread(path)
    if frame:
        made.StructureSetROISequence = [item(ROINumber=1, ROIName="GTV", ReferencedFrameOfReferenceUID=frame)]
    made.save_as(path)
    region = dicom_rt.read(path).region("GTV")
    assert region.frame == frame
    assert not dicom_rt.lies_in_slices(region, image.grid)
    if drawn:
        assert dice(dicom_rt.on_image(region, image), truth(image.grid)) > 0.95
        return
    with pytest.raises(GeometryError, match="drawn on another image"):
        dicom_rt.on_image(region, image)
