from pathlib import Path

import numpy as np
import pytest

from osteon.io import files, png
from osteon.io.simulated import SAYS, is_simulated
from osteon.reading import kinds, tables
from osteon.reading.patients import by_patient
from osteon.types import Found, Image, Item, Record, Slide, Source, Spectrum


def film(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    png.write(path, np.arange(64, dtype=np.uint8).reshape(8, 8))
    return path


@pytest.fixture
def cohort(tmp_path) -> Path:
    """A cohort of one's own: nothing in its masks says what they are, its table does."""
    for name in ("film-1.png", "film-1-mask.png", "film-2.png", "outline.png"):
        film(tmp_path / "cohort" / "patients" / "ä b" / name)
    (tmp_path / "cohort" / "cohort.csv").write_text(
        "patient,path,mask\na,patients/ä b/film-1.png,patients/ä b/film-1-mask.png\n"
        "a,patients/ä b/film-2.png,patients/ä b/outline.png#lesion\n",
        encoding="utf-8",
    )
    return tmp_path / "cohort"


@pytest.mark.parametrize("below", ["", "patients", "patients/ä b"])
def test_a_folder_of_a_cohort_is_read_without_its_masks(cohort, below):
    folder = cohort / below
    found = tables.heeded(files.scan([folder]), [folder])
    read = {Path(item.file).name for item in found.items if isinstance(item.datum, Image)}  # the table is read too
    assert read == {"film-1.png", "film-2.png"}
    told = {Path(refusal.file).name: refusal.why for refusal in found.refused if refusal.why == tables.WHY}
    assert set(told) == {"film-1-mask.png", "outline.png"}


def test_a_mask_that_is_named_alone_is_refused_too(cohort):
    path = cohort / "patients" / "ä b" / "outline.png"
    assert not tables.heeded(files.scan([path]), [path]).items


def test_without_a_table_or_with_a_damaged_one_nothing_is_dropped(cohort):
    (cohort / "cohort.csv").write_text("no,such,columns\n1,2,3\n")
    found = tables.heeded(files.scan([cohort / "patients"]), [cohort / "patients"])
    assert len(found.items) == 4
    (cohort / "cohort.csv").unlink()
    assert len(tables.heeded(files.scan([cohort]), [cohort]).items) == 4


def test_a_table_far_above_is_anothers(cohort):
    deep = film(cohort / "a" / "b" / "c" / "d" / "film-1-mask.png")
    assert tables._tables([deep.parent]) == set()


def test_a_mask_of_the_simulator_says_what_it_is_wherever_it_lies(tmp_path):
    """Copied out of its cohort, the file itself says that it holds labels."""
    png.write(tmp_path / "film-1-mask.png", np.eye(8, dtype=np.uint8), note=SAYS, labels=True)
    (item,) = files.scan([tmp_path]).items
    known = kinds.kind(item)
    assert known.words == ()
    assert "segmentation" in known.why


def test_an_image_has_the_input_that_the_table_names(tmp_path):
    for name in ("scan.png", "film.png", "odd.png"):
        film(tmp_path / "p" / name)
    for number in range(2):
        film(tmp_path / "p" / "series" / f"{number}.png")
    table = "patient,path,input\na,p/scan.png,anterior\na,p/film.png,\na,p/series,t1\na,missing.png,t2\n"
    (tmp_path / "cohort.csv").write_text(table)
    found = tables.heeded(files.scan([tmp_path / "p"]), [tmp_path / "p"])
    told = {item.file: item.input for item in found.items}
    assert told == {
        "scan.png": "anterior", "film.png": None, "odd.png": None, "series/0.png": "t1", "series/1.png": "t1"
    }  # fmt: skip


def test_the_tables_of_a_cohort_are_no_clinical_rows_and_the_truth_is_shown_to_no_system(tmp_path):
    film(tmp_path / "a.png")
    (tmp_path / "cohort.csv").write_text("patient,path,label\na,a.png,malignant\n")
    (tmp_path / "truth.csv").write_text("patient,entity\na,osteosarcoma\n")
    (tmp_path / "patients.csv").write_text("patient,age_years\na,31\n")
    found = tables.heeded(files.scan([tmp_path]), [tmp_path])
    assert [item.file for item in found.items if isinstance(item.datum, Record)] == ["patients.csv"]
    assert {refusal.file for refusal in found.refused if refusal.why == tables.OF_COHORT} == {"cohort.csv", "truth.csv"}


def test_a_row_of_the_table_says_that_its_image_is_simulated(tmp_path):
    film(tmp_path / "a.png")
    film(tmp_path / "b.png")
    (tmp_path / "cohort.csv").write_text("patient,path,simulated\na,a.png,by osteon\na,b.png,\n")
    found = tables.heeded(files.scan([tmp_path]), [tmp_path])
    assert {item.file: is_simulated(item.datum) for item in found.items} == {"a.png": True, "b.png": False}


def test_spectra_and_slides_are_named_too(tmp_path):
    (tmp_path / "cohort.csv").write_text("patient,path,input\na,serum.csv,serum\nb,slide.svs,slide\n")
    spectrum = Spectrum(shift_per_cm=np.arange(2), counts=np.ones(2), sources=(Source(path=tmp_path / "serum.csv"),))
    slide = Slide(path=tmp_path / "slide.svs", levels=(), um_per_pixel=None, read_region=lambda *_: np.zeros(0))
    both = (spectrum, slide, Record(values={}))
    found = tables.heeded(Found(items=tuple(Item(datum=d, file=str(i)) for i, d in enumerate(both))), [tmp_path])
    assert [item.input for item in found.items] == ["serum", "slide", None]


def test_an_image_is_the_patient_s_that_the_table_names(tmp_path):
    for name in ("one.png", "two.png", "odd.png"):
        film(tmp_path / name)
    (tmp_path / "cohort.csv").write_text("patient,path\nID-1,one.png\nID-2,two.png\n")
    images = [path for path in tmp_path.iterdir() if path.suffix == ".png"]
    found = tables.heeded(files.scan(images), images)
    assert {item.file: item.patient_id for item in found.items} == {
        "one.png": "ID-1",
        "two.png": "ID-2",
        "odd.png": None,
    }
    assert len(by_patient([item for item in found.items if item.patient_id])) == 2
