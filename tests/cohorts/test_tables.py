import json
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from osteon import cohorts
from osteon.cohorts.pseudonyms import pseudonym
from osteon.errors import CohortError
from osteon.types import Image, Outcome, Record


def test_one_image_a_patient_needs_cohort_csv_alone(films):
    cohort = cohorts.load(films.root)
    assert cohort.name == "cohort"
    assert (
        len(cohort.studies) == len({s.patient for s in cohort.studies}) == len({s.name for s in cohort.studies}) == 12
    )
    first = cohort.studies[0]
    assert first.patient == pseudonym("id-000")
    assert first.name.startswith(first.patient)
    assert first.truth.labels == {"label": "benign"}
    assert isinstance(first.data["radiograph"], Image)
    assert first.data["radiograph"].read().shape == (40, 32)
    assert cohort.refused == ()


def test_no_raw_id_in_names_or_messages(films):
    rows = [{"patient": f"Erika{n}", "path": films.noise(f"Erika{n}/Erika{n}.png", n)} for n in range(3)]
    rows.append({"patient": "Erika9", "path": "Erika9/none.png"})
    films.table("cohort.csv", rows)
    cohort = cohorts.load(films.root)
    shown = repr([(s.name, s.patient, s.origins) for s in cohort.studies]) + repr(cohort.refused)
    assert "Erika" not in shown
    assert cohort.refused[0].file == "cohort.csv row 5 (…/none.png)"
    assert str(films.root) not in shown


def test_rows_of_a_study_are_read_together_and_clinical_columns_are_a_record(folder):
    rows = [
        {
            "patient": "1",
            "study": "pre",
            "input": "anterior",
            "path": folder.noise("a.png", 1),
            "exam": "pre",
            "site": "A",
        },
        {
            "patient": "1",
            "study": "pre",
            "input": "posterior",
            "path": folder.noise("b.png", 2),
            "exam": "pre",
            "site": "",
        },
        {
            "patient": "1",
            "study": "post",
            "input": "anterior",
            "path": folder.noise("c.png", 3),
            "exam": "post",
            "site": "B",
        },
        {"patient": "2", "study": "pre", "input": "anterior", "path": folder.noise("d.png", 4), "exam": "", "site": ""},
    ]
    folder.table("cohort.csv", rows)
    folder.table(
        "patients.csv",
        [
            {
                "patient": "1",
                "age_years": "31",
                "sex": "f",
                "site": "C",
                "label": "x",
                "death_days": "9",
                "death_event": "1",
            },
            {
                "patient": "2",
                "age_years": "",
                "sex": "m",
                "site": "C",
                "label": "y",
                "death_days": "",
                "death_event": "",
            },
        ],
    )
    pre, post, other = cohorts.load(folder.root).studies
    assert set(pre.data) == {"anterior", "posterior", "clinical"}
    assert pre.data["clinical"] == Record(values={"sex": "f", "age_years": 31.0})
    assert (pre.exam, pre.site, post.exam, post.site, other.site) == ("pre", "A", "post", "B", "C")
    assert pre.patient == post.patient != other.patient
    assert pre.name != post.name
    assert pre.truth.outcomes == {"death": Outcome(days=9.0, event=True)}
    assert pre.truth.labels == {"label": "x"}
    assert other.data["clinical"].values["age_years"] is None


def test_masks_and_lesions(folder):
    mask = np.zeros((40, 32))
    mask[4:9, 5:7] = 255
    folder.picture("m.png", mask)
    row = {"patient": "1", "path": folder.noise("a.png", 1), "mask": "m.png", "film": "benign"}
    folder.table("cohort.csv", [row])
    lesion = {"path": "a.png", "label": "cyst", "mask_value": 1, "row0": 4, "column0": 5, "row1": 9, "column1": 7}
    folder.table("lesions.csv", [lesion])
    truth = cohorts.load(folder.root).studies[0].truth
    assert truth.labels == {"film": "benign"}
    assert np.array_equal(truth.masks["radiograph"].read(), (mask > 0).astype(int))
    assert truth.masks["radiograph"].unit == "label"
    assert (truth.lesions[0].label, truth.lesions[0].input, truth.lesions[0].box_px) == (
        "cyst",
        "radiograph",
        (4, 5, 9, 7),
    )


