"""The official download of TCIA Soft-tissue-Sarcoma: DICOM series, RTSTRUCTs and the clinical XLSX."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from osteon.cohorts import doors
from osteon.cohorts.reader import Reader
from osteon.errors import CohortError
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


def table(root: Path) -> Path | None:
    """Return the clinical sheet in `root`, None where there is none."""
    return next(iter(sorted(root.glob("INFOclinical*.xlsx"))), None)


def patients(
    root: Path, *, reader: Reader
) -> Iterator[tuple[str, Mapping[str, str], dict[str, Datum], dict[str, Image]]]:
    """Yield name, clinical cells, images and masks of every patient that the sheet and the folders both have.

    Raises:
        CohortError: The sheet lacks a column, or no folder is called after a patient.

    """
    folders = _folders(root)
    if not folders:
        msg = "No folder is called after a patient (STS_001 ...); unpack the download beside the clinical sheet."
        raise CohortError(msg, file=root.name)
    for cells in _cells(root):
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


def _cells(root: Path) -> Iterator[dict[str, str]]:
    sheet = table(root)
    if sheet is None:
        return
    frame = doors.open_table(sheet)
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
    found = doors.scan(folder)
    for refusal in found.refused:
        reader.refuse((folder / refusal.file).relative_to(root).as_posix(), refusal.why)
    data: dict[str, Datum] = {}
    masks: dict[str, Image] = {}
    for item in found.items:
        name = _input(item)
        if name is None or not isinstance(item.datum, Image):
            continue
        if name in data:
            reader.refuse(f"{folder.name}/{item.file}", f"The patient has another series that is {name}; one is read.")
            continue
        data[name] = item.datum
        masks |= _mask(item.datum, name=name, folder=folder, root=root, reader=reader)
    return data, masks


def _input(item: Item) -> str | None:
    """Return the input that a series is; MR series are told apart by their description."""
    if not isinstance(item.datum, Image):
        return None
    modality = item.datum.modality
    if modality in ("CT", "PT"):
        return {"CT": "ct", "PT": "pet"}[modality]
    said = f"{item.datum.facts.get('SeriesDescription', '')} {item.file}".lower()
    if modality == "MR":
        return "t2" if re.search(r"t2|stir", said) else "t1"
    return None


def _mask(image: Image, *, name: str, folder: Path, root: Path, reader: Reader) -> dict[str, Image]:
    """Return the outline of `image`: the RTSTRUCT of the folder that was drawn on its series."""
    raise NotImplementedError
