from pathlib import Path

import numpy as np
import pytest

from osteon.io import files, picture
from osteon.io.simulated import SAYS
from osteon.reading import kinds, masks
from osteon.types import Image


def film(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.write(path, np.arange(64, dtype=np.uint8).reshape(8, 8))
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
    found = masks.without_masks(files.scan([folder]), [folder])
    read = {Path(item.file).name for item in found.items if isinstance(item.datum, Image)}  # the table is read too
    assert read == {"film-1.png", "film-2.png"}
    told = {Path(refusal.file).name: refusal.why for refusal in found.refused if refusal.why == masks.WHY}
    assert set(told) == {"film-1-mask.png", "outline.png"}


def test_a_mask_that_is_named_alone_is_refused_too(cohort):
    path = cohort / "patients" / "ä b" / "outline.png"
    assert not masks.without_masks(files.scan([path]), [path]).items


def test_without_a_table_or_with_a_damaged_one_nothing_is_dropped(cohort):
    (cohort / "cohort.csv").write_text("no,such,columns\n1,2,3\n")
    found = masks.without_masks(files.scan([cohort / "patients"]), [cohort / "patients"])
    assert len(found.items) == 4
    (cohort / "cohort.csv").unlink()
    assert len(masks.without_masks(files.scan([cohort]), [cohort]).items) == 4


def test_a_table_far_above_is_anothers(cohort):
    deep = film(cohort / "a" / "b" / "c" / "d" / "film-1-mask.png")
    assert masks._tables([deep.parent]) == set()


def test_a_mask_of_the_simulator_says_what_it_is_wherever_it_lies(tmp_path):
    """Copied out of its cohort, the file itself says that it holds labels."""
    picture.write(tmp_path / "film-1-mask.png", np.eye(8, dtype=np.uint8), note=SAYS, labels=True)
    (item,) = files.scan([tmp_path]).items
    known = kinds.kind(item)
    assert known.word is None
    assert "segmentation" in known.why
