"""Siemens mosaics against nibabel, on its own file and on made ones."""

import gzip
import struct
import warnings
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from dicom_maker import instance, rotation, save
from hypothesis import given
from hypothesis import strategies as st

from osteon.errors import GeometryError
from osteon.geometry import to_mm
from osteon.io import dicom
from osteon.io.dicom_mosaic import csa

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it calls itself experimental
    from nibabel.nicom import csareader
    from nibabel.nicom.dicomwrappers import wrapper_from_data

NICOM = Path(nibabel.__file__).parent / "nicom" / "tests" / "data"


def real(name):
    path = NICOM / name
    if not path.is_file():
        pytest.skip(f"this nibabel does not ship {name}")
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def csa_bytes(**values):
    """Return a CSA header of the second version."""
    found = b"SV10\4\3\2\1" + struct.pack("<II", len(values), 77)
    for name, items in values.items():
        found += struct.pack(
            "<64si4siii", name.encode(), len(items), b"SH" if name.endswith("Text") else b"FD", 0, len(items), 77
        )
        for item in items:
            text = str(item).encode() + b"\0"
            found += struct.pack("<4i", len(text), len(text), 77, len(text)) + text.ljust(
                (len(text) + 3) // 4 * 4, b"\0"
            )
    return found


def private_header(count, normal):
    """Return what makes a mosaic of `count` tiles, for nibabel too."""
    return csa_bytes(NumberOfImagesInMosaic=[count], SliceNormalVector=normal.tolist(), AcquisitionMatrixText=["6*5"])


