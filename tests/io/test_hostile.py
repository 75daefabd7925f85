"""Files that a careless or hostile sender leaves in a folder: each is named with a reason, the rest is read."""

import gzip
import io
import os
import struct
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import tifffile
from dicom_maker import SECRET, ct_slices, instance, save, save_all
from PIL import Image as Pillow
from pydicom.uid import ComputedRadiographyImageStorage

from osteon.errors import InputError
from osteon.io import files

posix = pytest.mark.skipif(os.name != "posix", reason="links and pipes need a POSIX system")


def png():
    out = io.BytesIO()
    Pillow.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(out, "PNG")
    return out.getvalue()


def zipped(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in members:
            packed.writestr(name, content)
    return out.getvalue()


def said(folder):
    """Return file to reason, of the scan or of reading the pixels; "" for what is read."""
    found = files.scan([folder])
    reasons = {refusal.file: refusal.why for refusal in found.refused}
    for item in found.items:
        try:
            item.datum.read()
            reasons[item.file] = ""
        except InputError as error:
            reasons[item.file] = error.why
    return reasons


@posix
def test_a_pipe_is_never_waited_for(tmp_path):
    (tmp_path / "a.png").write_bytes(png())
    os.mkfifo(tmp_path / "pipe.dcm")
    assert said(tmp_path) == {"a.png": "", "pipe.dcm": "is no ordinary file."}
    for path in (tmp_path / "pipe.dcm", "/dev/zero"):
        with pytest.raises(InputError, match="a pipe or a device"):
            files.scan([path])


@pytest.mark.parametrize("name", ["none", "x" * 5000, "a\0b", "loop", "a.txt/in"])
def test_a_name_that_leads_nowhere_is_one_sentence(tmp_path, name):
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError, match="check the name") as caught:
        files.scan([tmp_path / name])
    assert len(str(caught.value)) < 200


@posix
def test_links_in_circles_end(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(png())
    (tmp_path / "in" / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    reasons = said(tmp_path)
    assert reasons.pop("in/a.png") == ""
    assert "read where it lies" in reasons.pop("in/up")
    assert reasons == dict.fromkeys(("self", "one", "two"), "is a link to nothing.")


@posix
def test_names_that_cannot_be_printed_are_named_legibly(tmp_path):
    (tmp_path / "a\n\x1b[31m.png").write_bytes(png())
    Path(tmp_path, os.fsdecode(b"\xff.png")).write_bytes(b"junk")
    reasons = said(tmp_path)
    assert set(reasons) == {"a\ufffd\ufffd[31m.png", "\ufffd.png"}
    repr(reasons).encode("utf-8")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (zipped(), "empty zip"),
        (zipped(("../a.png", png())), "outside its folder"),
        (zipped(("A.png", png()), ("a.png", png())), "two members of one name"),
        (zipped(("x", b"1"), ("x/a.png", png())), "cannot be unpacked"),
        (zipped(("x" * 300 + ".png", png())), "cannot be unpacked"),
        (zipped(("a:b.png", png())), "outside its folder"),
        (b"PK\x03\x04" + bytes(200), "damaged zip"),
    ],
    ids=["empty", "slip", "capitals", "file and folder", "long name", "drive", "junk"],
)
def test_zips_that_cannot_be_unpacked(tmp_path, content, why):
    (tmp_path / "z.zip").write_bytes(content)
    (tmp_path / "ok.zip").write_bytes(zipped(("Bilder Köln/ä 1.png", png())))
    reasons = said(tmp_path)
    assert reasons.pop("ok.zip/Bilder Köln/ä 1.png") == ""
    assert list(reasons) == ["z.zip"]
    assert why in reasons["z.zip"]


@pytest.mark.parametrize(("depth", "readable"), [(1, True), (3, True), (4, False), (2000, False)])
def test_zips_within_zips_end(tmp_path, depth, readable):
    content, name = png(), "a.png"
    for level in range(depth):
        content, name = zipped((name, content)), f"{level}.zip"
    (tmp_path / "z.zip").write_bytes(content)
    reasons = said(tmp_path)
    assert len(reasons) == 1
    assert next(iter(reasons.values())).startswith("" if readable else "is a zip within 3 others")
    assert readable == (next(iter(reasons.values())) == "")


