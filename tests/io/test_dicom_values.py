import struct

import pytest
from dicom_maker import item
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from osteon.io.dicom_values import Values, plain


@pytest.mark.parametrize(
    ("stored", "text", "number", "count"),
    [
        (" 5 ", "5", 5.0, 5),
        ("5\\6", "5", 5.0, 5),
        ("1.5", "1.5", 1.5, None),
        ("-1", "-1", -1.0, None),
        ("", None, None, None),
        ("x\0", "x", None, None),
        ("1\\x", "1", None, None),
        ("nan", "nan", None, None),
        ("1e999", "1e999", None, None),
        ((7, 8), "7", 7.0, 7),
        ((2.5,), "2.5", 2.5, None),
        ((float("inf"),), "inf", None, None),
        ((), None, None, None),
        (b"\1\2", None, None, None),
        (None, None, None, None),
    ],
)
def test_a_value_is_what_it_says_or_none(stored, text, number, count):
    values = Values(data={} if stored is None else {"Rows": stored})
    assert (values.text("Rows"), values.number("Rows"), values.count("Rows")) == (text, number, count)


def test_exactly_as_many_numbers_as_are_asked_for():
    values = Values(data={"PixelSpacing": "0.5\\0.7"})
    assert values.numbers("PixelSpacing", count=2) == (0.5, 0.7)
    assert values.numbers("PixelSpacing", count=3) is None
    assert values.numbers("Absent", count=2) is None
    assert values.all_numbers("PixelSpacing") == (0.5, 0.7)


def test_items_of_a_sequence_and_what_is_none():
    inner = Values(data={"Rows": (3,)})
    values = Values(data={"VOILUTSequence": (inner,), "Rows": (1,), "Empty": ()})
    assert values.item("VOILUTSequence").count("Rows") == 3
    assert values.item("VOILUTSequence", index=1) == Values()
    assert values.items("Rows") == values.items("Empty") == values.items("Absent") == ()
    assert "Rows" in values
    assert "Absent" not in values


def raw(keyword_tag, vr, value, *, little=True):
    return RawDataElement(Tag(keyword_tag), vr, len(value), value, 0, False, little)


@pytest.mark.parametrize(
    ("vr", "value", "little", "found"),
    [
        ("US", struct.pack("<H", 300), True, (300,)),
        ("US", struct.pack(">H", 300), False, (300,)),
        ("IS", b"300", True, "300"),
        ("UN", struct.pack("<H", 300), True, (300,)),  # the dictionary's VR where the file states none
        ("US", b"\1\2\3", True, (513,)),  # half a value at the end is dropped
        ("US", b"", True, ()),
    ],
)
def test_an_element_is_read_by_its_vr(vr, value, little, found):
    made = Dataset()
    made._dict[Tag(0x00280010)] = raw(0x00280010, vr, value, little=little)
    assert plain(made) == {"Rows": found}


def test_only_what_is_looked_at_is_kept():
    made = Dataset()
    made.PatientName, made.PatientID, made.Modality = "Zweitname^Anna", "17", "CT"
    made.VOILUTSequence = [item(LUTDescriptor=[2, 0, 8], PatientName="Zweitname^Anna")]
    assert "Zweitname" not in repr(plain(made))
    assert plain(made)["Modality"] == "CT"
    assert plain(made)["VOILUTSequence"][0].all_numbers("LUTDescriptor") == (2.0, 0.0, 8.0)


def test_sequences_within_sequences_end():
    made = inner = Dataset()
    for _ in range(40):
        inner.VOILUTSequence = [Dataset()]
        inner = inner.VOILUTSequence[0]
    found, depth = Values(data=plain(made)), 0
    while found.items("VOILUTSequence"):
        found, depth = found.item("VOILUTSequence"), depth + 1
    assert 1 < depth < 40