def test_a_mask_keeps_its_labels(folder):
    folder.picture("m.png", np.arange(1280).reshape(40, 32) % 3)
    folder.table("cohort.csv", [{"patient": "1", "path": folder.noise("a.png", 1), "mask": "m.png"}])
    mask = cohorts.load(folder.root).studies[0].truth.masks["radiograph"].read()
    assert set(np.unique(mask)) == {0, 1, 2}
    assert mask.dtype.kind == "i"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"patient": "x", "path": "none.png"}, "no such file"),
        ({"patient": "x", "path": "empty.png"}, ""),
        ({"patient": "x", "path": "cohort.csv"}, ""),
        ({"patient": "x", "path": "../out.png"}, "leads out"),
        ({"patient": "", "path": "good.png"}, "names no patient"),
        ({"patient": "x", "path": ""}, "path is empty"),
    ],
)
def test_a_bad_row_is_refused_and_the_rest_is_read(films, row, said):
    films.noise("good.png", 99)
    films.noise("../out.png", 98)
    (films.root / "empty.png").write_bytes(b"")
    text = (films.root / "cohort.csv").read_text() + f"{row['patient']},{row['path']},benign\n"
    (films.root / "cohort.csv").write_text(text)
    cohort = cohorts.load(films.root)
    assert len(cohort.studies) == 12
    assert [r.file.startswith("cohort.csv row 14") for r in cohort.refused] == [True]
    assert said in cohort.refused[0].why


def test_a_missing_mask_leaves_the_image(folder):
    folder.table("cohort.csv", [{"patient": "1", "path": folder.noise("a.png", 1), "mask": "none.png"}])
    cohort = cohorts.load(folder.root)
    assert cohort.studies[0].truth.masks == {}
    assert cohort.refused[0].file == "cohort.csv row 2 (none.png)"


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
def test_a_symlink_out_of_the_folder_is_refused(films):
    films.noise("../secret.png", 5)
    (films.root / "films" / "away.png").symlink_to(films.root.parent / "secret.png")
    text = (films.root / "cohort.csv").read_text() + "x,films/away.png,benign\n"
    (films.root / "cohort.csv").write_text(text)
    cohort = cohorts.load(films.root)
    assert len(cohort.studies) == 12
    assert "leads out" in cohort.refused[0].why


@pytest.mark.parametrize("again", ["films/0.png", "./films/0.png", "films/../films/0.png", "films\\0.png"])
def test_a_file_named_twice_is_an_error_that_names_both_rows(films, again):
    text = (films.root / "cohort.csv").read_text() + f"other,{again},benign\n"
    (films.root / "cohort.csv").write_text(text)
    with pytest.raises(CohortError, match=r"row 14: .*row 2"):
        cohorts.load(films.root)


def bad_input_twice(folder):
    return [{"patient": "1", "study": "s", "input": "t1", "path": folder.noise(f"{n}.png", n)} for n in range(2)]


def bad_two_labels(folder):
    return [
        {"patient": "1", "study": "s", "input": f"t{n}", "path": folder.noise(f"{n}.png", n), "label": f"l{n}"}
        for n in range(2)
    ]


def bad_two_sites(folder):
    return [
        {"patient": "1", "study": "s", "input": f"t{n}", "path": folder.noise(f"{n}.png", n), "site": f"s{n}"}
        for n in range(2)
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (bad_input_twice, "row 3: .*has an image of this input already"),
        (bad_two_labels, "row 3: .*differ in label"),
        (bad_two_sites, "row 3: .*differ in site"),
        (lambda folder: [{"patient": "1", "path": "none.png"}], "None of the 1 rows can be read.*no such file"),
    ],
)
def test_a_study_that_cannot_be_meant_is_an_error(folder, rows, said):
    folder.table("cohort.csv", rows(folder))
    with pytest.raises(CohortError, match=said):
        cohorts.load(folder.root)


def test_tables_that_cannot_be_meant_are_errors(films):
    films.table("patients.csv", [{"patient": "id-001", "age_years": "3"}, {"patient": "id-001", "age_years": "4"}])
    with pytest.raises(CohortError, match=r"patients\.csv row 3"):
        cohorts.load(films.root)
    (films.root / "patients.csv").unlink()
    films.table("lesions.csv", [{"path": "no.png", "label": "x"}])
    with pytest.raises(CohortError, match=r"lesions\.csv row 2"):
        cohorts.load(films.root)
    films.table("lesions.csv", [{"path": "films/0.png", "row0": "5", "column0": "1", "row1": "5", "column1": "4"}])
    with pytest.raises(CohortError, match="beyond its start"):
        cohorts.load(films.root)
    (films.root / "cohort.csv").write_text("patient,path\n")
    with pytest.raises(CohortError, match="no rows"):
        cohorts.load(films.root)


