"""Cells of a table as they were typed: which are numbers, with a point or a comma, and which are missing."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from osteon.errors import InputError

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none"})
POINT = re.compile(r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
COMMA = re.compile(r"[+-]?(?:(?:0|[1-9]\d*)(?:,\d*)?|,\d+)(?:[eE][+-]?\d+)?")
DIGITS = 15  # more than these, and a float would change an id


def named(header: Sequence[str], *, file: str) -> list[str]:
    """Return the column names; refuse a missing one and one that occurs twice.

    Raises:
        InputError: With the numbers of the columns and no cell: without a header, the first row is a patient's.

    """
    seen: dict[str, int] = {}
    for number, name in enumerate(header, start=1):
        if not name:
            raise InputError(f"has no name for column {number}; give every column one.", file=file)
        if seen.setdefault(name, number) != number:
            raise InputError(f"has one name for the columns {seen[name]} and {number}; rename one.", file=file)
    return list(header)


def numeric_style(columns: Sequence[Sequence[Any]]) -> bool:
    """Return whether numbers are written with a decimal comma: some column is all such, none has a decimal point."""
    texts = [[c.strip() for c in cells if isinstance(c, str)] for cells in columns]
    commas = any(_all(COMMA, cells) and any("," in c for c in cells) for cells in texts)
    points = any(_all(POINT, cells) and any("." in c for c in cells) for cells in texts)
    return commas and not points


def column(cells: Sequence[Any], *, comma: bool) -> pd.Series:
    """Return `cells` as whole numbers, as numbers with nan for what is missing, or as text with None for it."""
    texts = [_text(cell) for cell in cells]
    filled = [t for t in texts if t is not None]
    pattern = COMMA if comma else POINT
    if not filled or not _all(pattern, filled) or any(sum(c.isdigit() for c in t) > DIGITS + 4 for t in filled):
        return pd.Series(texts, dtype=object)
    points = [t.replace(",", ".") if comma else t for t in filled]
    if all(re.fullmatch(r"[+-]?\d+", t) for t in points):
        if any(len(t.lstrip("+-")) > DIGITS for t in points):
            return pd.Series(texts, dtype=object)
        if len(filled) == len(texts):
            return pd.Series([int(t) for t in points], dtype=np.int64)
    numbers = iter(points)
    return pd.Series([np.nan if t is None else float(next(numbers)) for t in texts], dtype=float)


def _text(cell: Any) -> str | None:
    """Return a cell as text, None when it is missing."""
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        cell = cell.date()
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**DIGITS:
        cell = int(cell)
    said = "" if cell is None else str(cell).strip()
    return None if said.lower() in MISSING else said


def _all(pattern: re.Pattern[str], texts: Sequence[str]) -> bool:
    filled = [t for t in texts if t.lower() not in MISSING]
    return bool(filled) and all(pattern.fullmatch(t) for t in filled)
