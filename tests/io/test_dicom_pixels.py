import warnings
from dataclasses import replace

import imagecodecs
import numpy as np
import pydicom
import pytest
from dicom_maker import SECRET, instance, package_files, save
from pydicom.encaps import encapsulate
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from osteon.errors import InputError
from osteon.io import dicom_pixels
from osteon.io.dicom_header import MAX_BYTES, read_header
from osteon.io.dicom_layout import layout
from osteon.io.dicom_pixels import codestream_size, stored_frames

# Files that pydicom reads and osteon refuses, or the other way round, each with its reason.
OURS_ALONE = {
    "JPEG-lossy.dcm": "12-bit JPEG, which pydicom's plugins leave",
    "JPGExtended.dcm": "12-bit JPEG, which pydicom's plugins leave",
    "emri_small_jpeg_2k_lossless_too_short.dcm": "every frame is whole, only the end mark is missing",
    "OT-PAL-8-face.dcm": "it lacks the header that dcmread insists on",
}
THEIRS_ALONE = {"SC_rgb_jpeg.dcm": "the encoding of the data set is not the one stated"}


def stored(path):
    header = read_header(path, name=path.name)
    return np.stack(list(stored_frames(header, layout(header))))


FILES = [path for path in package_files() if path.name != "color3d_jpeg_baseline.dcm"]  # 120 frames, 10 s


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_file_of_pydicom_is_read_as_pydicom_reads_it_or_refused(path):
    try:
        ours = stored(path)
    except InputError:
        ours = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs = pydicom.dcmread(path).pixel_array
        except Exception:  # it raises many kinds
            theirs = None
    if ours is not None and theirs is not None:
        assert np.array_equal(ours, theirs.reshape(ours.shape))
    elif ours is not None:
        assert path.name in OURS_ALONE
    elif theirs is not None and path.name not in THEIRS_ALONE:
        header = read_header(path, name=path.name)
        assert header.count("BitsAllocated") == 1 or header.text("PhotometricInterpretation") == "PALETTE COLOR"


def test_twelve_bit_jpeg_is_close_to_its_uncompressed_original():
    files = {path.name: path for path in package_files()}
    lossy, original = stored(files["JPEG-lossy.dcm"]), stored(files["JPEG2000_UNC.dcm"])
    assert np.corrcoef(lossy.ravel(), original.ravel())[0, 1] > 0.9
    assert lossy.max() == pytest.approx(original.max(), rel=0.1)


def as_syntax(made, syntax):
    if syntax in (RLELossless, JPEG2000Lossless, JPEGLSLossless):
        made.compress(syntax)
    else:
        made.file_meta.TransferSyntaxUID = syntax
    return made


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, RLELossless, JPEG2000Lossless, JPEGLSLossless]
)
@pytest.mark.parametrize("frames", [1, 3])
def test_pixels_come_back_from_each_transfer_syntax(syntax, frames, tmp_path, rng):
    pixels = rng.integers(0, 4000, (frames, 64, 70)).astype(np.uint16)
    made = as_syntax(instance(pixels), syntax)
    assert np.array_equal(stored(save(made, tmp_path / "a.dcm")).reshape(pixels.shape), pixels)


def test_one_frame_of_many_can_be_read_alone(tmp_path, rng):
    pixels = rng.integers(0, 4000, (4, 64, 70)).astype(np.uint16)
    for made in (instance(pixels), as_syntax(instance(pixels), JPEG2000Lossless)):
        header = read_header(save(made, tmp_path / "a.dcm"), name="a")
        some = list(stored_frames(header, layout(header), frames=(3, 1)))
        assert np.array_equal(some, pixels[[3, 1]])


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"Rows": None}, "none for Rows; 1 to 65535 is needed"),
        ({"Rows": 0}, "0 for Rows"),
        ({"Rows": 9}, "cut off: 96 of 216 bytes"),
        ({"BitsAllocated": 12, "BitsStored": 12, "HighBit": 11}, "allocates 12 bits"),
        ({"BitsStored": 17}, "17 for BitsStored"),
        ({"PixelRepresentation": 2}, "PixelRepresentation"),
        ({"SamplesPerPixel": 2}, "2 sample"),
        ({"PhotometricInterpretation": "HSV"}, "of a kind that is not read"),
        ({"NumberOfFrames": 999999, "Rows": 60000, "Columns": 60000}, "decompression bomb"),
        ({"PixelData": None}, "no pixel data"),
    ],
)
def test_impossible_headers_are_refused_before_anything_is_allocated(values, match, tmp_path):
    path = save(instance(np.zeros((4, 12), np.uint16), **values), tmp_path / "a.dcm")
    with pytest.raises(InputError, match=match) as caught:
        stored(path)
    assert caught.value.file == "a.dcm"
    assert SECRET not in str(caught.value)


