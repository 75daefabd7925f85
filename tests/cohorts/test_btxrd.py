import json
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from osteon import cohorts
from osteon.cohorts import btxrd
from osteon.errors import CohortError
from osteon.types import Evidence, Record


@pytest.fixture(scope="module")
def real(btxrd_set):
    return btxrd_set


def test_the_counts_of_the_readme(real):
    assert (real.name, real.evidence, real.refused) == ("btxrd", Evidence.REAL, ())
    assert len(real.studies) == 3487
    assert Counter(s.site for s in real.studies) == {"1": 2938, "2": 549}
    assert Counter(s.truth.labels.get("film") for s in real.studies) == {
        "normal": 1852,
        "benign": 1253,
        "malignant": 308,
        None: 74,
    }
    lesions = Counter(s.truth.labels.get("lesion") for s in real.studies)
    assert lesions == {None: 1852 + 74, "benign": 1253 - 78, "intermediate": 78, "malignant": 308}
    assert any("Centre 3: 259 films" in note for note in real.notes)
    assert any("stand-in" in note for note in real.notes)


def test_masks_are_of_tumours_alone_and_mark_them(real):
    masked = [s for s in real.studies if s.truth.masks]
    assert {s.name for s in masked} == {s.name for s in real.studies if s.truth.labels["tumour"] == "tumour"}
    assert len(masked) == 1635
    mask = masked[0].truth.masks["radiograph"].read()
    assert mask.shape == (256, 256)
    assert set(np.unique(mask)) == {0, 1}
    assert masked[0].data["radiograph"].read().shape == (256, 256)


def test_an_assumed_patient_is_a_short_run_of_one_centre_and_diagnosis(real):
    groups: dict[str, list] = {}
    for study in real.studies:
        groups.setdefault(study.patient, []).append(study)
    for studies in groups.values():
        numbers = sorted(int(s.name[3:]) for s in studies)
        assert numbers[-1] - numbers[0] == len(numbers) - 1 < btxrd.BLOCK_FILMS
        assert len({(s.site, s.truth.labels["diagnosis"]) for s in studies}) == 1
    assert 500 < len(groups) < 900


def official(folder, *, films=6):
    rows = []
    for n in range(1, films + 1):
        tumour, malignant = n <= 4, n <= 2
        row = {
            "image_id": f"IMG{n:06d}.jpeg", "center": 1 if n < 6 else 2, "age": 10 + n, "gender": "F",
            "hand": 0, "femur": 1,
            "frontal": 1, "lateral": 0, "tumor": int(tumour), "benign": int(tumour and not malignant),
            "malignant": int(malignant), "osteosarcoma": int(malignant), "giant cell tumor": int(n == 3),
            "osteochondroma": int(n == 4),
        }  # fmt: skip
        rows.append(row)
        folder.noise(f"images/IMG{n:06d}.jpeg", n, shape=(80, 64))
        if tumour:
            outline = [[10, 20], [30, 20], [30, 50], [10, 50]]
            shapes = [
                {"label": "osteosarcoma", "shape_type": "polygon", "points": outline},
                {"label": "osteosarcoma", "shape_type": "rectangle", "points": [[30.5, 50], [9.5, 20]]},
            ]
            path = folder.root / "Annotations" / f"IMG{n:06d}.json"
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps({"imageHeight": 80, "imageWidth": 64, "shapes": shapes}))
    pd.DataFrame(rows).to_excel(folder.root / "dataset.xlsx", index=False)
    return folder.root


def test_the_official_layout(folder):
    cohort = cohorts.load(official(folder))
    assert cohort.refused == ()
    words = [s.truth.labels.get("lesion") for s in cohort.studies]
    assert words == ["malignant", "malignant", "intermediate", "benign", None, None]
    assert [s.truth.labels["film"] for s in cohort.studies][3:] == ["benign", "normal", "normal"]
    first = cohort.studies[0]
    assert first.data["clinical"] == Record(
        values={"age_years": 11.0, "sex": "F", "region": "femur", "view": "frontal"}
    )
    assert first.truth.lesions[0].box_px == (20, 9, 50, 31)
    mask = first.truth.masks["radiograph"].read()
    assert mask.shape == (80, 64)
    assert mask[21:50, 11:30].all()
    assert mask[:20].sum() == mask[:, 31:].sum() == 0
    assert len({s.patient for s in cohort.studies}) == 5


def test_a_broken_annotation_is_refused_and_the_film_stays(folder):
    root = official(folder)
    (root / "Annotations" / "IMG000001.json").write_text("{")
    (root / "images" / "IMG000005.jpeg").unlink()
    cohort = cohorts.load(root)
    assert [r.file for r in cohort.refused] == ["Annotations/IMG000001.json", "images/IMG000005.jpeg"]
    assert len(cohort.studies) == 5
    assert cohort.studies[0].truth.masks == {}


def test_a_table_without_a_column_is_a_sentence(folder):
    root = official(folder)
    pd.DataFrame({"image_id": ["a"], "center": [1]}).to_excel(root / "dataset.xlsx", index=False)
    with pytest.raises(CohortError, match="lacks the column tumor"):
        cohorts.load(root)
