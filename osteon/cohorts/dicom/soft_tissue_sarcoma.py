"""The official download of TCIA Soft-tissue-Sarcoma: DICOM series, RTSTRUCTs and the clinical XLSX."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from osteon.cohorts.dicom import outlines
from osteon.cohorts.reader import Reader
from osteon.errors import CohortError
from osteon.io import dicom, dicom_rt, table
from osteon.types import Datum, Image, Item

PATIENT = re.compile(r"STS_\d{3}")
COLUMNS = {
    "patient": ("patient", "id"),
    "age_years": ("age",),
    "sex": ("sex",),
    "histology": ("histolog",),
    "mskcc_type": ("mskcc",),
    "site": ("site",),
    "grade": ("grade",),
    "outcome": ("outcome", "recurrence"),
    "days_diagnosis_to_outcome": ("diagnosis", "outcome"),
    "status": ("status",),
    "days_diagnosis_to_last_followup": ("diagnosis", "follow"),
}
"""Our column name to words that the sheet's own heading holds, since its dashes and brackets vary."""


def patients(
    root: Path, *, sheet: Path, reader: Reader
) -> Iterator[tuple[str, Mapping[str, str], dict[str, Datum], dict[str, Image]]]:
    """Yield name, clinical cells, images and masks of every patient that the sheet and the folders both have.

    Raises:
        CohortError: The sheet lacks a column, or no folder is called after a patient.

    """
    folders = _folders(root)
    if not folders:
        msg = "No folder is called after a patient (STS_001 ...); unpack the download beside the clinical sheet."
        raise CohortError(msg, file=root.name)
    for cells in _cells(sheet):
        name = cells["patient"]
        if name not in folders:
            reader.refuse(name, "There is no folder of this patient; download it, or leave the row out.")
            continue
        data, masks = _images(folders[name], root=root, reader=reader)
        if data:
            yield name, cells, data, masks


def _folders(root: Path) -> dict[str, Path]:
    """Return the uppermost folder of each patient."""
    found = sorted((p for p in root.rglob("STS_*") if p.is_dir() and PATIENT.fullmatch(p.name)), reverse=True)
    return {p.name: p for p in sorted(found, key=lambda p: len(p.parts), reverse=True)}


def _cells(sheet: Path) -> Iterator[dict[str, str]]:
    frame = table.read(sheet)
    headings = {ours: _heading(ours, [str(c) for c in frame.columns], file=sheet.name) for ours in COLUMNS}
    frame.columns = [str(c) for c in frame.columns]
    for row in frame.to_dict("records"):
        cells = {ours: str(row[theirs]).strip() for ours, theirs in headings.items()}
        if PATIENT.fullmatch(cells["patient"]):
            yield cells


def _heading(ours: str, headings: list[str], *, file: str) -> str:
    """Return the shortest heading that holds all the words of the column."""
    fitting = [h for h in headings if all(word in h.lower() for word in COLUMNS[ours])]
    if ours == "outcome":
        fitting = [h for h in fitting if "days" not in h.lower()]
    if not fitting:
        msg = f"The sheet has no column for {ours}; its columns are {', '.join(headings)}."
        raise CohortError(msg, file=file)
    return min(fitting, key=len)


def _images(folder: Path, *, root: Path, reader: Reader) -> tuple[dict[str, Datum], dict[str, Image]]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    contours = [path for path in files if dicom.modality(path) == "RTSTRUCT"]
    found = dicom.read_files([path for path in files if path not in set(contours)], root=root)
    for refusal in found.refused:
        reader.refuse(refusal.file, refusal.why)
    structures = [dicom_rt.read(path, name=path.relative_to(root).as_posix()) for path in contours]
    data: dict[str, Datum] = {}
    masks: dict[str, Image] = {}
    for item in found.items:
        name = _input(item)
        if name is None or not isinstance(item.datum, Image):
            continue
        if name in data:
            reader.refuse(item.file, f"The patient has another series that is {name}, which is read instead.")
            continue
        data[name] = item.datum
        region = _mass(structures, image=item.datum, name=name)
        if region is None:
            reader.refuse(item.file, f"No outline of the mass was drawn on this {name} series.")
        else:
            masks[name] = outlines.drawn(region, image=item.datum, path=contours[0])
    return data, masks


def _input(item: Item) -> str | None:
    """Return the input that a series is; MR series are told apart by what their names say of the sequence."""
    if not isinstance(item.datum, Image):
        return None
    modality = item.datum.modality
    if modality == "MR":
        words = item.datum.facts.get("sequence_words", ())
        return "t2" if {"t2", "stir"} & set(words) else "t1"
    return {"CT": "ct", "PT": "pet"}.get(modality)


def _mass(structures: Sequence[dicom_rt.Structures], *, image: Image, name: str) -> dicom_rt.Region | None:
    """Return the region of the mass that was drawn on `image`: by the slices it names, else by its own name."""
    regions = [(s.fits(image), r) for s in structures for r in s.regions if "mass" in r.name.lower()]
    stated = [region for fits, region in regions if fits]
    word = {"ct": "_ct", "pet": "_pet", "t1": "_t1", "t2": "_t2"}[name]
    named = [region for _, region in regions if region.name.lower().endswith(word)]
    return next(iter(stated or named), None)
