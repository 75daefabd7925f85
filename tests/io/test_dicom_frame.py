import numpy as np
import pytest
from dicom_maker import ct_slices, save_all, volume_of

from osteon.io import dicom, dicom_frame
from osteon.types import Grid, Image, Source


def series(folder, rng, **values):
    made, _ = ct_slices(volume_of(rng), **values)
    save_all(made, folder)
    return dicom.read(folder)


@pytest.mark.parametrize("frame", ["1.2.7", None])
def test_an_image_has_the_frame_of_its_files(tmp_path, rng, frame):
    image = series(tmp_path, rng, FrameOfReferenceUID=frame)
    assert dicom_frame.of_image(image) == frame


def test_a_frame_is_shared_only_where_both_state_it(tmp_path, rng):
    image = series(tmp_path / "a", rng, FrameOfReferenceUID="1.2.7")
    silent = series(tmp_path / "b", rng)
    assert dicom_frame.shared(image, "1.2.7")
    assert not dicom_frame.shared(image, "1.2.8")
    assert not dicom_frame.shared(image, None)
    assert not dicom_frame.shared(silent, None)


def test_what_is_no_dicom_or_gone_has_none(tmp_path, rng):
    grid = Grid(shape=(2, 2, 2))
    plain = Image(
        grid=grid, modality="OT", load=lambda: np.zeros(grid.shape), sources=(Source(path=tmp_path / "a.nii"),)
    )
    assert dicom_frame.of_image(plain) is None
    assert dicom_frame.of_image(Image(grid=grid, modality="OT", load=lambda: np.zeros(grid.shape))) is None
    image = series(tmp_path / "a", rng, FrameOfReferenceUID="1.2.7")
    for file in (tmp_path / "a").iterdir():
        file.unlink()
    assert dicom_frame.of_image(image) is None
