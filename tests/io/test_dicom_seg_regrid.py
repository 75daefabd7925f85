"""A DICOM SEG on another grid of the same patient lands on the image's voxels."""

import numpy as np
import pytest
from dicom_maker import ct_slices, save_all
from filed import MAKER

from osteon.errors import GeometryError
from osteon.io import dicom, dicom_seg, regrid

COARSE = {"shape": (5, 9, 8), "spacing": (4.0, 2.0, 2.2), "origin": (-10.0, 5.0, 30.0)}


def series(folder, *, shape, frame="1.2.7", **place):
    made, _ = ct_slices(np.zeros(shape, np.int16), FrameOfReferenceUID=frame, **place)
    save_all(made, folder)
    return dicom.read(folder)


@pytest.fixture
def coarse(tmp_path, rng):
    """Return a coarse series, labels on it, and their SEG."""
    image = series(tmp_path / "coarse", **COARSE)
    labels = rng.integers(0, 3, image.grid.shape)
    labels[:, 0, 0] = 1
    path = tmp_path / "a.seg.dcm"
    dicom_seg.write(path, image=image, label_map=labels, structures=("tumour", "bone"), maker=MAKER)
    return image, labels, path


@pytest.mark.parametrize(
    "place",
    [
        {"shape": (10, 18, 16), "spacing": (2.0, 1.0, 1.1), "origin": (-10.5, 4.5, 29.0)},
        {"shape": (7, 12, 9), "spacing": (3.0, 1.5, 2.0), "origin": (-9.0, 6.0, 31.0)},
        {"shape": (6, 9, 9), "spacing": (2.5, 1.7, 1.9), "row": (0.8, 0.6, 0), "column": (-0.6, 0.8, 0),
         "origin": (-8.0, 6.0, 31.0)},
    ],
    ids=["finer", "other", "turned"],
)  # fmt: skip
def test_each_voxel_takes_the_nearest_label(coarse, tmp_path, place):
    image, labels, path = coarse
    other = series(tmp_path / "other", **place)
    assert dicom_seg.needs_resampling(path, other)
    found = dicom_seg.read(path, other)
    for number, name in enumerate(("tumour", "bone"), 1):
        assert found[name].dtype == bool
        assert np.array_equal(found[name], regrid.nearest(labels == number, image.grid, other.grid))


def test_a_crop_of_the_same_voxels_is_exact(coarse, tmp_path):
    _, labels, path = coarse
    crop = series(tmp_path / "crop", shape=(3, 4, 5), spacing=(4.0, 2.0, 2.2), origin=(-7.8, 9.0, 34.0))
    found = dicom_seg.read(path, crop)
    assert np.array_equal(found["tumour"], (labels == 1)[1:4, 2:6, 1:6])


def test_the_images_own_segmentation_is_not_resampled(coarse):
    image, labels, path = coarse
    assert not dicom_seg.needs_resampling(path, image)
    assert np.array_equal(dicom_seg.read(path, image)["bone"], labels == 2)


@pytest.mark.parametrize("frame", ["1.2.8", None])
def test_another_frame_of_reference_is_refused(coarse, tmp_path, frame):
    other = series(tmp_path / "other", shape=(10, 18, 16), spacing=(2.0, 1.0, 1.1), frame=frame)
    assert not dicom_seg.needs_resampling(coarse[2], other)
    with pytest.raises(GeometryError, match="another grid"):
        dicom_seg.read(coarse[2], other)


def test_another_part_of_the_patient_is_refused(coarse, tmp_path):
    far = series(tmp_path / "far", shape=(5, 9, 8), origin=(400.0, 0.0, 0.0))
    with pytest.raises(GeometryError, match="marks nothing within the image"):
        dicom_seg.read(coarse[2], far)


def test_empty_planes_between_stay_empty(tmp_path):
    image = series(tmp_path / "ct", **COARSE)
    labels = np.zeros(image.grid.shape, int)
    labels[[0, 3]] = 1
    path = tmp_path / "a.seg.dcm"
    dicom_seg.write(path, image=image, label_map=labels, structures=("tumour",), maker=MAKER)
    fine = series(tmp_path / "fine", shape=(10, 9, 8), spacing=(2.0, 2.0, 2.2), origin=(-10.0, 5.0, 29.0))
    found = dicom_seg.read(path, fine)["tumour"]
    assert found.all(axis=(1, 2)).tolist() == [True, True, False, False, False, False, True, True, False, False]