def test_compressed_bombs_are_refused(tmp_path):
    made = as_syntax(instance(np.zeros((16, 16), np.uint16)), RLELossless)
    made.Rows = made.Columns = 20000
    with pytest.raises(InputError, match="or 1000 times the file, is refused as a decompression bomb"):
        stored(save(made, tmp_path / "a.dcm"))
    assert MAX_BYTES == 4 * 2**30


def test_a_frame_that_claims_another_size_than_its_header_is_refused(tmp_path, rng):
    made = as_syntax(instance(rng.integers(0, 9, (64, 64)).astype(np.uint16)), JPEG2000Lossless)
    made.Rows = 8
    with pytest.raises(InputError, match="says 8x64, but its compressed frame is 64x64"):
        stored(save(made, tmp_path / "a.dcm"))


def test_a_compressed_frame_that_stops_early_is_refused(tmp_path, rng):
    made = as_syntax(instance(rng.integers(0, 4000, (64, 64)).astype(np.uint16)), JPEG2000Lossless)
    path = save(made, tmp_path / "a.dcm")
    path.write_bytes(path.read_bytes()[:-1500])
    with pytest.raises(InputError):
        stored(path)


def test_a_transfer_syntax_without_a_codec_is_named(tmp_path, monkeypatch):
    class Absent:
        is_available = False

    path = save(as_syntax(instance(np.zeros((64, 64), np.uint16)), RLELossless), tmp_path / "a.dcm")
    monkeypatch.setattr(dicom_pixels, "get_decoder", lambda uid: Absent)
    with pytest.raises(InputError, match=r"RLE Lossless, which no installed codec reads"):
        stored(path)
    header = replace(read_header(path, name="a"), syntax="1.2.840.10008.1.2.4.100")
    monkeypatch.undo()
    with pytest.raises(InputError, match="MPEG2"):
        next(stored_frames(header, layout(header)))


def test_sizes_are_found_in_codestreams():
    assert codestream_size(b"\xff\xd8\xff\xc0\x00\x0b\x08\x00\x10\x00\x20\x01") == (16, 32)
    assert codestream_size(b"\xff\xd8\xff\xe0\x00\x04ab\xff\xf7\x00\x0b\x08\x00\x10\x00\x20\x01") == (16, 32)
    assert codestream_size(b"no stream at all") is None
    assert codestream_size(b"") is None


@pytest.mark.parametrize("kind", [np.uint16, np.int16])
@pytest.mark.parametrize("bits", [12, 16])
def test_grey_jpeg_2000_is_the_same_with_and_without_pydicom(kind, bits, tmp_path, rng, monkeypatch):
    low, high = (0, 2**bits) if kind is np.uint16 else (-(2 ** (bits - 1)), 2 ** (bits - 1))
    pixels = rng.integers(low, high, (2, 64, 70)).astype(kind)
    made = instance(pixels, BitsStored=bits, HighBit=bits - 1)
    path = save(as_syntax(made, JPEG2000Lossless), tmp_path / "a.dcm")
    assert np.array_equal(stored(path), pixels)
    monkeypatch.setattr(dicom_pixels, "_plain_grey", lambda found, code: False)
    assert np.array_equal(stored(path), pixels)


def test_jpeg_2000_that_disagrees_with_its_header_is_left_to_pydicom(tmp_path, rng):
    pixels = rng.integers(-2000, 2000, (40, 50)).astype(np.int16)
    made = instance(pixels)
    made.file_meta.TransferSyntaxUID = JPEG2000Lossless
    code = imagecodecs.jpeg2k_encode(pixels.view(np.uint16), level=0, codecformat="j2k", reversible=True)
    made.PixelData = encapsulate([code])
    made["PixelData"].is_undefined_length = True
    assert np.array_equal(stored(save(made, tmp_path / "a.dcm")).reshape(pixels.shape), pixels)


@pytest.mark.parametrize("seed", range(30))
def test_damaged_jpeg_2000_is_pixels_or_our_error(seed, tmp_path):
    rng = np.random.default_rng(seed)
    made = as_syntax(instance(rng.integers(0, 4000, (64, 70)).astype(np.uint16)), JPEG2000Lossless)
    path = save(made, tmp_path / "a.dcm")
    raw = bytearray(path.read_bytes())
    start = raw.find(b"\xff\x4f\xff\x51")
    for at in rng.integers(start, len(raw), 5):
        raw[at] = rng.integers(256)
    path.write_bytes(raw)
    try:
        shape = stored(path).shape
    except InputError as error:
        shape = error.file
    assert shape in ((1, 64, 70), "a.dcm")
