import shutil
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from osteon import cohorts
from osteon.errors import CohortError
from osteon.types import Evidence, Outcome

DASH = "\u2013"


@pytest.fixture(scope="module")
def real(data_dir):
    return cohorts.load(data_dir / "sts")


def test_the_counts_of_the_readme(real):
    assert (real.evidence, real.refused, len(real.studies)) == (Evidence.SURROGATE, (), 39)
    grades = Counter(s.truth.labels.get("grade") for s in real.studies)
    assert grades == {"high": 18, "intermediate": 13, "low": 5, None: 3}
    assert Counter(s.truth.labels.get("high_grade") for s in real.studies) == {"G2/G3": 31, "G1": 5, None: 3}
    assert sum(s.truth.outcomes["lung_metastasis"].event for s in real.studies) == 14
    assert sum(s.truth.outcomes["death"].event for s in real.studies) == 12


def test_inputs_masks_and_outcomes_of_one_patient(real):
    study = next(s for s in real.studies if s.name == "STS_006")
    assert set(study.data) == {"ct", "pet", "t1", "clinical"}
    assert set(study.truth.masks) == {"ct", "pet", "t1"}
    assert study.truth.outcomes == {
        "death": Outcome(days=592.0, event=False),
        "lung_metastasis": Outcome(days=198.0, event=True),
    }
    assert study.truth.labels["lung_metastasis"] == "yes"
    assert study.data["clinical"].values["tumour_site"] == "right thigh"
    assert study.data["clinical"].values["age_years"] == 64.0
    assert not {"grade", "treatment", "outcome", "status"} & set(study.data["clinical"].values)
    for name in ("ct", "pet", "t1"):
        assert study.truth.masks[name].grid == study.data[name].grid
    mask = study.truth.masks["t1"].read()
    assert set(np.unique(mask)) == {0, 1}


@pytest.fixture
def official(tmp_path, data_dir):
    """Return the official layout with the one patient that is at hand as DICOM."""
    root = tmp_path / "Soft-tissue-Sarcoma"
    for modality in ("CT", "PET", "MR_T1"):
        shutil.copytree(data_dir / "sts" / "dicom" / "STS_001" / modality, root / "STS_001" / "09-10-2000" / modality)
    row = {
        "Patient ID": "STS_001", "Age": 59, "Sex": "Male", "Histological type": "pleiomorphic liposarcoma",
        "MSKCC type": "Liposarcoma", "Site of primary STS": "left thigh", "Grade": "High",
        f"Time {DASH} diagnosis to MRI scan (days)": -7, f"Time {DASH} MRI scan to PET scan (days)": 4,
        "Treatment": "Radiotherapy", "Outcome (recurrence/mets)": "Mets - lungs",
        f"Time {DASH} diagnosis to outcome (days)": 266, "Status (NED,AWD,D)": "D",
        f"Time {DASH} diagnosis to last follow-up (days)": 845,
    }  # fmt: skip
    pd.DataFrame([row, row | {"Patient ID": "STS_002"}]).to_excel(root / "INFOclinical_STS.xlsx", index=False)
    return root


def test_the_official_layout(official, real):
    cohort = cohorts.load(official)
    assert [r.file for r in cohort.refused] == ["STS_002"]
    study = cohort.studies[0]
    reduced = next(s for s in real.studies if s.name == "STS_001")
    assert set(study.data) == {"ct", "pet", "t1", "clinical"}
    assert study.truth.labels == {"grade": "high", "high_grade": "G2/G3", "lung_metastasis": "yes"}
    assert study.truth.outcomes == {
        "death": Outcome(days=845.0, event=True),
        "lung_metastasis": Outcome(days=266.0, event=True),
    }
    assert study.data["clinical"] == reduced.data["clinical"]
    for name in ("ct", "pet", "t1"):
        mine, theirs = study.truth.masks[name].read(), reduced.truth.masks[name].read()
        ml = [
            np.prod(s.truth.masks[name].grid.spacing_mm) * m.sum() / 1000 for s, m in ((study, mine), (reduced, theirs))
        ]
        assert ml[0] == pytest.approx(ml[1], rel=0.1)


def test_a_sheet_without_a_column_or_folders_is_a_sentence(official, tmp_path):
    pd.DataFrame([{"Patient ID": "STS_001", "Age": 59}]).to_excel(official / "INFOclinical_STS.xlsx", index=False)
    with pytest.raises(CohortError, match="no column for sex"):
        cohorts.load(official)
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(official / "INFOclinical_STS.xlsx", alone)
    with pytest.raises(CohortError, match="No folder is called after a patient"):
        cohorts.load(alone)


def test_the_volumes_say_what_their_values_mean(real):
    study = real.studies[0]
    assert {name: study.data[name].unit for name in ("ct", "pet", "t1")} == {"ct": "HU", "pet": "SUVbw", "t1": None}
    assert study.data["ct"].read().min() < -900
