import json

import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.io.files import open_image
from osteon.reading import files
from osteon.reading.findings import Draft
from osteon.types import Finding, Found, Grid, Image, Item, Maker, Reading, Refusal

MAKER = Maker(system="s")


def draft(input_="radiograph", file="a.dcm", *, mask=None, heat=None, **more):
    grid = Grid(shape=(9, 9))
    image = Image(grid=grid, modality="OT", load=lambda: np.zeros((9, 9)))
    finding = Finding(system="s", task="t", study="x", input=input_, file=file, maker=MAKER)
    return Draft(finding=finding, image=image, mask=mask, heat=heat, **more)


def test_files_are_numbered_by_image_and_then_by_finding(tmp_path):
    mask = np.eye(9, dtype=np.uint8)
    drafts = [draft(mask=mask), draft(mask=mask), draft(file="b.dcm", mask=mask), draft("PET scan", mask=mask)]
    names = [d.finding.mask for d in files.write(drafts, tmp_path)]
    assert names == [
        "radiograph-1.mask.png",
        "radiograph-1-finding-2.mask.png",
        "radiograph-2.mask.png",
        "pet-scan-1.mask.png",
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(names)
    assert all(files.OURS.fullmatch(name) for name in names)


def test_a_lesion_that_is_the_whole_outline_shares_its_file(tmp_path):
    mask = np.eye(9, dtype=np.uint8)
    first, second = files.write([draft(mask=mask), draft(mask=mask, whole=True)], tmp_path)
    assert first.finding.mask == second.finding.mask
    assert len(list(tmp_path.iterdir())) == 1


def test_what_is_no_dicom_gets_no_dicom_answer(tmp_path):
    (one,) = files.write([draft(mask=np.ones((9, 9), np.uint8), heat=np.full((9, 9), 2.0))], tmp_path)
    assert one.finding.seg is one.finding.sr is None
    assert one.finding.heat_map == "radiograph-1.heat.png"
    mask, heat = (open_image(tmp_path / name) for name in (one.finding.mask, one.finding.heat_map))
    assert (mask.unit, heat.unit) == ("label", None), "a mask says that it holds labels"
    assert (mask.read().max(), heat.read().max()) == (1, 255)


def test_numbers_that_are_not_finite_are_null_and_the_notice_is_first(tmp_path):
    finding = Finding(system="s", task="t", study="x", ood_score=float("inf"), box_px=(0, 1, 2, 3), maker=MAKER)
    files.write_json(Reading(patient="p", findings=(finding,), maker=MAKER), tmp_path)
    text = (tmp_path / "reading.json").read_text(encoding="utf-8")
    found = json.loads(text, parse_constant=pytest.fail)
    assert next(iter(found)) == "notice"
    assert found["findings"][0]["ood_score"] is None
    assert found["findings"][0]["box_px"] == [0, 1, 2, 3]


def item(file):
    image = Image(grid=Grid(shape=(9, 9)), modality="OT", load=lambda: np.zeros((9, 9)))
    return Item(datum=image, file=file)


def test_only_the_files_of_a_reading_beside_a_reading_are_left_out():
    found = Found(
        items=(item("out/radiograph-1.mask.png"), item("out/mine.png"), item("radiograph-1.mask.png")),
        refused=tuple(
            Refusal(file=f"{name}", why="x") for name in ("out/reading.json", "out/report.html", "report.html")
        ),
    )
    kept = files.without_earlier(found)
    assert [i.file for i in kept.items] == ["out/mine.png", "radiograph-1.mask.png"]
    assert [r.file for r in kept.refused] == ["report.html", "out"]


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("reading.json", True),
        ("report.html", True),
        ("radiograph-1.seg.dcm", True),
        ("ct-2-finding-3.mask.nii.gz", True),
        ("photo.png", False),
        ("reading.json.bak", False),
        ("radiograph-1.dcm", False),
    ],
)
def test_replacing_spares_what_no_reading_wrote(tmp_path, name, ours):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / name).write_text("x")
    if ours:
        files.refuse_strange(tmp_path)
    else:
        with pytest.raises(RequestError, match="no reading wrote"):
            files.refuse_strange(tmp_path)
