"""TCIA Soft-tissue-Sarcoma: FDG-PET/CT and MRI of soft-tissue sarcomas of the extremities, with outlines.

Soft tissue and not bone, so every figure on it is a surrogate. Two layouts are recognised. The
official download: `INFOclinical_STS.xlsx` and a folder a patient (`STS_001` ..., at any depth) of DICOM
series and RTSTRUCTs; it is read from its published description and tried on one patient only. And a
reduced one: `clinical.csv` and `nifti/STS_nnn/{CT,PET,MR_T1}.nii.gz`, each with its `_mask`.

One study a patient with the inputs `ct`, `pet`, `t1` and `clinical` (from the official download `t2`
too), a mask for each image. Labels: `grade` (high, intermediate, low), `high_grade` ("G2/G3" for high and
intermediate, "G1" for low, as FNCLCC grading is dichotomised; the table's own scale has no numbers) and
`lung_metastasis` (yes, no). Outcomes: `death` and `lung_metastasis`, in days from diagnosis; a patient
without the event is censored at the last follow-up. The set's ids are public pseudonyms, so not hashed.

Vallieres M. et al. 2015, doi 10.7937/K9/TCIA.2015.7GO2GSKS. CC BY 3.0.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from osteon.cohorts import columns, rows
from osteon.cohorts.dicom import soft_tissue_sarcoma as official_download
from osteon.cohorts.reader import Reader
from osteon.types import Cohort, Datum, Evidence, Image, Outcome, Record, Study, Truth

CITATION = (
    "Vallieres M. et al. A radiomics model from joint FDG-PET and MRI texture features for the prediction of lung "
    "metastases in soft-tissue sarcomas of the extremities. TCIA 2015, doi 10.7937/K9/TCIA.2015.7GO2GSKS; "
    "Phys Med Biol 2015;60:5471; Clark K. et al. J Digit Imaging 2013;26:1045"
)
NOTES = ("Soft-tissue sarcomas of the extremities, not bone: every figure is a surrogate.",)
CROPPED = (
    "The volumes are cropped around the tumour, which gives its place away: trim every side by a random amount "
    "before segmenting."
)
FILES = {"ct": "CT", "pet": "PET", "t1": "MR_T1"}
"""Input to the stem of its file in the reduced layout."""
UNITS = {"ct": "HU", "pet": "SUVbw"}
"""Of the reduced layout's volumes, by its description: NIfTI states no unit."""

HIGH_GRADE = {"high": "G2/G3", "intermediate": "G2/G3", "low": "G1"}
Clinical = Mapping[str, str]
"""The cells of one patient, by the column names of the reduced layout."""


def recognise(root: Path) -> bool:
    """Return whether `root` is laid out as this set."""
    reduced = (root / "clinical.csv").is_file() and any((root / "nifti").glob("STS_*"))
    return reduced or _sheet(root) is not None


def load(root: Path) -> Cohort:
    """Return the patients in `root`.

    Raises:
        CohortError: The clinical table lacks a column.

    """
    reader = Reader(root=root)
    official = _sheet(root)
    if official is None:
        found = _reduced(root, reader=reader)
    else:
        found = official_download.patients(root, sheet=official, reader=reader)
    studies = tuple(_study(name, clinical=clinical, data=data, masks=masks) for name, clinical, data, masks in found)
    return Cohort(
        name="tcia-soft-tissue-sarcoma",
        studies=studies,
        evidence=Evidence.SURROGATE,
        licence="CC BY 3.0",
        citation=CITATION,
        notes=NOTES if official is not None else (*NOTES, CROPPED),
        fingerprint=hashlib.sha256((official or root / "clinical.csv").read_bytes()).hexdigest(),
        refused=tuple(reader.refused),
    )


def labels(clinical: Clinical) -> dict[str, str]:
    """Return the words of the truth: grade, whether it is high, and whether the lungs were reached."""
    said = {"lung_metastasis": "yes" if _lungs(clinical) else "no"}
    grade = clinical.get("grade", "").strip().lower()
    if grade in HIGH_GRADE:
        said |= {"grade": grade, "high_grade": HIGH_GRADE[grade]}
    return said


def outcomes(clinical: Clinical) -> dict[str, Outcome]:
    """Return death and lung metastasis in days from diagnosis, where the table gives the days."""
    last = columns.number(clinical.get("days_diagnosis_to_last_followup", ""))
    reached = columns.number(clinical.get("days_diagnosis_to_outcome", "")) if _lungs(clinical) else last
    found = {}
    if last is not None:
        found["death"] = Outcome(days=last, event=clinical.get("status", "").strip() == "D")
    if reached is not None:
        found["lung_metastasis"] = Outcome(days=reached, event=_lungs(clinical))
    return found


def record(clinical: Clinical) -> Record:
    """Return what was known at diagnosis; grade, treatment, outcome and status are not, or are the truth.

    `location` is the site without its side.
    """
    words = {"sex": "sex", "histology": "histology", "mskcc_type": "mskcc_type", "tumour_site": "site"}
    said = {name: clinical.get(column, "").strip() or None for name, column in words.items()}
    said["location"] = re.sub(r"^(left|right)\s+", "", said["tumour_site"] or "", flags=re.IGNORECASE) or None
    return Record(values={"age_years": columns.number(clinical.get("age_years", "")), **said})


def _study(name: str, *, clinical: Clinical, data: Mapping[str, Datum], masks: Mapping[str, Image]) -> Study:
    truth = Truth(labels=labels(clinical), masks=masks, outcomes=outcomes(clinical))
    origins = {input_name: f"{name} {input_name}" for input_name in data} | {"clinical": f"the clinical row of {name}"}
    return Study(name=name, patient=name, data={**data, "clinical": record(clinical)}, truth=truth, origins=origins)


def _sheet(root: Path) -> Path | None:
    """Return the clinical sheet of the official download, None where there is none."""
    return next(iter(sorted(root.glob("INFOclinical*.xlsx"))), None)


def _reduced(root: Path, *, reader: Reader) -> Iterator[tuple[str, Clinical, dict[str, Datum], dict[str, Image]]]:
    for row in rows.read(root / "clinical.csv", required=("patient", "grade", "outcome", "status")):
        data: dict[str, Datum] = {}
        masks: dict[str, Image] = {}
        for name, stem in FILES.items():
            image = reader.datum(f"nifti/{row['patient']}/{stem}.nii.gz")
            if isinstance(image, Image):
                data[name] = replace(image, unit=UNITS.get(name))
                mask = reader.mask(f"nifti/{row['patient']}/{stem}_mask.nii.gz", image=image)
                masks |= {name: mask} if mask else {}
        if data:
            yield row["patient"], row.cells, data, masks


def _lungs(clinical: Clinical) -> bool:
    """Return whether the outcome is lung metastases ("Mets", a dash of either length, "lungs")."""
    return re.fullmatch(r"mets\W+lungs?", clinical.get("outcome", "").strip().lower()) is not None