def test_names_do_not_depend_on_the_order_of_rows(films):
    one = {s.name: s.truth.labels for s in cohorts.load(films.root).studies}
    head, *rows = (films.root / "cohort.csv").read_text().splitlines()
    (films.root / "cohort.csv").write_text("\n".join([head, *reversed(rows)]))
    assert {s.name: s.truth.labels for s in cohorts.load(films.root).studies} == one


def test_the_fingerprint_is_of_all_tables(films):
    one = cohorts.load(films.root).fingerprint
    assert one == cohorts.load(films.root).fingerprint
    films.table("patients.csv", [{"patient": "id-001", "age_years": "3"}])
    assert cohorts.load(films.root).fingerprint != one


def test_dicom_folders_with_an_rtstruct(folder, data_dir):
    for part in ("image", "mask"):
        (folder.root / part).symlink_to(data_dir / "sts" / "dicom" / "STS_001" / "CT" / part)
    folder.table("cohort.csv", [{"patient": "1", "path": "image", "mask": "mask/RS.dcm"}])
    refused = cohorts.load
    with pytest.raises(CohortError, match="leads out"):
        refused(folder.root)


def test_dicom_series_and_contours(folder, data_dir):
    for part in ("image", "mask"):
        (folder.root / part).mkdir()
        for file in (data_dir / "sts" / "dicom" / "STS_001" / "CT" / part).iterdir():
            (folder.root / part / file.name).write_bytes(file.read_bytes())
    folder.table("cohort.csv", [{"patient": "1", "path": "image", "mask": "mask/RS.dcm"}])
    cohort = cohorts.load(folder.root)
    study = cohort.studies[0]
    mask = study.truth.masks["ct"]
    assert mask.grid == study.data["ct"].grid
    assert mask.read().shape == mask.grid.shape
    assert 0 < mask.read().mean() < 0.5
    folder.table("cohort.csv", [{"patient": "1", "path": "image", "mask": "mask/RS.dcm#nothing"}])
    assert len(cohorts.load(folder.root).refused) == 1


names = st.sampled_from(["", "Erika", "Hans", "Anna-Maria"])
files = st.sampled_from(
    ["", "Erika", "films/0.png", "films/1.png", "../x.png", "Hans/Erika_1.png", "Anna-Maria/none.png"]
)
words = st.sampled_from(["", "t1", "pet", "1", "-3", "nan", "ü ; ,"])
table_rows = st.fixed_dictionaries(
    {"patient": names, "path": files, "study": names, "mask": files}
    | dict.fromkeys(("input", "site", "label", "t1_days", "t1_event"), words)
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(table_rows, max_size=5))
def test_any_table_is_a_cohort_or_our_error_and_never_names_a_patient(films, rows):
    films.table("cohort.csv", [*rows, {"patient": "Hans", "path": "no"}, {"patient": "Erika", "path": "no2"}])
    try:
        cohort = cohorts.load(films.root)
    except CohortError as error:
        shown = str(error)
    else:
        assert 0 < len(cohort.studies) <= len(rows)
        assert len({s.name for s in cohort.studies}) == len(cohort.studies)
        shown = repr([(s.name, s.patient, s.origins) for s in cohort.studies]) + repr(cohort.refused)
    assert not {name for name in ("Erika", "Hans") if name in shown}


def test_labels_that_people_drew_are_masks_and_lesions(folder):
    square = [[4, 2], [14, 2], [14, 22], [4, 22]]
    shapes = [{"label": word, "shape_type": "polygon", "points": square} for word in ("tumour", "marker")]
    (folder.root / "a.json").write_text(json.dumps({"shapes": shapes}))
    paths = [folder.noise(f"{n}.png", n) for n in range(3)]
    masks = ["a.json#tumour", "a.json#tumour", "a.json"]
    folder.table("cohort.csv", [{"patient": p, "path": p, "mask": m} for p, m in zip(paths, masks, strict=True)])
    folder.table("lesions.csv", [{"path": "1.png", "label": "ours"}])
    cohort = cohorts.load(folder.root)
    one, other, third = (study.truth for study in cohort.studies)
    assert one.masks["radiograph"].read().sum() == 200
    assert [(x.label, x.input, x.box_px) for x in one.lesions] == [("tumour", "radiograph", (2, 4, 22, 14))]
    assert [x.label for x in other.lesions] == ["ours"]  # lesions.csv counts more than the drawing
    assert (third.masks, third.lesions) == ({}, ())
    (refusal,) = cohort.refused
    assert "2 labels" in refusal.why
