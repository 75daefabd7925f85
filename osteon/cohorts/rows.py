"""Rows of a cohort's tables, as text: an id of "007" stays "007", and every row knows its number."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from osteon.errors import CohortError

LARGEST_BYTES = 256 * 2**20


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
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
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
        msg = f"The table lacks the column {missing[0]}; its columns are {', '.join(header) or 'none'}."
        raise CohortError(msg, file=name)
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        msg = f"The column {twice[0]} comes twice; rename one of them."
        raise CohortError(msg, file=name)


def _cells(header: list[str], values: list[str], place: str) -> dict[str, str]:
    if any(value.strip() for value in values[len(header) :]):
        msg = f"The row has {len(values)} cells, the header {len(header)}; put quotes around a value with a comma."
        raise CohortError(msg, file=place)
    return {column: value.strip() for column, value in zip(header, values, strict=False) if column}
