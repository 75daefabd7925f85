import struct
from pathlib import Path

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.io.dicom_header import Header
from osteon.io.dicom_layout import Layout
from osteon.io.dicom_lut import Lut, presentation
from osteon.io.dicom_values import Values

STORED = np.array([[0, 1000], [2000, 4095]], np.uint16)


def header(**values):
    return Header(path=Path("a.dcm"), name="a.dcm", size=1, syntax="", pixels=None, data=values)


def layout(photometric="MONOCHROME2", *, stored=12, signed=False):
    return Layout(
        rows=2, columns=2, frames=1, samples=1, bits=16, stored=stored, high=stored - 1, signed=signed,
        photometric=photometric, native=True,
    )  # fmt: skip


def shown(photometric="MONOCHROME2", **values):
    return presentation(header(**values), layout(photometric))(STORED)


def test_without_a_window_the_whole_range_of_the_bits_is_shown():
    assert np.allclose(shown(), STORED / 4095)
    assert "no usable window" in presentation(header(), layout()).notes[0]


@pytest.mark.parametrize(
    ("function", "value", "expected"),
    [
        ("LINEAR", 2000, (2000 - 1999.5) / 999 + 0.5),
        ("LINEAR_EXACT", 2000, 0.5),
        ("SIGMOID", 2000, 0.5),
        ("LINEAR", 4095, 1.0),
        ("LINEAR_EXACT", 0, 0.0),
        ("SIGMOID", 0, 1 / (1 + np.exp(8.0))),
    ],
)
def test_windows_as_the_standard_has_them(function, value, expected):
    """PS3.3 C.11.2.1: LINEAR, LINEAR_EXACT and SIGMOID about centre 2000, width 1000."""
    found = shown(WindowCenter="2000", WindowWidth="1000", VOILUTFunction=function)
    assert found[value == STORED][0] == pytest.approx(expected, abs=1e-6)
    assert found.dtype == np.float32


@pytest.mark.parametrize(
    ("centre", "width"),
    [("5", "0"), ("5", "-5"), ("1e300", "100"), ("5", "1e300"), ("x", "5"), ("5", ""), ("nan", "5")],
)
def test_a_window_that_shows_nothing_is_not_used(centre, width):
    with np.errstate(all="raise"):
        assert np.allclose(shown(WindowCenter=centre, WindowWidth=width), STORED / 4095)


def test_the_first_of_several_windows_holds_and_it_is_said():
    made = presentation(header(WindowCenter="2000\\1", WindowWidth="1000\\1"), layout())
    assert made.window == (2000.0, 1000.0)
    assert "first is used" in made.notes[0]


@pytest.mark.parametrize(
    ("photometric", "values", "inverted"),
    [
        ("MONOCHROME1", {}, True),
        ("MONOCHROME2", {}, False),
        ("MONOCHROME2", {"PresentationLUTShape": "INVERSE"}, True),
        ("MONOCHROME1", {"PresentationIntentType": "FOR PROCESSING"}, True),
        ("MONOCHROME2", {"PresentationIntentType": "FOR PROCESSING", "PixelIntensityRelationshipSign": (1,)}, True),
        ("MONOCHROME1", {"PresentationIntentType": "FOR PROCESSING", "PixelIntensityRelationshipSign": (-1,)}, False),
    ],
)
def test_bone_is_bright_in_every_film(photometric, values, inverted):
    found = shown(photometric, **values)
    assert np.allclose(found, 1 - STORED / 4095 if inverted else STORED / 4095)


@pytest.mark.parametrize("slope", ["0", "nan", "x", "1e300", "-1e21"])
def test_an_impossible_slope_is_refused(slope):
    with pytest.raises(InputError, match="impossible RescaleSlope"):
        presentation(header(RescaleSlope=slope), layout())


def test_a_negative_slope_turns_the_range():
    made = presentation(header(RescaleSlope="-1", RescaleIntercept="4095"), layout())
    assert np.allclose(made(STORED), 1 - STORED / 4095)


def lut(entries, descriptor):
    return Values(data={"LUTData": entries, "LUTDescriptor": descriptor})


@pytest.mark.parametrize(
    "entries",
    [(0, 100, 200, 255), struct.pack("<4H", 0, 100, 200, 255), bytes([0, 100, 200, 255])],
    ids=["numbers", "words", "bytes"],
)
def test_a_table_is_read_however_it_is_stored(entries):
    made = presentation(header(VOILUTSequence=(lut(entries, (4, 1000, 8)),)), layout())
    assert np.allclose(made(np.array([[0, 1001], [1002, 9999]])) * 255, [[0, 100], [200, 255]])


def test_a_modality_table_goes_before_the_window():
    table = lut((0, 1000, 2000, 4000), (4, 0, 16))
    made = presentation(header(ModalityLUTSequence=(table,)), layout())
    assert np.allclose(made(np.array([[0, 1], [2, 3]])), [[0, 0.25], [0.5, 1]])


@pytest.mark.parametrize(
    ("entries", "descriptor"),
    [((0, 1), (9, 0, 8)), ((0, 1), (2, 0, 99)), ((0, 1), (2, 0)), ((), (2, 0, 8)), (b"", (2, 0, 8)), ("x", (2, 0, 8))],
)
def test_a_damaged_table_is_refused(entries, descriptor):
    with pytest.raises(InputError, match="VOILUTSequence"):
        presentation(header(VOILUTSequence=(lut(entries, descriptor),)), layout())


def test_a_start_below_zero_that_is_stated_unsigned():
    made = presentation(
        header(VOILUTSequence=(lut((0, 50, 100), (3, 65535, 8)),), PixelRepresentation=(1,)), layout(signed=True)
    )
    assert made.voi.first == -1
    assert np.array_equal(made.voi(np.array([-5, -1, 0, 1, 7])), [0, 0, 50, 100, 100])


def test_values_beyond_a_table_take_its_ends():
    table = Lut(data=np.array([1.0, 2.0, 3.0]), first=10, top=3)
    assert np.array_equal(table(np.array([-99, 10, 11.4, 12, 99])), [1, 1, 2, 3, 3])
