"""Values keep their millimetres on any other grid, as SimpleITK has them."""

import numpy as np
import pytest
import SimpleITK as sitk

from osteon.geometry import to_mm, volume_grid
from osteon.transforms import regrid
from tests.phantoms import oblique_grid


@pytest.fixture
def grids():
    rng = np.random.default_rng(3)
    one = oblique_grid((14, 30, 26), rng)
    centre = to_mm(one, (np.array(one.shape) - 1) / 2)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[0, 0, 1.0], [0, 1.1, 0], [2.0, 0, 0]])
    affine[:3, 3] = centre - affine[:3, :3] @ ((np.array((8, 12, 10)) - 1) / 2)
    return one, volume_grid((8, 12, 10), affine)


def linear(grid):
    index = np.stack(np.meshgrid(*(np.arange(n) for n in grid.shape), indexing="ij"), axis=-1)
    return to_mm(grid, index) @ np.array([0.3, -0.2, 0.5]) + 7


def test_a_linear_field_is_the_same_field(grids):
    one, other = grids
    assert np.allclose(regrid.onto(linear(one), one, other), linear(other), atol=1e-3)


def test_the_same_grid_is_left_alone(grids):
    one, _ = grids
    values = np.random.default_rng(0).random(one.shape).astype(np.float32)
    assert np.array_equal(regrid.onto(values, one, one), values)


def test_labels_stay_labels(grids):
    one, other = grids
    labels = (linear(one) > 7).astype(np.uint8) * 3
    found = regrid.onto(labels, one, other, nearest=True)
    assert set(np.unique(found)) <= {0.0, 3.0}
    assert ((found > 0) == (linear(other) > 7)).mean() > 0.9


def test_it_agrees_with_simpleitk(grids):
    one, other = grids
    values = np.random.default_rng(1).random(one.shape).astype(np.float32)

    def itk(grid, array):
        image = sitk.GetImageFromArray(array)
        affine = np.array(grid.affine)
        image.SetSpacing(np.linalg.norm(affine[:3, 2::-1], axis=0).tolist())
        image.SetOrigin(affine[:3, 3].tolist())
        image.SetDirection((affine[:3, 2::-1] / np.linalg.norm(affine[:3, 2::-1], axis=0)).ravel().tolist())
        return image

    reference = itk(other, np.zeros(other.shape, np.float32))
    theirs = sitk.GetArrayFromImage(sitk.Resample(itk(one, values), reference, sitk.Transform(), sitk.sitkLinear))
    ours = regrid.onto(values, one, other)
    inside = theirs != 0
    assert inside.mean() > 0.5
    assert np.allclose(ours[inside], theirs[inside], atol=2e-3)
