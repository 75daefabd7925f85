"""Sizes of bodies whose sizes are known, and diameters against every pair."""

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.distance import pdist

from osteon.transforms.radiomics import mesh
from osteon.transforms.radiomics.shape import NAMES, NAMES_2D, shape, shape_2d


def of(mask, spacing=(1.0, 1.0, 1.0)):
    return dict(zip(NAMES, shape(mask, spacing_mm=spacing), strict=True))


def test_an_ellipsoid_has_its_axes_and_volume():
    spacing = (2.0, 1.0, 0.5)
    z, y, x = np.ogrid[-15:16, -22:23, -30:31]
    mask = (z * 2.0 / 24) ** 2 + (y / 18) ** 2 + (x * 0.5 / 12) ** 2 <= 1
    made = of(mask, spacing)
    assert made["MajorAxisLength"] == pytest.approx(2 * 24 * (4 / 5) ** 0.5, rel=0.01)
    assert made["Elongation"] == pytest.approx(18 / 24, rel=0.01)
    assert made["Flatness"] == pytest.approx(12 / 24, rel=0.01)
    assert made["MeshVolume"] == pytest.approx(4 / 3 * np.pi * 24 * 18 * 12, rel=0.01)
    assert made["VoxelVolume"] == mask.sum() * 1.0
    assert made["Maximum3DDiameter"] == pytest.approx(48, abs=2.1)
    assert made["Maximum2DDiameterSlice"] == pytest.approx(36, abs=1.1)
    assert made["Maximum2DDiameterRow"] == pytest.approx(48, abs=2.1)


def test_a_ball_is_round():
    z, y, x = np.ogrid[-20:21, -20:21, -20:21]
    made = of(z * z + y * y + x * x <= 18.2**2)
    assert made["Sphericity"] == pytest.approx(0.92, abs=0.02)  # steps make any voxel ball rougher than a ball
    assert made["Elongation"] == pytest.approx(1)
    assert made["SurfaceVolumeRatio"] == pytest.approx(made["SurfaceArea"] / made["MeshVolume"])


def test_diameters_are_the_longest_of_all_pairs(rng):
    mask, spacing = rng.random((4, 6, 5)) < 0.3, (2.0, 0.7, 0.9)
    corners = mesh.vertices(mask)
    places = corners * np.array(spacing) / 2
    made = of(mask, spacing)
    assert made["Maximum3DDiameter"] == pytest.approx(pdist(places).max())
    for axis, name in enumerate(("Slice", "Column", "Row")):
        planes = [places[corners[:, axis] == n] for n in np.unique(corners[:, axis])]
        longest = max(pdist(p).max() for p in planes if len(p) > 1)
        assert made[f"Maximum2DDiameter{name}"] == pytest.approx(longest), name


def test_one_voxel_has_no_axes():
    made = of(np.ones((1, 1, 1), bool))
    assert made["MajorAxisLength"] == 0
    assert made["Maximum3DDiameter"] == 1
    assert np.isfinite(list(made.values())).all()


def test_turning_changes_names_alone(rng):
    mask, spacing = ndimage.gaussian_filter(rng.random((12, 16, 15)), 2) > 0.5, (2.0, 0.7, 0.9)
    one, other = of(mask, spacing), of(mask.transpose(2, 0, 1), (0.9, 2.0, 0.7))
    for name in NAMES:
        if "2D" not in name:
            assert one[name] == pytest.approx(other[name]), name
    assert one["Maximum2DDiameterSlice"] == pytest.approx(other["Maximum2DDiameterColumn"])


def flat(mask, spacing=(1.0, 1.0)):
    return dict(zip(NAMES_2D, shape_2d(np.asarray(mask, bool), spacing_mm=spacing), strict=True))


def test_a_rectangle_loses_its_corners():
    made = flat(np.ones((4, 6)), (0.5, 2.0))
    assert made["PixelSurface"] == 24
    assert made["MeshSurface"] == pytest.approx(24 - 4 / 8)
    assert made["Perimeter"] == pytest.approx(2 * (3 * 0.5 + 5 * 2.0) + 4 * np.hypot(0.5, 2.0) / 2)
    assert made["PerimeterSurfaceRatio"] == pytest.approx(made["Perimeter"] / made["MeshSurface"])


def test_a_disc_is_round_and_two_corners_are_two():
    y, x = np.ogrid[-40:41, -40:41]
    made = flat(y * y + x * x <= 35.5**2)
    assert made["MeshSurface"] == pytest.approx(np.pi * 35.5**2, rel=0.01)
    assert made["MaximumDiameter"] == pytest.approx(71, abs=1)
    assert made["Sphericity"] == pytest.approx(0.95, abs=0.02)
    one, two = flat(np.ones((1, 1))), flat(np.eye(2))
    assert two["Perimeter"] == pytest.approx(2 * one["Perimeter"])
    assert two["MeshSurface"] == pytest.approx(2 * one["MeshSurface"]) == 1
