import gzip

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk
from dicom_maker import rotation
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon import geometry
from osteon.errors import GeometryError, InputError
from osteon.io import nifti
from osteon.types import Grid


def oblique(seed, spacing, flips, shape=(5, 6, 7)):
    rng = np.random.default_rng(seed)
    affine = np.eye(4)
    affine[:3, :3] = rotation(rng) * np.where(flips, -1, 1) * spacing
    affine[:3, 3] = rng.normal(size=3) * 200
    return geometry.volume_grid(shape, affine)


grids = st.builds(
    oblique,
    st.integers(0, 2**32 - 1),
    st.tuples(*[st.floats(0.2, 8)] * 3).map(np.array),
    st.tuples(*[st.booleans()] * 3).map(np.array),
)


def marked(grid):
    mask = np.zeros(grid.shape, dtype=np.uint8)
    mask[1:4, 2, 3:] = 1
    mask[0, 0, 0] = 1
    return mask


@settings(max_examples=25, deadline=None)
@given(grid=grids)
def test_a_mask_lands_on_the_same_millimetres_everywhere(tmp_path_factory, grid):
    path = tmp_path_factory.mktemp("nifti") / "Maske ü.nii.gz"
    mask = marked(grid)
    nifti.write(path, mask, grid)
    ours = geometry.to_mm(grid, np.argwhere(mask)).mean(axis=0)

    back = nifti.read(path)
    assert geometry.same_place(back.grid, grid)
    assert np.array_equal(back.read(), mask)

    theirs = nib.load(path)
    ras = theirs.affine @ [*np.argwhere(np.asarray(theirs.dataobj)).mean(axis=0), 1]
    assert np.abs(ras[:3] * [-1, -1, 1] - ours).max() < 1e-3
    assert np.abs(theirs.get_sform() - theirs.get_qform()).max() < 1e-3

    image = sitk.ReadImage(str(path))
    stats = sitk.LabelShapeStatisticsImageFilter()
    stats.Execute(image)
    assert np.abs(np.array(stats.GetCentroid(1)) - ours).max() < 1e-3


@settings(max_examples=15, deadline=None)
@given(grid=grids)
def test_what_nibabel_and_simpleitk_write_is_read_in_its_place(tmp_path_factory, grid):
    folder = tmp_path_factory.mktemp("nifti")
    mask = marked(grid)
    affine = geometry.matrix(grid)
    ras = np.diag([-1, -1, 1, 1]) @ affine[:, [2, 1, 0, 3]]
    nib.save(nib.Nifti1Image(mask.transpose(), ras), folder / "n.nii")
    image = sitk.GetImageFromArray(mask)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    image.SetSpacing(spacing[::-1].tolist())
    image.SetDirection((affine[:3, :3] / spacing)[:, ::-1].ravel().tolist())
    image.SetOrigin(affine[:3, 3].tolist())
    sitk.WriteImage(image, str(folder / "s.nii"))
    for name in ("n.nii", "s.nii"):
        back = nifti.read(folder / name)
        assert geometry.same_place(back.grid, grid)
        assert np.array_equal(back.read(), mask)


def test_kinds_of_values(tmp_path):
    grid = oblique(1, np.ones(3), [False] * 3)
    values = np.linspace(-1000, 3000, 210).reshape(grid.shape)
    nifti.write(tmp_path / "f.nii", values, grid)
    image = nifti.read(tmp_path / "f.nii")
    assert image.unit is None
    assert image.read().dtype == np.float32
    assert np.allclose(image.read(), values)
    labels = np.arange(210).reshape(grid.shape) * 1000
    nifti.write(tmp_path / "l.nii", labels, grid)
    image = nifti.read(tmp_path / "l.nii")
    assert image.unit == "label"
    assert image.read().dtype == np.int32
    assert np.array_equal(image.read(), labels)
    with pytest.raises(InputError, match="fractions"):
        nifti.read(tmp_path / "f.nii", labels=True).read()


def test_scaling_of_the_header_holds(tmp_path):
    image = nib.Nifti1Image(np.arange(24, dtype=np.int16).reshape(2, 3, 4), np.eye(4))
    image.header.set_slope_inter(2.0, -1024.0)
    nib.save(image, tmp_path / "a.nii.gz")
    read = nifti.read(tmp_path / "a.nii.gz").read()
    assert np.array_equal(read, np.asarray(nib.load(tmp_path / "a.nii.gz").dataobj).transpose())
    assert read.shape == (4, 3, 2)


def test_sform_goes_before_a_qform_that_differs(tmp_path):
    image = nib.Nifti1Image(np.zeros((4, 4, 4), np.uint8), np.diag([2.0, 2, 2, 1]))
    moved = np.diag([2.0, 2, 2, 1])
    moved[0, 3] = 7
    image.set_sform(moved, code=1)
    image.set_qform(np.diag([2.0, 2, 2, 1]), code=1)
    nib.save(image, tmp_path / "a.nii")
    read = nifti.read(tmp_path / "a.nii")
    assert geometry.to_mm(read.grid, np.zeros(3)).tolist() == [-7, 0, 0]
    assert "7.0 mm apart" in read.notes[0]


def test_no_orientation_is_said(tmp_path):
    image = nib.Nifti1Image(np.zeros((4, 4, 4), np.uint8), None)
    nib.save(image, tmp_path / "a.nii")
    assert "no orientation" in nifti.read(tmp_path / "a.nii").notes[0]


