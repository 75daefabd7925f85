"""Outlines among a patient's images: what a cohort's table names as a mask is no film to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from osteon.cohorts import rows
from osteon.errors import InputError
from osteon.types import Found, Image, Item, Refusal

TABLE = "cohort.csv"
ABOVE = 3
"""How far above a folder that is read its cohort's table may lie: cohort/patients/one."""
WHY = f"is a mask by the table {TABLE} of its cohort, which is an answer and not an image to read."


def without_masks(found: Found, inputs: Sequence[Path]) -> Found:
    """Return `found` with the masks that a cohort's table names refused, each with the reason.

    Args:
        found: What lies in the inputs.
        inputs: Files and folders that were named; a table may lie in them or up to `ABOVE` folders above.

    """
    masks = {mask for table in _tables(inputs) for mask in _masks(table)}
    ours = {item.file for item in found.items if _place(item) in masks} if masks else set()
    return Found(
        items=tuple(item for item in found.items if item.file not in ours),
        refused=(*found.refused, *(Refusal(file=file, why=WHY) for file in sorted(ours))),
    )


def _tables(inputs: Sequence[Path]) -> set[Path]:
    folders = {place for path in inputs for place in (path.resolve(), *path.resolve().parents[:ABOVE])}
    return {place / TABLE for place in folders if (place / TABLE).is_file()}


def _masks(table: Path) -> Iterator[Path]:
    """Yield the files that a cohort's table names as masks; a table that cannot be read names none."""
    try:
        named = [row["mask"].partition("#")[0] for row in rows.read(table, required=("patient", "path"))]
    except InputError:
        return
    yield from ((table.parent / name).resolve() for name in dict.fromkeys(named) if name)


def _place(item: Item) -> Path | None:
    sources = item.datum.sources if isinstance(item.datum, Image) else ()
    return sources[0].path.resolve() if sources else None