def mosaic(volume, *, turned, flip=1, private=True, spacing=(3.0, 1.2, 0.9), **values):
    """Return a mosaic of `volume` (slices, rows, columns), and the mm of its first voxel."""
    count, rows, columns = volume.shape
    side = int(np.ceil(np.sqrt(count)))
    picture = np.zeros((side * rows, side * columns), volume.dtype)
    for n, plane in enumerate(volume):
        picture[n // side * rows :, n % side * columns :][:rows, :columns] = plane
    first = np.array([-20.0, 7.0, 40.0])
    step = spacing[1] * turned[1] * (side - 1) * rows / 2 + spacing[2] * turned[0] * (side - 1) * columns / 2
    made = instance(picture, modality="MR", ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"], **values)
    made.ImagePositionPatient = [f"{v:.9g}" for v in first - step]
    made.ImageOrientationPatient = [f"{v:.9g}" for v in (*turned[0], *turned[1])]
    made.PixelSpacing, made.SpacingBetweenSlices = [spacing[1], spacing[2]], spacing[0]
    if private:
        normal = np.cross(turned[0], turned[1]) * flip
        made.add_new(0x00290010, "LO", "SIEMENS CSA HEADER")
        made.add_new(0x00291010, "OB", private_header(count, normal))
    return made, first


@pytest.mark.parametrize("flip", [1, -1])
@pytest.mark.parametrize("count", [4, 7, 9])
def test_slices_lie_where_they_were_taken(flip, count, tmp_path, rng):
    volume = rng.integers(0, 900, (count, 6, 5)).astype(np.int16)
    turned = rotation(rng)
    made, first = mosaic(volume, turned=turned, flip=flip)
    image = dicom.read(save(made, tmp_path / "m.dcm"))
    assert np.array_equal(image.read(), volume[::flip])
    assert image.grid.spacing_mm == pytest.approx((3.0, 1.2, 0.9))
    assert np.allclose(to_mm(image.grid, [0 if flip == 1 else count - 1, 0, 0]), first, atol=1e-6)
    theirs = wrapper_from_data(pydicom.dcmread(tmp_path / "m.dcm"))
    ours_to_ras = np.diag([-1.0, -1, 1, 1]) @ np.array(image.grid.affine)
    for corner in np.ndindex(2, 2, 2):
        s, r, c = np.array(corner) * (count - 1, 5, 4)
        lps = theirs.affine @ [r, c, s, 1]  # nibabel's wrapper keeps DICOM's own LPS
        assert np.allclose(
            (ours_to_ras @ [s if flip == 1 else count - 1 - s, r, c, 1])[:3] * [-1, -1, 1], lps[:3], atol=1e-4
        )


def test_a_real_diffusion_mosaic_is_that_of_nibabel(tmp_path):
    path = tmp_path / "m.dcm"
    path.write_bytes(real("siemens_dwi_0.dcm.gz"))
    image = dicom.read(path)
    theirs = wrapper_from_data(pydicom.dcmread(path))
    values = np.asarray(theirs.get_data())  # (rows, columns, slices)
    assert image.grid.shape == (values.shape[2], *values.shape[:2]) == (48, 128, 128)
    at = theirs.affine @ [3, 5, 7, 1]
    index = np.linalg.inv(np.array(image.grid.affine)) @ at
    assert np.allclose(index, np.rint(index), atol=1e-3)
    s, r, c = np.rint(index[:3]).astype(int)
    assert (r, c) == (3, 5)
    assert np.array_equal(image.read()[s], values[..., 7])


@pytest.mark.parametrize("name", ["csa2_b0.bin", "csa2_b1000.bin"])
def test_private_headers_are_read_as_nibabel_reads_them(name):
    ours, theirs = csa(real(name)), csareader.read(real(name))["tags"]
    assert ours.keys() == theirs.keys()
    for word in ("NumberOfImagesInMosaic", "SliceNormalVector", "B_value"):
        assert [float(v) for v in ours[word]] == pytest.approx(theirs[word]["items"])


def test_a_run_of_mosaics_is_dynamic(tmp_path, rng):
    volume = rng.integers(0, 900, (4, 4, 6, 5)).astype(np.int16)
    for time, one in enumerate(volume):
        made, _ = mosaic(one, turned=np.eye(3), AcquisitionNumber=time + 1, AcquisitionDate="20200101",
                         AcquisitionTime=f"12000{2 * time}")  # fmt: skip
        save(made, tmp_path / f"{time}.dcm")
    image = dicom.read(tmp_path)
    assert image.times_s == (0, 2, 4, 6)
    assert np.array_equal(image.read(), volume)


def test_without_the_private_header_it_is_refused(tmp_path):
    made, _ = mosaic(np.zeros((4, 6, 5), np.int16), turned=np.eye(3), private=False)
    with pytest.raises(GeometryError, match=r"m\.dcm: is a mosaic .* private"):
        dicom.read(save(made, tmp_path / "m.dcm"))


@pytest.mark.parametrize(
    "values",
    [
        {"NumberOfImagesInMosaic": [99_999], "SliceNormalVector": [0, 0, 1]},
        {"NumberOfImagesInMosaic": [4], "SliceNormalVector": [1, 0, 0]},
        {"NumberOfImagesInMosaic": [4], "SliceNormalVector": ["x", 0, 1]},
        {"NumberOfImagesInMosaic": [0], "SliceNormalVector": [0, 0, 1]},
        {"NumberOfImagesInMosaic": [17], "SliceNormalVector": [0, 0, 1]},
    ],
)
def test_a_private_header_that_contradicts_the_picture_is_refused(values, tmp_path):
    made, _ = mosaic(np.zeros((4, 6, 5), np.int16), turned=np.eye(3))
    made[0x00291010].value = csa_bytes(**values)
    with pytest.raises(GeometryError, match="is a mosaic"):
        dicom.read(save(made, tmp_path / "m.dcm"))


@given(st.binary(max_size=200) | st.integers(0, 400).map(lambda n: csa_bytes(A=["1", "22"], B=[])[:n]))
def test_any_bytes_are_values_or_nothing(data):
    assert isinstance(csa(data), dict)
    assert isinstance(csa(b"SV10" + data), dict)