def test_metres_become_millimetres(tmp_path):
    image = nib.Nifti1Image(np.zeros((4, 4, 4), np.uint8), np.diag([0.002, 0.002, 0.003, 1]))
    image.header.set_xyzt_units("meter")
    nib.save(image, tmp_path / "a.nii")
    assert nifti.read(tmp_path / "a.nii").grid.spacing_mm == pytest.approx((3, 2, 2))


def test_time_is_an_axis_in_front(tmp_path):
    image = nib.Nifti1Image(np.arange(48, dtype=np.int16).reshape(2, 3, 4, 2), np.eye(4))
    image.header.set_xyzt_units("mm", "msec")
    image.header.set_zooms((1, 1, 1, 1500))
    nib.save(image, tmp_path / "a.nii")
    read = nifti.read(tmp_path / "a.nii")
    assert read.times_s == (0.0, 1.5)
    assert read.grid.shape == (4, 3, 2)
    assert read.read().shape == (2, 4, 3, 2)
    image.header.set_xyzt_units("mm", "unknown")
    nib.save(image, tmp_path / "b.nii")
    with pytest.raises(GeometryError, match="split"):
        nifti.read(tmp_path / "b.nii")


def test_one_slice_is_a_volume_of_one(tmp_path):
    nib.save(nib.Nifti1Image(np.ones((3, 4), np.uint8), np.eye(4)), tmp_path / "a.nii")
    read = nifti.read(tmp_path / "a.nii")
    assert read.grid.shape == read.read().shape == (1, 4, 3)


def test_nan_pixels_are_refused(tmp_path):
    values = np.zeros((3, 3, 3), np.float32)
    values[1, 1, 1] = np.nan
    nib.save(nib.Nifti1Image(values, np.eye(4)), tmp_path / "a.nii")
    with pytest.raises(InputError, match=r"a\.nii: holds 1 NaN"):
        nifti.read(tmp_path / "a.nii").read()
    with pytest.raises(InputError, match="NaN"):
        nifti.write(tmp_path / "b.nii", values, geometry.volume_grid((3, 3, 3), np.eye(4)))
    assert not (tmp_path / "b.nii").exists()


def test_damaged_files_end_in_a_sentence(tmp_path):
    whole = gzip.compress(bytes(352) + bytes(100))
    for name, data in {"a.nii": b"no", "b.nii.gz": whole, "c.nii.gz": b"\x1f\x8b\x08", "d.nii": b""}.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError) as caught:
            nifti.read(tmp_path / name)
        assert str(caught.value).startswith(f"{name}: ")
        assert str(tmp_path) not in str(caught.value)


def test_cut_off_pixels(tmp_path):
    nib.save(nib.Nifti1Image(np.zeros((30, 30, 30), np.int16), np.eye(4)), tmp_path / "a.nii")
    data = (tmp_path / "a.nii").read_bytes()
    (tmp_path / "a.nii").write_bytes(data[:2000])
    with pytest.raises(InputError, match="cut off"):
        nifti.read(tmp_path / "a.nii").read()


def test_header_that_claims_too_much(tmp_path):
    header = nib.Nifti1Image(np.zeros((1, 1, 1), np.uint8), np.eye(4)).header
    header.set_data_shape((32767, 32767, 32767))
    (tmp_path / "a.nii").write_bytes(header.binaryblock + bytes(4))
    with pytest.raises(InputError, match="claims"):
        nifti.read(tmp_path / "a.nii")


def test_grids_that_cannot_be_written(tmp_path):
    with pytest.raises(GeometryError, match="no position"):
        nifti.write(tmp_path / "a.nii", np.zeros((3, 3)), Grid(shape=(3, 3)))
    with pytest.raises(GeometryError, match="shape"):
        nifti.write(tmp_path / "a.nii", np.zeros((3, 3, 4)), geometry.volume_grid((3, 3, 3), np.eye(4)))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_what_float32_does_not_hold_is_not_written(tmp_path, value):
    with pytest.raises(InputError, match="27 NaN or infinite"):
        nifti.write(tmp_path / "a.nii", np.full((3, 3, 3), value), geometry.volume_grid((3, 3, 3), np.eye(4)))
    assert not list(tmp_path.iterdir())


def test_real_volumes_equal_simpleitk(data_dir):
    for path in [*(data_dir / "sts" / "nifti" / "STS_001").glob("*.nii.gz"), data_dir / "lumbar_ct" / "ct_3mm.nii.gz"]:
        image, theirs = nifti.read(path), sitk.ReadImage(str(path))
        assert np.allclose(image.read(), sitk.GetArrayFromImage(theirs))
        corner = np.array(image.grid.shape) - 1
        point = theirs.TransformContinuousIndexToPhysicalPoint(corner[::-1].astype(float).tolist())
        assert np.abs(geometry.to_mm(image.grid, corner) - point).max() < 1e-3


def test_a_note_stands_in_the_header_and_is_cut_to_its_field(tmp_path):
    grid, values = geometry.volume_grid((3, 4, 5), np.eye(4)), np.ones((3, 4, 5), np.uint8)
    nifti.write(tmp_path / "a.nii", values, grid, note="Simulated " + 100 * "x")
    said = bytes(nib.load(tmp_path / "a.nii").header["descrip"].tobytes())
    assert said.startswith(b"Simulated xxx")
    assert said.endswith(b"x\0")
    np.testing.assert_array_equal(nifti.read(tmp_path / "a.nii").read(), values)
    nifti.write(tmp_path / "b.nii", values, grid)
    assert not nib.load(tmp_path / "b.nii").header["descrip"].tobytes().strip(b"\0")
