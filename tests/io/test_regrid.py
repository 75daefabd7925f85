import numpy as np
import pytest
import SimpleITK as sitk
from dicom_maker import rotation

from osteon.errors import GeometryError
from osteon.geometry import to_index, to_mm, volume_grid
from osteon.io import regrid


def grid_of(shape, *, spacing=(2.0, 0.9, 0.7), turned=None, origin=(-10.0, 5.0, 30.0)):
    affine = np.eye(4)
    affine[:3, :3] = (np.eye(3)[:, ::-1] if turned is None else turned) * spacing
    affine[:3, 3] = origin
    return volume_grid(shape, affine)


def itk(labels, grid):
    affine = np.array(grid.affine)
    image = sitk.GetImageFromArray(labels)
    spacing = np.array(grid.spacing_mm)
    image.SetSpacing(spacing[::-1].tolist())
    image.SetDirection((affine[:3, :3] / spacing)[:, ::-1].ravel().tolist())
    image.SetOrigin(affine[:3, 3].tolist())
    return image


@pytest.mark.parametrize("seed", range(4))
def test_nearest_is_that_of_simpleitk(seed):
    rng = np.random.default_rng(seed)
    turned = rotation(rng)
    source = grid_of((6, 9, 8), turned=turned * [1, 1, 1])
    target = grid_of((7, 8, 9), spacing=(1.3, 1.1, 1.2), turned=turned @ rotation(rng), origin=(-9.0, 6.0, 31.0))
    labels = rng.integers(0, 4, source.shape).astype(np.uint8)
    theirs = sitk.GetArrayFromImage(
        sitk.Resample(itk(labels, source), itk(np.zeros(target.shape, np.uint8), target), sitk.Transform(),
                      sitk.sitkNearestNeighbor, 0)
    )  # fmt: skip
    assert (regrid.nearest(labels, source, target) == theirs).mean() > 0.999


@pytest.mark.parametrize("flip", [(0,), (1,), (0, 2), (0, 1, 2)])
def test_flipped_and_cropped_grids_are_one_lattice(flip):
    rng = np.random.default_rng(0)
    source = grid_of((6, 9, 8), turned=rotation(rng))
    affine = np.array(source.affine)
    first = np.array([2 if axis not in flip else source.shape[axis] - 1 for axis in range(3)])
    affine[:3, 3] = to_mm(source, first)
    affine[:3, list(flip)] *= -1
    target = volume_grid((3, 6, 5), affine)
    labels = rng.integers(0, 9, source.shape)
    at = np.rint(to_index(source, to_mm(target, np.stack(np.mgrid[:3, :6, :5], axis=-1)))).astype(int)
    assert regrid.same_lattice(source, target)
    assert np.array_equal(regrid.nearest(labels, source, target), labels[tuple(np.moveaxis(at, -1, 0))])


def test_axes_in_another_order_are_one_lattice():
    source = grid_of((4, 5, 6))
    affine = np.array(source.affine)[:, [1, 2, 0, 3]]
    target = volume_grid((5, 6, 4), affine)
    labels = np.arange(120).reshape(4, 5, 6)
    assert regrid.same_lattice(source, target)
    assert np.array_equal(regrid.nearest(labels, source, target), labels.transpose(1, 2, 0))


@pytest.mark.parametrize(
    "other",
    [
        grid_of((6, 9, 8), spacing=(1.0, 0.9, 0.7)),
        grid_of((6, 9, 8), origin=(-10.3, 5.0, 30.0)),
        grid_of((6, 9, 8), spacing=(2.02, 0.9, 0.7)),
    ],
    ids=["finer", "shifted", "slightly stretched"],
)
def test_other_voxels_are_another_lattice(other):
    assert not regrid.same_lattice(grid_of((6, 9, 8)), other)


def test_padding_is_empty():
    source = grid_of((2, 2, 2))
    target = volume_grid((4, 2, 2), np.array(source.affine))
    assert regrid.nearest(np.ones((2, 2, 2), int), source, target)[:, 0, 0].tolist() == [1, 1, 0, 0]


def test_labels_outside_the_image_are_refused_but_empty_ones_are_not():
    source, far = grid_of((2, 2, 2)), grid_of((2, 2, 2), origin=(900, 0, 0))
    with pytest.raises(GeometryError, match=r"m\.nrrd: marks nothing within the image"):
        regrid.onto(np.ones((2, 2, 2), int), source, far, file="m.nrrd")
    assert not regrid.onto(np.zeros((2, 2, 2), int), source, far, file="m.nrrd").any()


def test_the_same_grid_is_left_alone():
    labels = np.ones((2, 2, 2), int)
    assert regrid.onto(labels, grid_of((2, 2, 2)), grid_of((2, 2, 2)), file="m") is labels