def volume(**header):
    """Return a NIfTI file as bytes, with fields of its header overwritten: offset to bytes."""
    made = bytearray(nib.Nifti1Image(np.ones((4, 5, 6), np.float32), np.eye(4)).to_bytes())
    for at, value in header.items():
        made[int(at[1:]) : int(at[1:]) + len(value)] = value
    return bytes(made)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (volume(), ""),
        (volume(o42=struct.pack("<h", -4)), "has the shape"),
        (volume(o42=struct.pack("<3h", 32767, 32767, 32767)), "more than the"),
        (volume(o70=struct.pack("<h", 999)), "cannot be read as NIfTI"),
        (volume(o108=struct.pack("<f", np.nan)), "cannot be read as NIfTI"),
        (volume(o108=struct.pack("<f", 1e30)), "its pixels cannot be read"),
        (volume(o112=struct.pack("<2f", 3e38, 3e38)), "NaN or infinite"),
        (volume(o123=b"\xff"), "units of length or time"),
        (volume(o280=struct.pack("<f", 1e30)), "not an invertible 4x4"),
        (volume(o280=struct.pack("<f", np.nan)), "not finite"),
        (volume()[:400], "its pixels cannot be read"),
        (volume()[:348], "its pixels cannot be read"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_nifti_headers_that_lie(tmp_path, content, why, packed):
    name = "v.nii.gz" if packed else "v.nii"
    (tmp_path / name).write_bytes(gzip.compress(content) if packed else content)
    reason = said(tmp_path)[name]
    assert why in reason
    assert bool(reason) == bool(why)


@pytest.mark.parametrize("values", [np.full((4, 5, 6), 1e300), np.full((4, 5, 6), np.inf)])
def test_doubles_that_float32_does_not_hold(tmp_path, values):
    nib.save(nib.Nifti1Image(values, np.eye(4)), tmp_path / "v.nii")
    assert "120 NaN or infinite" in said(tmp_path)["v.nii"]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (np.full((9, 9), 1e300), "81 NaN or infinite"),
        (np.zeros((9, 9), np.complex64), "complex64"),
        (np.ones((9, 9), np.float16), ""),
        (np.zeros((9, 9), np.uint32), ""),
    ],
)
def test_tiffs_of_odd_values(tmp_path, values, why):
    tifffile.imwrite(tmp_path / "t.tif", values)
    reason = said(tmp_path)["t.tif"]
    assert why in reason
    assert bool(reason) == bool(why)


@pytest.mark.parametrize("length", [8, 60, 120, 200, 300, 400])
def test_a_tiff_cut_off_anywhere_is_a_sentence(tmp_path, length):
    tifffile.imwrite(tmp_path / "t.tif", np.zeros((5, 20, 20), np.uint8))
    (tmp_path / "t.tif").write_bytes((tmp_path / "t.tif").read_bytes()[:length])
    assert set(said(tmp_path)) == {"t.tif"}


def test_a_tiff_whose_pages_go_in_circles(tmp_path):
    (tmp_path / "t.tif").write_bytes(b"II*\0" + struct.pack("<IHI", 8, 0, 8))
    assert said(tmp_path)["t.tif"]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"RescaleSlope": "1e300"}, "impossible RescaleSlope"),
        ({"RescaleSlope": "0"}, "impossible RescaleSlope"),
        ({"RescaleIntercept": "1e30"}, "impossible RescaleSlope"),
        ({"RescaleSlope": ""}, ""),
        ({"WindowCenter": "1e300", "WindowWidth": "100"}, ""),
        ({"PixelSpacing": ["1e300", "1e300"]}, ""),
        ({"Rows": 65535, "Columns": 65535}, "decompression bomb"),
        ({"NumberOfFrames": "99999999"}, "NumberOfFrames"),
        ({"BitsStored": 17}, "BitsStored"),
    ],
)
def test_film_headers_that_lie(tmp_path, values, why):
    made = instance(np.ones((8, 8), np.uint16), modality="CR", sop_class=ComputedRadiographyImageStorage, **values)
    save(made, tmp_path / "f.dcm")
    reason = said(tmp_path)["f.dcm"]
    assert why in reason
    assert bool(reason) == bool(why)
    assert SECRET not in reason


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"RescaleSlope": "1e300"}, "impossible RescaleSlope"),
        ({"PixelSpacing": ["1e200", "1e200"]}, "not an invertible 4x4"),
        ({"ImageOrientationPatient": ["0"] * 6}, "right angles"),
        ({"ImageOrientationPatient": ["1", "0", "0", "1", "0", "0"]}, "right angles"),
        ({"ImagePositionPatient": ["0", "0"]}, "ImagePositionPatient"),
        ({"ImagePositionPatient": ["0", "0", "0"]}, "place that another one holds"),
        ({"ImageType": "ORIGINAL\\PRIMARY\\MOSAIC"}, "mosaic"),
        ({"PixelSpacing": ["-1", "1"]}, "PixelSpacing"),
    ],
)
def test_series_headers_that_lie(tmp_path, values, why):
    made, _ = ct_slices(np.zeros((3, 6, 5), np.int16), **values)
    save_all(made, tmp_path / "s")
    (tmp_path / "a.png").write_bytes(png())
    reasons = said(tmp_path)
    assert reasons.pop("a.png") == ""
    assert reasons
    assert all(why in reason and SECRET not in reason for reason in reasons.values())
