"""Rows of a cohort's tables, as text: an id of "007" stays "007", and every row knows its number."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from osteon.errors import CohortError

LARGEST_BYTES = 256 * 2**20
PATHS = frozenset({"path", "mask"})


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row: its table, its number as a spreadsheet shows it (the header is 1), its cells, stripped."""

    table: str
    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """Return the cell, "" where the column or the value is missing."""
        return self.cells.get(column, "")

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return f"{self.table} row {self.number}"


def read(path: Path, *, required: tuple[str, ...]) -> tuple[Row, ...]:
    """Return the rows of the CSV at `path` (UTF-8; comma, semicolon or tab), blank ones left out.

    Raises:
        CohortError: It is not such a table, a required column is missing, or a column comes twice.

    """
    text = _text(path)
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [column.strip() for column in next(lines, [])]
        _check(header, path.name, required=required)
        return tuple(
            Row(table=path.name, number=number, cells=_cells(header, values, f"{path.name} row {number}"))
            for number, values in enumerate(lines, start=2)
            if any(value.strip() for value in values)
        )
    except csv.Error as error:
        msg = f"The table cannot be read ({error}); save it as CSV in UTF-8."
        raise CohortError(msg, file=path.name) from error


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            msg = f"The table is larger than {LARGEST_BYTES // 2**20} MiB; split the cohort into several folders."
            raise CohortError(msg, file=path.name)
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        msg = f"The table cannot be read ({error.strerror})."
        raise CohortError(msg, file=path.name) from error
    except UnicodeDecodeError as error:
        msg = f"The table is not UTF-8 (byte {error.start}); save it as CSV in UTF-8."
        raise CohortError(msg, file=path.name) from error


def _check(header: list[str], name: str, *, required: tuple[str, ...]) -> None:
    missing = [column for column in required if column not in header]
    if missing:
        alike = [column for column in header if column.lower() == missing[0].lower()]
        found = f"{alike[0]} must be written so" if alike else f"none of its {len(header)} columns is called that"
        msg = f"The table lacks the column {missing[0]}: {found}; the first row holds the names of the columns."
        raise CohortError(msg, file=name)
    first: dict[str, int] = {}
    for number, column in enumerate((column.lower() for column in header), start=1):
        if column and first.setdefault(column, number) != number:
            msg = f"The columns {first[column]} and {number} have one name; rename one of them."
            raise CohortError(msg, file=name)


def _cells(header: list[str], values: list[str], place: str) -> dict[str, str]:
    if any(value.strip() for value in values[len(header) :]):
        msg = f"The row has {len(values)} cells, the header {len(header)}; put quotes around a value with a comma."
        raise CohortError(msg, file=place)
    return {column: _text_of(column, value) for column, value in zip(header, values, strict=False) if column}


def _text_of(column: str, value: str) -> str:
    """Return a cell, stripped, an accented letter as one character; a path as it stands, since file systems differ."""
    return value.strip() if column in PATHS else unicodedata.normalize("NFC", value.strip())
