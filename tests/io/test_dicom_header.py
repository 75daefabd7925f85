import logging
import os
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_maker import SECRET, ct_slices, item, package_files, raw, save
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osteon.errors import InputError
from osteon.io import dicom_header
from osteon.io.dicom_header import Header, looks_like_dicom, read_header, tolerant
from osteon.io.dicom_values import Values


@pytest.fixture
def one(rng):
    made, _ = ct_slices(rng.integers(0, 9, (1, 4, 5)).astype(np.int16))
    return made[0]


def test_values_come_by_keyword(one, tmp_path):
    header = read_header(save(one, tmp_path / "a"), name="folder/a")
    assert header.name == "folder/a"
    assert header.text("Modality") == "CT"
    assert header.numbers("PixelSpacing", count=2) == (0.7, 0.9)
    assert header.numbers("PixelSpacing", count=3) is None
    assert (header.count("Rows"), header.count("Columns")) == (4, 5)
    assert header.text("PatientName") is None  # never read
    assert header.pixels.length == 40


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.5", 1.5), (" 2 ", 2.0), ("1A", None), ("", None), ("nan", None), ("inf", None), ("3\\4", 3.0)],
)
def test_numbers_are_finite_or_none(text, number):
    assert Values(data={"EchoTime": text}).number("EchoTime") == number


def test_counts_are_whole_and_not_negative():
    values = Values(data={"Rows": (512,), "Columns": (-1,), "NumberOfFrames": "1.5"})
    assert (values.count("Rows"), values.count("Columns"), values.count("NumberOfFrames")) == (512, None, None)


def test_nested_values_are_reached(one, tmp_path):
    one.DetectorInformationSequence = [item(StartAngle=180, ViewCodeSequence=[item(CodeValue="R-10206")])]
    header = read_header(save(one, tmp_path / "a"), name="a")
    detector = header.item("DetectorInformationSequence")
    assert detector.number("StartAngle") == 180
    assert detector.item("ViewCodeSequence").text("CodeValue") == "R-10206"
    assert header.item("DetectorInformationSequence", index=1).data == {}


def test_the_same_values_without_preamble(one, tmp_path):
    whole = raw(one)
    data_set = whole[whole.index(b"\x08\x00\x16\x00") :]
    for start in (data_set, whole[132:]):
        path = tmp_path / "bare"
        path.write_bytes(start)
        header = read_header(path, name="bare")
        assert header.numbers("PixelSpacing", count=2) == (0.7, 0.9)
        assert header.pixels.length == 40


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", r"is empty \(0 bytes\)"),
        (b"a,b\n1,2\n", "is not a DICOM file"),
        (b"\0" * 200, "is not a DICOM file"),
        (b"\0" * 128 + b"DICM", "holds no DICOM value"),
        (b"\0" * 128 + b"DICM" + b"\xff" * 300, "damaged|no DICOM value"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 300, "is not a DICOM file"),
    ],
)
def test_what_is_not_dicom_is_refused(content, match, tmp_path):
    path = tmp_path / "x y ü.dcm"
    path.write_bytes(content)
    with pytest.raises(InputError, match=match) as caught:
        read_header(path, name="x y ü.dcm")
    assert caught.value.file == "x y ü.dcm"


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name, match in (("pipe", "not a regular file"), ("gone", "cannot be opened"), (".", "not a regular file")):
        with pytest.raises(InputError, match=match):
            read_header(tmp_path / name, name=name)


def test_a_file_without_permission_is_refused(one, tmp_path, monkeypatch):
    path = save(one, tmp_path / "a")

    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(InputError, match=r"cannot be opened \(Permission denied\)"):
        read_header(path, name="a")


def test_a_deflated_bomb_is_refused(one, tmp_path, monkeypatch):
    one.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    path = save(one, tmp_path / "a")
    assert read_header(path, name="a").count("Rows") == 4
    monkeypatch.setattr(dicom_header, "MAX_INFLATED", 64)
    with pytest.raises(InputError, match="decompression bomb"):
        read_header(path, name="a")


def test_damaged_deflation_is_refused(one, tmp_path):
    one.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    whole = raw(one)
    path = tmp_path / "a"
    path.write_bytes(whole[:-40] + b"\xff" * 40)
    with pytest.raises(InputError):
        read_header(path, name="a")


def test_no_warning_and_no_log_leaves(one, tmp_path, caplog):
    one.ImagePositionPatient = ["1", "2", "3"]
    content = raw(one).replace(b"IS\x02\x001 ", b"IS\x02\x00x ")
    path = tmp_path / "a"
    path.write_bytes(content)
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings():
        warnings.simplefilter("error")
        read_header(path, name="a")
    assert SECRET not in caplog.text


def test_state_of_pydicom_and_of_warnings_is_restored(one, tmp_path):
    before = list(warnings.filters), logging.getLogger("pydicom").disabled
    mode = pydicom.config.settings.reading_validation_mode
    with pytest.raises(InputError, match=r"is damaged and cannot be read as DICOM \(KeyError\)"), tolerant("a"):
        raise KeyError(SECRET)
    assert (list(warnings.filters), logging.getLogger("pydicom").disabled) == before
    assert pydicom.config.settings.reading_validation_mode == mode


def test_errors_never_show_what_the_parser_said(tmp_path):
    with pytest.raises(InputError) as caught, tolerant("a"):
        raise ValueError(SECRET)
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("path", package_files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_file_of_pydicom_is_read_or_refused(path):
    try:
        header = read_header(path, name=path.name)
    except InputError:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pydicom.dcmread(path, force=True)
        if len(theirs) == 0:  # cut off in its pixels: pydicom gives nothing, osteon the header
            return
        assert header.text("Modality") == (str(theirs.get("Modality", "") or "") or None)
        assert header.count("Rows") == theirs.get("Rows")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=600), mark=st.booleans())
def test_any_bytes_give_a_header_or_an_input_error(content, mark, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "any.dcm"
    path.write_bytes((b"\0" * 128 + b"DICM" + content) if mark else content)
    with suppress(InputError):
        assert isinstance(read_header(path, name="any"), Header)
    assert looks_like_dicom(path) in (True, False)


TEXTS = st.sampled_from(["", " ", "1", "-1", "0", "1e400", "nan", "1\\2", "a", "1A", "9" * 40, "\\", "0.5\\0.5", "\0"])
KEYWORDS = st.sampled_from(
    [
        "PixelSpacing",
        "ImagePositionPatient",
        "ImageOrientationPatient",
        "RescaleSlope",
        "RescaleIntercept",
        "NumberOfFrames",
    ]
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(KEYWORDS, TEXTS, max_size=4))
def test_any_header_text_gives_an_image_or_an_input_error(values, one, tmp_path_factory):
    from osteon.io import dicom

    made = one.copy()
    for keyword, text in values.items():
        element = pydicom.DataElement(keyword, "LO", None, already_converted=True)
        element._value = text
        made[keyword] = element
    path = save(made, tmp_path_factory.getbasetemp() / "text.dcm")
    found = dicom.read_files([path], root=path.parent)
    assert len(found.items) + len(found.refused) == 1
    for one_item in found.items:
        assert np.isfinite(np.array(one_item.datum.grid.affine)).all()
