"""What a simulated file says of itself, and the note that what is read from one carries.

DICOM says it in its header (`dicom_simulated`); formats with room for one line, as PNG, NIfTI and TIFF, hold `SAYS`. A
table of counts, which has none, calls its column `COUNTS`; one with a row a patient or image has the column `COLUMN`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from osteon.types import Datum

SAYS = "Simulated by osteon; not a patient."
MODEL = "osteon simulate"
"""ManufacturerModelName of simulated DICOM."""

COUNTS = "simulated_counts"
"""Column of the counts of a simulated spectrum or of genes."""

COLUMN, MAKER = "simulated", "by osteon"
"""Column of a table of patients or images, and what stands in it in each simulated row."""

NOTE = "It is simulated: no patient was examined, and no reading of it is clinical evidence."
_NOT = frozenset({"", "--", "0", "false", "n/a", "na", "nan", "no", "none"})


def notes_of(said: str | None) -> tuple[str, ...]:
    """Return the note of what was read from a file that says this of itself: none unless it says that it is simulated.

    >>> notes_of(SAYS) == notes_of(MODEL) == (NOTE,)
    True
    >>> notes_of("A hand"), notes_of(None)
    ((), ())
    """
    return (NOTE,) if said and said.startswith((SAYS, MODEL)) else ()


def notes_of_cell(cell: object) -> tuple[str, ...]:
    """Return the note of a row with this in its column `COLUMN`: none of an empty one, and of no, false and 0.

    >>> notes_of_cell(MAKER) == notes_of_cell("yes") == (NOTE,)
    True
    >>> notes_of_cell(""), notes_of_cell(None), notes_of_cell("No"), notes_of_cell(0.0)
    ((), (), (), ())
    """
    word = "" if cell is None else str(cell).strip().lower().removesuffix(".0")
    return () if word in _NOT else (NOTE,)


def marked(datum: Datum, cell: object) -> Datum:
    """Return what was read with the note of its row of a table, where the row's `cell` says that it is simulated."""
    notes = notes_of_cell(cell)
    return replace(datum, notes=(*notes, *datum.notes)) if notes and not is_simulated(datum) else datum


def is_simulated(datum: Datum) -> bool:
    """Return whether what was read says that it is simulated."""
    return NOTE in datum.notes


def says(source: Datum | None) -> str:
    """Return what a picture or volume that is made from `source` says of itself: "" unless that is simulated."""
    return SAYS if source is not None and is_simulated(source) else ""


def told(data: Sequence[Datum]) -> tuple[str, ...]:
    """Return what a page on `data` must say first: nothing where none of them is simulated."""
    many = sum(is_simulated(datum) for datum in data)
    if not many:
        return ()
    those = "All that was read here is" if many == len(data) else f"{many} of the {len(data)} inputs read here are"
    return (f"{those} simulated: no patient was examined, and no reading of it is clinical evidence.",)
