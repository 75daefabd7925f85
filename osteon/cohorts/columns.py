"""What the columns of a cohort's tables mean: labels, quantities, outcomes, clinical values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from osteon.cohorts.rows import Row
from osteon.errors import CohortError
from osteon.io import simulated
from osteon.types import Outcome, Record

NAMED = frozenset(
    {"patient", "path", "study", "input", "exam", "site", "split", "mask", "derived_from", simulated.COLUMN}
)
"""Columns with a meaning of their own in `cohort.csv`; all but path, study, input, mask and
derived_from also in `patients.csv`."""

_EVENTS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_SIDES = {
    "train": "train",
    "training": "train",
    "test": "test",
    "validation": "validation",
    "val": "validation",
    "valid": "validation",
}
_NOTHING = frozenset({"", "na", "n/a", "nan", "none", "--"})


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """Which columns of a table are what.

    Attributes:
        labels: Hold words: the classes of a task.
        values: Hold numbers.
        endpoints: With a column `<endpoint>_days` and one `<endpoint>_event`.

    """

    labels: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the columns of one row say."""

    labels: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)


def side(word: str) -> str | None:
    """Return "train", "validation" or "test" for a word of the `split` column, None for any other.

    Example:
        >>> side("Val"), side("training"), side("holdout")
        ('validation', 'train', None)

    """
    return _SIDES.get(word.lower())


def number(text: str) -> float | None:
    """Return the finite number that `text` writes, else None.

    Example:
        >>> number("61.5"), number("left thigh"), number("inf")
        (61.5, None, None)

    """
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def missing(text: str) -> bool:
    """Return whether `text` says that nothing was recorded: "", NA, NaN, none, --."""
    return text.strip().lower() in _NOTHING


def meaning(rows: Sequence[Row]) -> Meaning:
    """Return what the columns of `rows` hold; `label` is always a label, other columns by their content.

    Raises:
        CohortError: An endpoint has its event without its days.

    """
    columns = [c for c in (rows[0].cells if rows else ()) if c not in NAMED]
    endpoints = tuple(c.removesuffix("_event") for c in columns if c.endswith("_event"))
    for endpoint in endpoints:
        if f"{endpoint}_days" not in columns:
            msg = f"The table has {endpoint}_event without {endpoint}_days; add the days to the event or last visit."
            raise CohortError(msg, file=rows[0].table)
    rest = [c for c in columns if c.rpartition("_")[0] not in endpoints]
    labels = tuple(c for c in rest if c == "label" or not _numeric(row[c] for row in rows))
    return Meaning(labels=labels, values=tuple(c for c in rest if c not in labels), endpoints=endpoints)


def known(row: Row, what: Meaning) -> Known:
    """Return the labels, values and outcomes of `row`; what is not recorded is left out.

    Raises:
        CohortError: An outcome is not a time of 0 or more days with an event of 0 or 1.

    """
    return Known(
        labels={c: row[c] for c in what.labels if not missing(row[c])},
        values={c: value for c in what.values if (value := number(row[c])) is not None},
        outcomes={e: outcome for e in what.endpoints if (outcome := _outcome(row, e)) is not None},
    )


def record(row: Row, what: Meaning) -> Record:
    """Return the clinical values of `row`: numbers where a column holds numbers, else words; None where missing.

    A column called `label` and the outcomes are the truth and stay out.
    """
    words = {c: None if missing(row[c]) else row[c] for c in what.labels if c != "label"}
    values = words | {c: number(row[c]) for c in what.values}
    return Record(values=values, notes=simulated.notes_of_cell(row[simulated.COLUMN]))


def _numeric(cells: Iterable[str]) -> bool:
    said = [cell for cell in cells if not missing(cell)]
    return all(number(cell) is not None for cell in said)


def _outcome(row: Row, endpoint: str) -> Outcome | None:
    days, event = row[f"{endpoint}_days"], row[f"{endpoint}_event"]
    if missing(days) and missing(event):
        return None
    time = number(days)
    happened = _EVENTS.get(event.lower().removesuffix(".0"))
    if time is None or time < 0 or happened is None:
        msg = f"{endpoint}_days must be 0 or more and {endpoint}_event 0 or 1; fill in both or leave both empty."
        raise CohortError(msg, file=row.place)
    return Outcome(days=time, event=happened)
