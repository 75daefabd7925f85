"""BS-80K, chest: anterior and posterior crops of whole-body bone scans of 2,187 patients.

One layout: `labels.csv` (`patient`, `anterior_abnormal`, `posterior_abnormal`), `anterior/N.png` and
`posterior/N.png`. One study a patient with the inputs `anterior` and `posterior` and the labels
`anterior`, `posterior` and `label` (abnormal when either view is): "abnormal" or "normal".

Patients 570, 831 and 3245 are duplicates of patients elsewhere in the set and are left out. The
`split` is by number: N % 4 of 2 and 3 train, of 1 validates and tests by halves, the rest is in none.

Huang Z. et al., Comput Biol Med 2022;151:106221. No licence is stated.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from osteon.cohorts import rows
from osteon.cohorts.reader import Reader
from osteon.cohorts.rows import Row
from osteon.errors import CohortError
from osteon.types import Cohort, Datum, Evidence, Study, Truth

DUPLICATES = frozenset({"570", "831", "3245"})
VIEWS = ("anterior", "posterior")


def recognise(root: Path) -> bool:
    """Return whether `root` is laid out as this set."""
    return (root / "labels.csv").is_file() and all((root / view).is_dir() for view in VIEWS)


def load(root: Path) -> Cohort:
    """Return the patients in `root`.

    Raises:
        CohortError: The table lacks a column, or a patient's id is no number.

    """
    table = root / "labels.csv"
    found = rows.read(table, required=("patient", *(f"{view}_abnormal" for view in VIEWS)))
    reader = Reader(root=root)
    studies = (_study(row, reader=reader) for row in found if row["patient"] not in DUPLICATES)
    return Cohort(
        name="bs80k-chest",
        studies=tuple(study for study in studies if study is not None),
        evidence=Evidence.SURROGATE,
        licence="none stated: research use, weights not published",
        citation="Huang Z. et al. Comput Biol Med 2022;151:106221",
        notes=("Chest crops with one label a view; patients 570, 831 and 3245 are duplicates and left out.",),
        fingerprint=hashlib.sha256(table.read_bytes()).hexdigest(),
        refused=tuple(reader.refused),
    )


def _study(row: Row, *, reader: Reader) -> Study | None:
    number = row["patient"]
    if not number.isdecimal():
        msg = f"The patient {number!r} is no number; this set counts its patients."
        raise CohortError(msg, file=row.place)
    found = {view: reader.datum(f"{view}/{number}.png") for view in VIEWS}
    data: dict[str, Datum] = {view: datum for view, datum in found.items() if datum is not None}
    if not data:
        return None
    labels = {view: _word(row[f"{view}_abnormal"] == "1") for view in VIEWS}
    return Study(
        name=f"bs80k-{int(number):04d}",
        patient=f"bs80k-{int(number):04d}",
        data=data,
        truth=Truth(labels=labels | {"label": _word("abnormal" in labels.values())}),
        split=_side(int(number)),
        origins={view: f"{view}/{number}.png" for view in data},
    )


def _word(abnormal: bool) -> str:  # noqa: FBT001  one fact to one word
    return "abnormal" if abnormal else "normal"


def _side(number: int) -> str | None:
    if number % 4 in (2, 3):
        return "train"
    if number % 4 == 1:
        return "validation" if number // 4 % 2 == 0 else "test"
    return None
