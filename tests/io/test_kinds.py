import gzip
import os
import zipfile

import numpy as np
import pytest
from PIL import Image as Pillow

from osteon.errors import InputError
from osteon.io.kinds import Kind, kind_of

NIFTI_1 = bytes(344) + b"n+1\0"
NIFTI_2 = bytes(4) + b"n+2\0" + bytes(600)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("noname", bytes(128) + b"DICM", Kind.DICOM),
        ("x.png", bytes(128) + b"DICM", Kind.DICOM),  # content goes before the name
        ("x.dcm", b"anything", Kind.DICOM),
        ("bare", b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100", Kind.DICOM),
        ("x", bytes(128) + b"DICM" + b"1.2.840.10008.5.1.4.1.1.77.1.6", Kind.DICOM_SLIDE),
        ("x.ndpi", b"anything", Kind.SLIDE),
        ("x.jpg", b"\x89PNG\r\n\x1a\n", Kind.PICTURE),
        ("x", b"\xff\xd8\xff\xe0", Kind.PICTURE),
        ("x", b"NRRD0004\n", Kind.NRRD),
        ("x", NIFTI_1, Kind.NIFTI),
        ("x", NIFTI_2, Kind.NIFTI),
        ("x", gzip.compress(NIFTI_1, mtime=0), Kind.NIFTI),
        ("x.csv.gz", gzip.compress(b"a,b\n1,2\n", mtime=0), Kind.TEXT),
        ("x.TSV", b"a\tb\n", Kind.TEXT),
        ("x", b"\xef\xbb\xbf##TITLE=x\n", Kind.TEXT),
        ("x.spc", b"anything", Kind.TEXT),
        ("x", b"PAR1", Kind.SPREADSHEET),
    ],
)
def test_content_tells_the_kind_and_the_name_only_where_it_cannot(tmp_path, name, content, kind):
    path = tmp_path / name
    path.write_bytes(content)
    assert kind_of(path) is kind


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        (["xl/workbook.xml", "a"], Kind.SPREADSHEET),
        (["a.npy", "b.npy"], Kind.TEXT),
        (["a.npy", "b.dcm"], Kind.ARCHIVE),
        ([], Kind.ARCHIVE),
    ],
)
def test_zips_by_what_they_hold(tmp_path, members, kind):
    with zipfile.ZipFile(tmp_path / "x", "w") as packed:
        for name in members:
            packed.writestr(name, b"x")
    assert kind_of(tmp_path / "x") is kind


def test_a_plain_tiff_is_a_picture_and_a_pyramid_a_slide(tmp_path):
    import tifffile

    Pillow.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "flat.tif")
    with tifffile.TiffWriter(tmp_path / "deep.tif") as out:
        out.write(np.zeros((512, 512, 3), np.uint8), tile=(128, 128), subifds=1, photometric="rgb")
        out.write(np.zeros((256, 256, 3), np.uint8), tile=(128, 128), subfiletype=1, photometric="rgb")
    assert kind_of(tmp_path / "flat.tif") is Kind.PICTURE
    assert kind_of(tmp_path / "deep.tif") is Kind.SLIDE


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.dcm", b"", "0 bytes"),
        ("x.txt", b"hello", "no kind"),
        ("x.gif", b"GIF89a", "no kind"),
        ("x.nii.gz", b"\x1f\x8b\x08\0broken", "damaged gzip"),
        ("x.gz", gzip.compress(b"hello", mtime=0), "no kind"),
        ("x.zip", b"PK\x03\x04broken", "damaged zip"),
    ],
)
def test_what_is_of_no_kind_says_so(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        kind_of(path)
    assert caught.value.file == name


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(InputError, match="check its rights"):
        kind_of(path)
