"""How pixels are stored, checked before anything is allocated."""

import numpy as np
import pytest
from dicom_maker import instance, save
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.uid import JPEG2000Lossless

from osteon.errors import InputError
from osteon.io import dicom_layout
from osteon.io.dicom_header import read_header
from osteon.io.dicom_layout import layout


def stated(folder, pixels, **values):
    return layout(read_header(save(instance(pixels, **values), folder / "a.dcm"), name="a.dcm"))


def test_plain_grey(tmp_path):
    found = stated(tmp_path, np.zeros((6, 9), np.int16))
    assert (found.rows, found.columns, found.frames, found.samples) == (6, 9, 1, 1)
    assert (found.bits, found.stored, found.high, found.signed) == (16, 16, 15, True)
    assert found.direct
    assert not found.coloured
    assert found.frame_bytes == 6 * 9 * 2


@pytest.mark.parametrize(
    ("kind", "bits", "low", "high"),
    [(np.uint16, 12, 0, 4095), (np.int16, 12, -2048, 2047), (np.uint16, 16, 0, 65535), (np.uint8, 8, 0, 255)],
)
def test_the_range_of_the_stored_bits(tmp_path, kind, bits, low, high):
    found = stated(tmp_path, np.zeros((4, 4), kind), BitsStored=bits, HighBit=bits - 1)
    assert (found.lowest, found.highest) == (low, high)


@pytest.mark.parametrize(
    ("photometric", "samples", "coloured"),
    [("MONOCHROME1", 1, False), ("MONOCHROME2", 1, False), ("PALETTE COLOR", 1, True), ("RGB", 3, True)],
)
def test_colour_is_told_from_grey(tmp_path, photometric, samples, coloured):
    pixels = np.zeros((4, 4 * samples), np.uint8)
    found = stated(tmp_path, pixels, PhotometricInterpretation=photometric, SamplesPerPixel=samples, Columns=4)
    assert found.coloured == coloured
    assert found.direct == (samples == 1)


@pytest.mark.parametrize(("photometric", "samples"), [("RGB", 1), ("MONOCHROME2", 3), ("CMYK", 4), ("", 3)])
def test_colours_that_do_not_fit_their_samples_are_refused(tmp_path, photometric, samples):
    values = {"PhotometricInterpretation": photometric, "SamplesPerPixel": samples, "Columns": 4}
    with pytest.raises(InputError, match="of a kind that is not read"):
        stated(tmp_path, np.zeros((4, 4 * samples), np.uint8), **values)


def test_what_is_left_out_has_its_usual_value(tmp_path):
    found = stated(
        tmp_path, np.zeros((4, 4), np.uint16), SamplesPerPixel=None, PhotometricInterpretation=None,
        BitsStored=None, HighBit=None, PixelRepresentation=None,
    )  # fmt: skip
    assert (found.samples, found.photometric, found.stored, found.high, found.signed) == (
        1,
        "MONOCHROME2",
        16,
        15,
        False,
    )


def test_bytes_that_end_early_are_refused_and_one_too_many_is_not(tmp_path):
    path = save(instance(np.zeros((8, 8), np.uint16)), tmp_path / "a.dcm")
    raw = path.read_bytes()
    path.write_bytes(raw[:-1])
    with pytest.raises(InputError, match="cut off: 127 of 128 bytes"):
        layout(read_header(path, name="a.dcm"))
    path.write_bytes(raw + b"\0\0")
    assert layout(read_header(path, name="a.dcm")).rows == 8


def test_half_of_the_colour_of_ybr_422_is_not_there(tmp_path):
    values = {"PhotometricInterpretation": "YBR_FULL_422", "SamplesPerPixel": 3, "Columns": 6}
    assert stated(tmp_path, np.zeros((4, 12), np.uint8), **values).samples == 3
    with pytest.raises(InputError, match="cut off: 44 of 48"):
        stated(tmp_path, np.zeros((4, 11), np.uint8), **values)


def test_small_files_may_be_packed_as_tightly_as_they_like(tmp_path, monkeypatch):
    made = instance(np.zeros((512, 512), np.uint16))
    made.compress(JPEG2000Lossless)
    path = save(made, tmp_path / "a.dcm")
    header = read_header(path, name="a.dcm")
    assert path.stat().st_size * 100 < layout(header).frame_bytes
    monkeypatch.setattr(dicom_layout, "SMALL_BYTES", 1000)
    monkeypatch.setattr(dicom_layout, "MAX_RATIO", 50)
    with pytest.raises(InputError, match="50 times the file, is refused as a decompression bomb"):
        layout(header)


def test_compressed_pixels_that_are_missing(tmp_path):
    made = instance(np.zeros((64, 64), np.uint16))
    made.compress(JPEG2000Lossless)
    path = save(made, tmp_path / "a.dcm")
    header = read_header(path, name="a.dcm")
    path.write_bytes(path.read_bytes()[: header.pixels.offset + 8])
    with pytest.raises(InputError, match="compressed pixels are missing"):
        layout(read_header(path, name="a.dcm"))


NUMBERS = ("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "SamplesPerPixel")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keyword=st.sampled_from(NUMBERS), value=st.integers(0, 65535))
def test_any_number_is_a_layout_that_fits_the_file_or_our_error(tmp_path, keyword, value):
    try:
        found = stated(tmp_path, np.zeros((6, 8), np.uint16), **{keyword: value})
    except InputError as error:
        named = error.file
    else:
        named = "a.dcm"
        assert found.frame_bytes <= 6 * 8 * 2
        assert 1 <= found.stored <= found.high + 1 <= found.bits
    assert named == "a.dcm"
