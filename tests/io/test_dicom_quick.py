"""The plain header's own pass says what pydicom says, of every file, however it is damaged; or it says nothing."""

import struct
from pathlib import Path

import data_store
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from osteon.errors import InputError
from osteon.io import dicom_header
from osteon.io.dicom_header import read_header
from osteon.io.dicom_quick import FIRST_BYTES, quick

TAGS = frozenset(dicom_header._PIXEL_WORDS)
HOMES = (Path(pydicom.__file__).parent / "data" / "test_files", Path(data_store.__file__).parent)
SHIPPED = sorted(path for home in HOMES for path in home.rglob("*.dcm"))


def told(path: Path):
    """Return what is read of the header, or what is said against the file."""
    try:
        found = read_header(path, name="x")
    except InputError as error:
        return str(error)
    return found.size, found.syntax, found.pixels, found.data


def slowly(path: Path):
    """Return what pydicom alone makes of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dicom_header, "_plain_header", lambda _: None)
        return told(path)


@pytest.fixture(scope="module")
def plain() -> Path:
    """Return an ordinary CT slice, explicit little endian."""
    return HOMES[0] / "CT_small.dcm"


def test_an_ordinary_slice_is_plain(plain: Path) -> None:
    found = quick(plain.read_bytes()[:FIRST_BYTES], pixel_tags=TAGS)
    dataset = pydicom.dcmread(plain)
    assert found is not None
    assert found.data["Rows"] == (dataset.Rows,)
    assert found.data["ImagePositionPatient"].split("\\") == [str(v) for v in dataset.ImagePositionPatient]
    raw = plain.read_bytes()[found.offset : found.offset + found.length]
    assert raw == dataset.PixelData


def test_every_file_that_pydicom_ships_reads_the_same() -> None:
    assert len(SHIPPED) > 100
    assert [path.name for path in SHIPPED if told(path) != slowly(path)] == []
    plainly = [path for path in SHIPPED if quick(path.read_bytes()[:FIRST_BYTES], pixel_tags=TAGS)]
    assert len(plainly) > 40, "it is worth its while"


def as_a_pacs_sends_it(plain: Path, path: Path, *, implicit: bool) -> Path:
    """Write the slice with sequences of no stated length, one within the other, that osteon does not look into."""
    dataset, inner, code = pydicom.dcmread(plain), Dataset(), Dataset()
    code.CodeValue, code.CodingSchemeDesignator = "T-11000", "SRT"
    inner.PurposeOfReferenceCodeSequence, inner.ReferencedSOPInstanceUID = Sequence([code, Dataset()]), "1.2.3"
    inner["PurposeOfReferenceCodeSequence"].is_undefined_length = True
    dataset.SourceImageSequence = Sequence([inner, Dataset()])
    dataset["SourceImageSequence"].is_undefined_length = True
    for item in (inner, code, *dataset.SourceImageSequence):
        item.is_undefined_length_sequence_item = True
    if implicit:
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    dataset.save_as(path, implicit_vr=implicit, little_endian=True)
    return path


@pytest.mark.parametrize("kind", ["plain", "explicit", "implicit"])
def test_a_file_with_any_of_its_bytes_changed_reads_the_same(kind: str, plain: Path, tmp_path: Path) -> None:
    given = plain if kind == "plain" else as_a_pacs_sends_it(plain, tmp_path / "sent", implicit=kind == "implicit")
    rng, data = np.random.default_rng(0), given.read_bytes()
    end = quick(data[:FIRST_BYTES], pixel_tags=TAGS).offset
    changed, plainly = tmp_path / "changed.dcm", 0
    for _ in range(150):
        bad = bytearray(data)
        for at in rng.integers(0, end, rng.integers(1, 4)):
            bad[at] = rng.integers(0, 256)
        changed.write_bytes(bytes(bad))
        assert told(changed) == slowly(changed)
        plainly += quick(bytes(bad[:FIRST_BYTES]), pixel_tags=TAGS) is not None
    assert plainly > 40, "many of them are still plain, or nothing was tried"


def test_a_file_cut_anywhere_reads_the_same(plain: Path, tmp_path: Path) -> None:
    data, cut = plain.read_bytes(), tmp_path / "cut.dcm"
    for length in [*range(0, 400, 7), *range(400, 6600, 131)]:
        cut.write_bytes(data[:length])
        assert told(cut) == slowly(cut), length


@pytest.mark.parametrize(
    ("change", "plainly"),
    [
        (lambda d: setattr(d, "PatientID", "Müller^Jörg"), True),
        (lambda d: d.add_new(0x00204000, "UT", "x" * FIRST_BYTES), False),
        (lambda d: setattr(d, "PixelSpacing", None), True),
        (lambda d: setattr(d, "EchoTime", None), True),
        (lambda d: setattr(d, "Modality", ""), True),
        (lambda d: d.add_new(0x00082112, "SQ", [Dataset()]), True),
        (lambda d: d.add_new(0x00082218, "SQ", [Dataset()]), False),
        (lambda d: d.add_new(0x00191011, "UN", b"\\0\\1\\2\\3"), True),
        (lambda d: d.add_new(0x70530010, "LO", "Philips PET Private Group"), True),
        (lambda d: d.__delitem__("PixelData"), False),
        (lambda d: d.__delitem__("SOPClassUID"), True),
    ],
    ids=["letters", "long", "no spacing", "no number", "no word", "a sequence to skip", "a sequence to read", "unknown",
         "private", "no pixels", "class in the meta group alone"],
)  # fmt: skip
def test_what_is_odd_is_left_to_pydicom_and_reads_the_same(change, plainly: bool, plain: Path, tmp_path: Path) -> None:
    dataset = pydicom.dcmread(plain)
    change(dataset)
    path = tmp_path / "x.dcm"
    dataset.save_as(path)
    assert (quick(path.read_bytes()[:FIRST_BYTES], pixel_tags=TAGS) is not None) == plainly
    assert told(path) == slowly(path)


@pytest.mark.parametrize("implicit", [True, False])
def test_sequences_of_no_stated_length_are_passed_over(*, implicit: bool, plain: Path, tmp_path: Path) -> None:
    path = as_a_pacs_sends_it(plain, tmp_path / "x.dcm", implicit=implicit)
    assert b"\xfe\xff\xdd\xe0" in path.read_bytes()
    found = quick(path.read_bytes()[:FIRST_BYTES], pixel_tags=TAGS)
    assert found is not None
    assert found.data["Rows"] == (128,)
    assert "CodeValue" not in found.data, "what stands in a sequence is not the image's own"
    assert told(path) == slowly(path)


@pytest.mark.parametrize("said", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_a_file_that_says_one_encoding_and_has_another_is_left_to_pydicom(
    said: str, plain: Path, tmp_path: Path
) -> None:
    implicit = said != ImplicitVRLittleEndian
    path = as_a_pacs_sends_it(plain, tmp_path / "x.dcm", implicit=implicit)
    before = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    data = path.read_bytes()
    at = data.index(before.encode())
    stated = struct.unpack_from("<H", data, at - 2)[0]
    new = said.encode().ljust(len(said) + len(said) % 2, b"\0")
    length = struct.unpack_from("<L", data, 140)[0] + len(new) - stated
    data = (
        data[:140]
        + struct.pack("<L", length)
        + data[144 : at - 2]
        + struct.pack("<H", len(new))
        + new
        + data[at + stated :]
    )
    path.write_bytes(data)
    assert quick(data[:FIRST_BYTES], pixel_tags=TAGS) is None
    assert told(path) == slowly(path)


def test_a_value_that_reaches_beyond_what_was_read_is_not_guessed(plain: Path) -> None:
    start = bytearray(plain.read_bytes()[:FIRST_BYTES])
    at = start.index(struct.pack("<HH2s", 0x0008, 0x0070, b"LO")) + 6
    start[at : at + 2] = b"\xff\xff"
    assert quick(bytes(start), pixel_tags=TAGS) is None


@pytest.mark.parametrize(
    "start", [b"", b"\0" * 131, b"\0" * 128 + b"DICM", b"\0" * 128 + b"DICM\2\0\0\0UL\4\0" + b"\xff" * 20]
)
def test_what_is_no_header_is_none(start: bytes) -> None:
    assert quick(start, pixel_tags=TAGS) is None


def test_a_file_that_cannot_be_opened_is_the_sentence_it_always_was(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be opened"):
        read_header(tmp_path / "gone.dcm", name="gone.dcm")
