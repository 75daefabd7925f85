import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from test_nifti import grids, marked

from osteon import geometry
from osteon.errors import GeometryError, InputError
from osteon.io import nrrd


def volume(mask, affine):
    image = sitk.GetImageFromArray(mask)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    image.SetSpacing(spacing[::-1].tolist())
    image.SetDirection((affine[:3, :3] / spacing)[:, ::-1].ravel().tolist())
    image.SetOrigin(affine[:3, 3].tolist())
    return image


@settings(max_examples=15, deadline=None)
@given(grid=grids)
def test_a_mask_is_read_on_its_millimetres(tmp_path_factory, grid):
    path = tmp_path_factory.mktemp("nrrd") / "ü.nrrd"
    mask = marked(grid)
    sitk.WriteImage(volume(mask, geometry.matrix(grid)), str(path))
    image = nrrd.read(path)
    assert geometry.same_place(image.grid, grid, tolerance_mm=1e-4)
    assert np.array_equal(image.read(), mask)
    assert image.notes == ()


def test_another_space_is_turned_into_lps(tmp_path):
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    head = (
        "NRRD0004\ntype: float\ndimension: 3\nspace: right-anterior-superior\nsizes: 4 3 2\nendian: little\n"
        "encoding: raw\nspace directions: (2,0,0) (0,3,0) (0,0,5)\nspace origin: (10,20,30)\n\n"
    )
    (tmp_path / "a.nrrd").write_bytes(head.encode() + values.tobytes())
    image = nrrd.read(tmp_path / "a.nrrd")
    assert geometry.to_mm(image.grid, np.array([1, 1, 1])).tolist() == [-12, -23, 35]
    assert np.array_equal(image.read(), values)
    (tmp_path / "b.nrrd").write_bytes(
        head.replace("space: right-anterior-superior\n", "")
        .replace("space directions: (2,0,0) (0,3,0) (0,0,5)\nspace origin: (10,20,30)\n", "spacings: 2 3 5\n")
        .encode()
        + values.tobytes()
    )
    assert "no patient space" in nrrd.read(tmp_path / "b.nrrd").notes[0]


def test_bad_files(tmp_path):
    sitk.WriteImage(sitk.GetImageFromArray(np.full((9, 9, 9), np.nan, np.float32)), str(tmp_path / "nan.nrrd"))
    with pytest.raises(InputError, match="729 NaN"):
        nrrd.read(tmp_path / "nan.nrrd").read()
    whole = (tmp_path / "nan.nrrd").read_bytes()
    (tmp_path / "cut.nrrd").write_bytes(whole[: len(whole) - 2000])
    with pytest.raises(InputError, match="cut off"):
        nrrd.read(tmp_path / "cut.nrrd").read()
    (tmp_path / "no.nrrd").write_bytes(b"hello")
    with pytest.raises(InputError, match="no NRRD"):
        nrrd.read(tmp_path / "no.nrrd")
    head = b"NRRD0004\ntype: float\ndimension: 3\nsizes: 4 3 2\nencoding: raw\ndata file: /etc/passwd\n\n"
    (tmp_path / "else.nrrd").write_bytes(head)
    with pytest.raises(InputError, match="another file"):
        nrrd.read(tmp_path / "else.nrrd")
    sitk.WriteImage(sitk.Image([4, 3, 2], sitk.sitkVectorFloat32, 3), str(tmp_path / "vector.nrrd"))
    with pytest.raises(GeometryError, match="3 values"):
        nrrd.read(tmp_path / "vector.nrrd")
