"""Palette colour against pydicom's own look-up, and its damaged tables."""

import warnings

import numpy as np
import pydicom
import pytest
from dicom_maker import instance, package_files, save
from pydicom.pixels import apply_color_lut

from osteon.errors import InputError
from osteon.io import dicom
from osteon.io.dicom_header import read_header
from osteon.io.dicom_radiograph import radiograph

FILES = {path.name: path for path in package_files()}
NAMES = ("examples_palette.dcm", "OBXXXX1A.dcm", "OBXXXX1A_rle.dcm", "OBXXXX1A_expb.dcm")
COLOURS = ("Red", "Green", "Blue")


@pytest.mark.parametrize("name", NAMES)
def test_colours_are_those_of_pydicom(name):
    if name not in FILES:
        pytest.skip(f"{name} is not there: pip install pydicom-data")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = pydicom.dcmread(FILES[name])
        theirs = apply_color_lut(made.pixel_array, made)
    ours = radiograph(read_header(FILES[name], name=name)).datum.read()
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs * (255 / np.iinfo(theirs.dtype).max)).max() < 0.5


def test_segmented_tables_are_refused():
    name = "gdcm-US-ALOKA-16.dcm"
    if name not in FILES:
        pytest.skip(f"{name} is not there: pip install pydicom-data")
    with pytest.raises(InputError, match="segmented ones"):
        radiograph(read_header(FILES[name], name=name))


def picture(pixels, *, bits=8, first=0, **values):
    made = instance(pixels, modality="OT", PhotometricInterpretation="PALETTE COLOR", **values)
    for number, colour in enumerate(COLOURS):
        name = f"{colour}PaletteColorLookupTable"
        table = (np.arange(256) * (number + 1) % 256).astype(np.uint8 if bits == 8 else np.uint16)
        made.add_new(f"{name}Descriptor", "US", [256, first, bits])
        made.add_new(f"{name}Data", "OW", table.tobytes())
    return made


@pytest.mark.parametrize("bits", [8, 16])
def test_tables_of_8_and_16_bits(bits, tmp_path, rng):
    pixels = rng.integers(0, 256, (9, 7)).astype(np.uint8)
    image = dicom.read(save(picture(pixels, bits=bits), tmp_path / "a.dcm"))
    for number in range(3):
        wanted = pixels.astype(int) * (number + 1) % 256 * (255 / (2**bits - 1))
        assert np.allclose(image.read()[..., number], wanted, atol=1e-3)
    assert image.grid.shape == (9, 7)


def test_values_before_the_table_take_its_first_entry(tmp_path):
    pixels = np.array([[0, 9, 10, 11]], np.uint8)
    image = dicom.read(save(picture(pixels, first=10), tmp_path / "a.dcm"))
    assert image.read()[0, :, 0].tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("keyword", "value", "match"),
    [
        ("RedPaletteColorLookupTableData", None, "segmented ones"),
        ("GreenPaletteColorLookupTableDescriptor", None, "damaged GreenPaletteColorLookupTable"),
        ("BluePaletteColorLookupTableData", b"\0\1", "of 2 entries where 256 of 8 bits are stated"),
    ],
)
def test_damaged_palettes_are_refused(keyword, value, match, tmp_path):
    made = picture(np.zeros((4, 4), np.uint8))
    if value is None:
        del made[keyword]
    else:
        made[keyword].value = value
    with pytest.raises(InputError, match=match):
        dicom.read(save(made, tmp_path / "a.dcm"))


def test_a_coloured_slice_is_no_part_of_a_volume(tmp_path):
    made = picture(np.zeros((4, 4), np.uint8))
    made.Modality = "CT"
    with pytest.raises(InputError, match="colour image"):
        dicom.read(save(made, tmp_path / "a.dcm"))


def test_a_coloured_bone_scan_is_no_counts(tmp_path):
    made = picture(np.zeros((4, 4), np.uint8))
    made.Modality = "NM"
    with pytest.raises(InputError, match="colour picture"):
        dicom.read(save(made, tmp_path / "a.dcm"))
