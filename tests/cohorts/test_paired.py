"""Two exams as one study: in memory and by the column `exam`; what is kept, renamed, left out and refused."""

from dataclasses import replace

import numpy as np
import pytest

from osteon import cohorts
from osteon.cohorts.paired import paired
from osteon.errors import CohortError
from osteon.types import Cohort, Grid, Image, Lesion, Record, Study, Truth


def image(value):
    return Image(grid=Grid(shape=(2, 2)), modality="PT", load=lambda: np.full((2, 2), value, np.float32))


def study(patient, exam, **more):
    truth = Truth(
        labels={"response": "good"},
        masks={"pet": image(1)},
        lesions=(Lesion(input="pet", mask_value=1), Lesion()),
        values={f"suv_{exam}": 3.0},
    )
    facts = {
        "name": f"{patient}-{exam}", "patient": patient, "exam": exam, "split": "train", "truth": truth,
        "data": {"pet": image(1 if exam == "pre" else 2), "clinical": Record(values={"age_years": 14.0})},
        "origins": {"pet": f"row {exam}", "clinical": "patients.csv row 2"},
    }  # fmt: skip
    return Study(**{**facts, **more})


def cohort(*studies):
    return Cohort(name="c", studies=studies, fingerprint="f", notes=("A note.",))


def test_both_exams_become_one_study():
    found = paired(cohort(study("a", "post"), study("a", "pre"), study("b", "pre"), study("b", "post")))
    assert [s.patient for s in found.studies] == ["a", "b"]
    one = found.studies[0]
    assert set(one.data) == {"pet_pre", "pet_post", "clinical"}
    assert (one.data["pet_pre"].read()[0, 0], one.data["pet_post"].read()[0, 0]) == (1, 2)
    assert set(one.truth.masks) == {"pet_pre", "pet_post"}
    assert [lesion.input for lesion in one.truth.lesions].count("pet_pre") == 1
    assert [lesion.input for lesion in one.truth.lesions].count(None) == 2
    assert one.truth.labels == {"response": "good"}
    assert one.truth.values == {"suv_pre": 3.0, "suv_post": 3.0}
    assert one.origins["pet_post"] == "row post"
    assert one.origins["clinical"] == "patients.csv row 2"
    assert (one.exam, one.split) == (None, "train")
    assert found.notes == ("A note.",)
    assert found.fingerprint not in ("", "f")


def test_a_patient_with_one_exam_is_left_out_and_counted():
    found = paired(cohort(study("a", "pre"), study("a", "post"), study("b", "pre"), study("c", None)))
    assert [s.patient for s in found.studies] == ["a"]
    assert found.notes[-1] == "2 of 3 patients lack one of the exams and are left out."


def test_patients_of_whom_nothing_is_known():
    found = paired(cohort(study("a", "pre", truth=None), study("a", "post", truth=None)))
    assert found.studies[0].truth is None


@pytest.mark.parametrize(
    ("studies", "why"),
    [
        ((study("a", "pre"), study("b", "post")), "No patient has both exams"),
        ((study("a", "pre"), study("a", "pre", name="x"), study("a", "post")), "several pre studies"),
        ((study("a", "pre"), study("a", "post", split="test")), "different sides"),
        ((study("a", "pre"), study("a", "post", truth=Truth(labels={"response": "poor"}))), "differ in response"),
    ],
)
def test_what_cannot_be_paired_is_refused(studies, why):
    with pytest.raises(CohortError, match=why):
        paired(cohort(*studies))


def test_the_column_exam_pairs_the_rows_of_one_study(folder):
    rows = []
    for i in range(2):
        for exam in ("pre", "post"):
            path = folder.noise(f"{i}{exam}.png", seed=10 * i + len(exam))
            mask = folder.picture(f"m{i}{exam}.png", np.pad(np.full((8, 8), 255), 16)[:40, :32])
            rows.append({"patient": f"id{i}", "study": "s", "path": path, "input": "pet", "exam": exam, "mask": mask,
                         "response": "good"})  # fmt: skip
    folder.table("cohort.csv", rows)
    found = cohorts.load(folder.root)
    assert len(found.studies) == 2
    for one in found.studies:
        assert set(one.data) == set(one.truth.masks) == {"pet_pre", "pet_post"}
        assert one.exam is None
    folder.table("cohort.csv", [{**row, "study": row["exam"]} for row in rows])
    apart = cohorts.load(folder.root)
    assert {s.exam for s in apart.studies} == {"pre", "post"}
    assert {frozenset(s.data) for s in paired(apart).studies} == {frozenset({"pet_pre", "pet_post"})}


def test_a_row_without_exam_belongs_to_both(folder):
    words = {"a": "pre", "b": "post", "c": ""}
    rows = [
        {
            "patient": "a",
            "study": "s",
            "path": folder.noise(f"{n}.png", seed=ord(n)),
            "input": "pet" if e else "film",
            "exam": e,
        }
        for n, e in words.items()
    ]
    folder.table("cohort.csv", rows)
    (one,) = cohorts.load(folder.root).studies
    assert set(one.data) == {"pet_pre", "pet_post", "film"}
    folder.table("cohort.csv", rows[1:])
    (one,) = cohorts.load(folder.root).studies
    assert (set(one.data), one.exam) == ({"pet", "film"}, "post")


def test_other_exams_in_one_study_are_refused(folder):
    rows = [
        {"patient": "a", "study": "s", "path": folder.noise(f"{e}.png", seed=len(e)), "input": e, "exam": e}
        for e in ("pre", "later")
    ]
    folder.table("cohort.csv", rows)
    with pytest.raises(CohortError, match="each be pre or post"):
        cohorts.load(folder.root)


def test_the_cohort_itself_stays_as_it_was():
    before = cohort(study("a", "pre"), study("a", "post"))
    assert replace(before) is not before
    paired(before)
    assert [s.exam for s in before.studies] == ["pre", "post"]
