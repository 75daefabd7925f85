"""Read a cohort from `cohort.csv`, `patients.csv` and `lesions.csv`."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from osteon.cohorts import columns, lesions, paths, pseudonyms, rows
from osteon.cohorts.columns import Meaning
from osteon.cohorts.paired import EXAMS
from osteon.cohorts.reader import Reader
from osteon.cohorts.rows import Row
from osteon.errors import CohortError, InputError
from osteon.io import simulated
from osteon.io.files import VIEWS
from osteon.types import Cohort, Datum, Expression, Image, Lesion, Record, Slide, Spectrum, Study, Truth

TABLES = ("cohort.csv", "patients.csv", "lesions.csv")
_INPUTS = {"CT": "ct", "MR": "mri", "PT": "pet", "NM": "scintigram"}


@dataclass(frozen=True, kw_only=True, eq=False)
class _Entry:
    """A row of `cohort.csv` whose file could be opened."""

    row: Row
    input: str
    datum: Datum
    mask: Image | None
    drawn: tuple[Lesion, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class _Tables:
    """The three tables, with what their columns mean."""

    root: Path
    images: tuple[Row, ...]
    meaning: Meaning
    patients: Mapping[str, Row]
    clinical: Meaning
    lesions: Mapping[str, tuple[Lesion, ...]]


def read(root: Path) -> Cohort:
    """Return the cohort in `root`. What can be read is read; what cannot is in `Cohort.refused`.

    Patients and studies get pseudonyms (docs/concepts/privacy.md), also where the ids are pseudonyms already.

    Raises:
        CohortError: A table as a whole is at fault, a file is named twice, a study has an input twice,
            or no row can be read.

    """
    tables = _read_tables(root)
    reader = Reader(root=root, raw_ids=frozenset(paths.squeezed(row["patient"]) for row in tables.images))
    groups: dict[tuple[str, str], list[_Entry]] = defaultdict(list)
    for row in tables.images:
        entry = _open(row, reader=reader)
        if entry is not None:
            groups[_study_key(row)].append(entry)
    if not groups:
        first = f" The first: {reader.refused[0].file}: {reader.refused[0].why}"
        msg = f"None of the {len(tables.images)} rows can be read.{first}"
        raise CohortError(msg, file="cohort.csv")
    studies = tuple(_study(key, entries, tables=tables, reader=reader) for key, entries in groups.items())
    return Cohort(
        name=root.resolve().name, studies=studies, fingerprint=fingerprint(root), refused=tuple(reader.refused)
    )


def fingerprint(root: Path) -> str:
    """Return the sha256 over the tables in `root`."""
    digest = hashlib.sha256()
    for name in TABLES:
        if (root / name).is_file():
            digest.update(name.encode() + b"\0" + (root / name).read_bytes() + b"\0")
    return digest.hexdigest()


def _read_tables(root: Path) -> _Tables:
    images = rows.read(root / "cohort.csv", required=("patient", "path"))
    if not images:
        msg = "The table has a header and no rows; add one row an image."
        raise CohortError(msg, file="cohort.csv")
    _refuse_twins(images)
    _refuse_twice((row for row in images if row["path"]), root=root)
    patients: dict[str, Row] = {}
    if (root / "patients.csv").is_file():
        for row in rows.read(root / "patients.csv", required=("patient",)):
            if row["patient"] in patients:
                msg = f"The patient of this row has row {patients[row['patient']].number} already; keep one."
                raise CohortError(msg, file=row.place)
            patients[row["patient"]] = row
    found = rows.read(root / "lesions.csv", required=()) if (root / "lesions.csv").is_file() else ()
    return _Tables(
        root=root,
        images=images,
        meaning=columns.meaning(images),
        patients=patients,
        clinical=columns.meaning(tuple(patients.values())),
        lesions=lesions.by_path(found, images=images),
    )


def _refuse_twins(images: Iterable[Row]) -> None:
    """Refuse ids that differ in capitals alone: one patient typed twice would stand on both sides of a split."""
    seen: dict[str, Row] = {}
    for row in images:
        other = seen.setdefault(row["patient"].casefold(), row)
        if other["patient"] != row["patient"]:
            msg = f"The patient of this row is that of row {other.number} but for capitals; write each id in one way."
            raise CohortError(msg, file=row.place)


def _refuse_twice(images: Iterable[Row], *, root: Path) -> None:
    seen: dict[Path, list[Row]] = defaultdict(list)
    for row in images:
        try:
            path = paths.inside(root, row["path"]).resolve()
        except InputError:  # the reader says so, row by row
            continue
        other = next((r for r in seen[path] if not _two_views(r, row)), None)
        if other is not None:
            msg = f"The file of this row is also that of row {other.number}; name every file once."
            raise CohortError(msg, file=row.place)
        seen[path].append(row)


def _two_views(one: Row, other: Row) -> bool:
    """Return whether two rows ask for the two views of one study, which a camera may write into one file."""
    return {one["input"], other["input"]} == set(VIEWS) and _study_key(one) == _study_key(other)


def _study_key(row: Row) -> tuple[str, str]:
    return row["patient"], row["study"] or row["path"]


def _open(row: Row, *, reader: Reader) -> _Entry | None:
    """Return the row with its file open; the reader notes why it, or its mask, cannot be read."""
    raw_id = row["patient"]
    if not raw_id:
        reader.refuse(row.place, "The row names no patient; a split would have no group for it.")
        return None
    view = row["input"] if row["input"] in VIEWS else ""
    datum = reader.datum(row["path"], where=reader.shown(row, "path"), raw_id=raw_id, view=view)
    if datum is None:
        return None
    datum = simulated.marked(datum, row[simulated.COLUMN])
    name = row["input"] or _default_input(datum)
    drawn = (
        reader.drawn(row["mask"], image=datum, where=reader.shown(row, "mask"), raw_id=raw_id) if row["mask"] else None
    )
    if drawn is None:
        return _Entry(row=row, input=name, datum=datum, mask=None)
    return _Entry(row=row, input=name, datum=datum, mask=drawn.mask, drawn=drawn.lesions)


def _default_input(datum: Datum) -> str:
    if isinstance(datum, Slide):
        return "slide"
    if isinstance(datum, Spectrum):
        return "spectrum"
    if isinstance(datum, Expression):
        return "expression"
    if isinstance(datum, Image):
        return _INPUTS.get(datum.modality, "volume" if len(datum.grid.shape) == 3 else "radiograph")
    return "table"


def _study(key: tuple[str, str], entries: Sequence[_Entry], *, tables: _Tables, reader: Reader) -> Study:
    first, entries = entries[0].row, _by_exam(entries)
    patient = pseudonyms.pseudonym(first["patient"])
    person = tables.patients.get(first["patient"])
    data: dict[str, Datum] = {}
    for entry in entries:
        if entry.input in data:
            msg = "The study of this row has an image of this input already; give each image its own study or input."
            raise CohortError(msg, file=entry.row.place)
        if any(_one_image(entry.datum, other) for other in data.values()):
            msg = "The file of this row holds one view, and another row names it as the other; leave one row out."
            raise CohortError(msg, file=entry.row.place)
        data[entry.input] = entry.datum
    origins = {entry.input: reader.shown(entry.row, "path") for entry in entries}
    clinical = columns.record(person, tables.clinical) if person else Record(values={})
    if person and clinical.values:
        data["clinical"] = clinical
        origins["clinical"] = person.place
    return Study(
        name=pseudonyms.study_name(*key),
        patient=patient,
        site=_one("site", entries, person=person),
        data=data,
        truth=_truth(entries, person=person, tables=tables),
        split=_side(entries, person=person),
        exam=_one("exam", entries, person=None) if len(_exams(entries)) < 2 else None,
        origins=origins,
        derived_from=_sources(entries),
    )


def _one_image(one: Datum, other: Datum) -> bool:
    """Return whether two images are the same frames of the same files."""
    return isinstance(one, Image) and isinstance(other, Image) and one.sources == other.sources != ()


def _exams(entries: Sequence[_Entry]) -> set[str]:
    return {entry.row["exam"] for entry in entries if entry.row["exam"]}


def _by_exam(entries: Sequence[_Entry]) -> Sequence[_Entry]:
    """Return the rows of a study; where it holds both exams, each input is named after its own: `pet_pre`."""
    exams = _exams(entries)
    if len(exams) < 2:
        return entries
    if exams != set(EXAMS):
        msg = "The rows of one study differ in exam; they must agree, or each be pre or post."
        raise CohortError(msg, file=entries[-1].row.place)
    return [replace(e, input="_".join(word for word in (e.input, e.row["exam"]) if word)) for e in entries]


def _one(column: str, entries: Sequence[_Entry], *, person: Row | None) -> str | None:
    """Return the one word that the rows of a study have in `column`, else the patient's, else None."""
    said = {entry.row[column] for entry in entries if entry.row[column]}
    if len(said) > 1:
        msg = f"The rows of one study differ in {column}; they must agree."
        raise CohortError(msg, file=entries[-1].row.place)
    return said.pop() if said else ((person[column] or None) if person else None)


