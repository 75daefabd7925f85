import os

import pytest

from osteon.cohorts.reader import Reader
from osteon.cohorts.rows import Row
from osteon.types import Image


@pytest.fixture
def reader(folder):
    folder.noise("Doe_Jane/Doe_Jane.png", 1)
    folder.noise("b.png", 2)
    return Reader(root=folder.root, raw_ids=frozenset({"doejane", "roe"}))


def test_what_can_be_read_is_returned_and_nothing_noted(reader):
    assert isinstance(reader.datum("b.png"), Image)
    assert reader.refused == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none.png", "no such file"),
        ("../b.png", "leads out"),
        ("", "empty"),
        ("a\0b", "zero byte"),
        ("x" * 5000, "cannot be followed"),
    ],
)
def test_what_cannot_is_noted_and_none(reader, name, said):
    assert reader.datum(name, where="row 2") is None
    assert [refusal.file for refusal in reader.refused] == ["row 2"]
    assert said in reader.refused[0].why


@pytest.mark.skipif(os.name != "posix", reason="pipes need a POSIX system")
def test_a_pipe_is_refused_and_not_waited_for(reader):
    os.mkfifo(reader.root / "pipe.dcm")
    assert reader.datum("pipe.dcm") is None
    assert "pipe or a device" in reader.refused[0].why


def test_a_reason_never_shows_an_id(reader):
    (reader.root / "doe-jane 1.dcm").write_bytes(b"junk")
    for name in ("doe-jane 1.dcm", "Doe_Jane/none.png"):
        assert reader.datum(name, where="row 3", raw_id="Doe Jane") is None
    assert "jane" not in repr(reader.refused).lower()


def test_a_mask_and_its_region(reader):
    image = reader.datum("b.png")
    assert reader.mask("b.png", image=image).unit == "label"
    assert reader.mask("b.png#GTV", image=image, where="row 2") is None
    assert reader.mask("none.png#GTV", image=image, where="row 3") is None
    assert [(r.file, r.why.split()[0]) for r in reader.refused] == [("row 2", "Only"), ("row 3", "There")]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("films/ap.png", "cohort.csv row 7 (films/ap.png)"),
        ("Doe_Jane/doe jane_1.png", "cohort.csv row 7 (…/…_1.png)"),
        ("roe/1.png", "cohort.csv row 7 (…/1.png)"),
        ("a\nb\x1b[2J.png", "cohort.csv row 7 (a\ufffdb\ufffd[2J.png)"),
        ("y" * 400, f"cohort.csv row 7 ({'y' * 60}…{'y' * 60})"),
    ],
)
def test_a_row_is_shown_in_one_line_without_ids(reader, path, said):
    row = Row(table="cohort.csv", number=7, cells={"patient": "Doe_Jane", "path": path})
    assert reader.shown(row, "path") == said
