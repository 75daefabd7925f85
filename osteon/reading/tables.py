"""What the table of a cohort says of the files in its folders: which are masks, and whose and what each image is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from osteon.cohorts import rows
from osteon.cohorts.rows import Row
from osteon.errors import InputError
from osteon.io import simulated
from osteon.types import Found, Image, Item, Record, Refusal, Slide, Spectrum

TABLE = "cohort.csv"
ABOVE = 3
"""How far above a folder that is read its cohort's table may lie: cohort/patients/one."""
TRUTH = "truth.csv"
"""What `osteon simulate` drew: no system is ever shown it."""
OF_COHORT = "is a table of a cohort, which tells of its images and their truth; rows to read stand in patients.csv."
WHY = f"is a mask by the table {TABLE} of its cohort, which is an answer and not an image to read."


def heeded(found: Found, inputs: Sequence[Path]) -> Found:
    """Return `found` as a cohort's table tells of it: masks are refused, an image is that patient's and that input.

    Args:
        found: What lies in the inputs.
        inputs: Files and folders that were named; a table may lie in them or up to `ABOVE` folders above.

    """
    told = [(table.parent, row) for table in _tables(inputs) for row in _rows(table)]
    masks = {_at(root, row["mask"].partition("#")[0]) for root, row in told if row["mask"]}
    images: dict[Path, list[Row]] = {}
    for root, row in told:
        if row["path"]:
            images.setdefault(_at(root, row["path"]), []).append(row)
    ours = {item.file: WHY for item in found.items if masks.intersection(_places(item)[:1])}
    ours |= {item.file: OF_COHORT for item in found.items if _of_cohort(item)}
    return Found(
        items=tuple(_named(item, images) for item in found.items if item.file not in ours),
        refused=(*found.refused, *(Refusal(file=file, why=why) for file, why in sorted(ours.items()))),
    )


def _tables(inputs: Sequence[Path]) -> set[Path]:
    folders = {place for path in inputs for place in (path.resolve(), *path.resolve().parents[:ABOVE])}
    return {place / TABLE for place in folders if (place / TABLE).is_file()}


def _rows(table: Path) -> Iterator[Row]:
    """Yield the rows of a cohort's table; one that cannot be read tells nothing."""
    try:
        yield from rows.read(table, required=("patient", "path"))
    except InputError:
        return


def _named(item: Item, images: Mapping[Path, Sequence[Row]]) -> Item:
    rows_of = next((images[place] for place in _places(item) if place in images), ())
    view = item.datum.facts.get("view") if isinstance(item.datum, Image) else None
    row = next((row for row in rows_of if len(rows_of) == 1 or row["input"] == view), None)
    if row is None:
        return item
    datum = simulated.marked(item.datum, row[simulated.COLUMN])
    return replace(item, datum=datum, input=row["input"] or None, patient_id=row["patient"] or item.patient_id)


def _of_cohort(item: Item) -> bool:
    """Return whether `item` is a row that names an image, or what was drawn of a simulated patient: no clinical one."""
    if not isinstance(item.datum, Record):
        return False
    return "path" in item.datum.values or PurePosixPath(item.file).name == TRUTH


def _at(root: Path, name: str) -> Path:
    return (root / name).resolve()


def _places(item: Item) -> tuple[Path, ...]:
    """Return the file of `item`, and its folder: a row may name that of a series."""
    datum = item.datum
    if isinstance(datum, Slide):
        return datum.path.resolve(), datum.path.resolve().parent
    sources = datum.sources[:1] if isinstance(datum, (Image, Spectrum)) else ()
    return tuple(place for s in sources for place in (s.path.resolve(), s.path.resolve().parent))
