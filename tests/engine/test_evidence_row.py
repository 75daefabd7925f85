"""A row of the evidence: what its patients are called, and what it is when nothing is said."""

from dataclasses import FrozenInstanceError, replace

import pytest

from osteon.engine.evidence_row import Extra, Made, Row

ROW = Row(name="a-b", system="a", cohort="b", split="kfold:5")


def test_the_name_of_simulated_patients_says_all_of_them() -> None:
    made = Made(recipe="gctb-mri", patients=20, seed=3, size="small")
    assert made.name == "gctb-mri-20-small-3"
    assert (
        len({Made(recipe="x", patients=n, seed=s, size=z).name for n in (1, 2) for s in (1, 2) for z in ("a", "b")})
        == 8
    )
    assert Made(recipe="gctb-mri", patients=56, like="a-system").name == "gctb-mri-56-full-1-like-a-system"
    assert Made(recipe="x", patients=9, paper=12).name == Made(recipe="x", patients=9).name, "the same patients"


def test_a_bare_row_is_the_whole_work_on_people_that_stands_for_its_system() -> None:
    assert (ROW.role, ROW.reduced, ROW.made, ROW.extra, ROW.against) == ("result", "", None, None, ())
    assert ROW.seeds == (0, 1, 2)
    assert not any((ROW.packaged, ROW.own_patients, ROW.by_patient, ROW.gap))
    assert ROW.first == ("auc", "", "patient")


def test_a_row_cannot_be_changed_after_its_runs_were_named_by_it() -> None:
    with pytest.raises(FrozenInstanceError):
        ROW.name = "another"


def test_the_name_of_derived_images_says_all_of_them() -> None:
    films = Extra(kind="drr", source="sts", count=7, label=("lesion", "malignant"))
    assert films.name == "drr-sts-7-lesion-malignant"
    others = (replace(films, count=8), replace(films, label=None), replace(films, source="x"))
    assert len({films.name, *(other.name for other in others)}) == 4