def _side(entries: Sequence[_Entry], *, person: Row | None) -> str | None:
    """Return the side of the split that the rows of a study and its patient agree on, None where none says."""
    said: set[str] = set()
    for row in (*(entry.row for entry in entries), *([person] if person else [])):
        if not row["split"]:
            continue
        word = columns.side(row["split"])
        if word is None:
            msg = "The split column has a word that is no side; it is train, validation or test, or left empty."
            raise CohortError(msg, file=row.place)
        if said and word not in said:
            msg = "The rows of one study, or of its patient, differ in split; they must agree."
            raise CohortError(msg, file=row.place)
        said.add(word)
    return next(iter(said), None)


def _sources(entries: Sequence[_Entry]) -> tuple[str, ...]:
    """Return the patients that a derived study was made from, whose ids stand in `derived_from`, ; between them."""
    said = _one("derived_from", entries, person=None) or ""
    return tuple(dict.fromkeys(pseudonyms.pseudonym(name) for name in said.split(";") if name.strip()))


def _truth(entries: Sequence[_Entry], *, person: Row | None, tables: _Tables) -> Truth:
    said = [columns.known(person, tables.clinical)] if person else []
    labels = {"label": said[0].labels["label"]} if said and "label" in said[0].labels else {}
    values: dict[str, float] = {}
    outcomes = dict(said[0].outcomes) if said else {}
    for entry in entries:
        row = columns.known(entry.row, tables.meaning)
        differing = [c for c in row.labels if labels.get(c, row.labels[c]) != row.labels[c]]
        if differing:
            msg = f"The rows of one study, or of its patient, differ in {differing[0]}; they must agree."
            raise CohortError(msg, file=entry.row.place)
        labels |= row.labels
        values |= row.values
        outcomes |= row.outcomes
    return Truth(
        labels=labels,
        masks={entry.input: entry.mask for entry in entries if entry.mask is not None},
        lesions=tuple(replace(x, input=e.input) for e in entries for x in lesions.of(e.row, tables.lesions) or e.drawn),
        outcomes=outcomes,
        values=values,
    )
