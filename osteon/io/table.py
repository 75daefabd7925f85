"""Tables in and out: CSV and TSV as hospitals write them (also gzipped), XLSX, Parquet.

A cell is text or a number, never a formula: what begins with "=" is read as text, and written so
that no spreadsheet runs it.
"""

from __future__ import annotations

import csv
import gzip
import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from osteon.errors import InputError
from osteon.io import archive, atomic
from osteon.io.cells import column, named, numeric_style

MOST_BYTES = 2**30
MOST_CELLS = 200_000_000
DELIMITERS = (",", ";", "\t", "|")
UNREADABLE = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, IndexError, SyntaxError),
    *(NotImplementedError, RuntimeError, ArithmeticError, MemoryError, zipfile.BadZipFile, zlib.error, struct.error),
)
ROW = "row"  # the name of a first column that has none
RUNS = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the start of a formula


def read(path: Path, *, sheet: str | None = None) -> pd.DataFrame:
    """Return the table at `path`: columns of numbers, or of text with None where a cell is empty.

    What kind it is follows from its content; delimiter (comma, semicolon, tab, bar) and decimal
    comma are found out. Numbers with a leading zero stay text, since they are ids.

    Args:
        path: The file.
        sheet: Which sheet of an XLSX; needed where several hold something.

    Raises:
        InputError: It is no table, not in UTF-8, ragged, without a header, or names a column twice.

    """
    path = Path(path)
    head = start(path, 4)
    if head == b"PAR1":
        return _parquet(path)
    rows = _sheet(path, sheet) if head == b"PK\x03\x04" else _rows(text(path), path)
    return _frame(rows, path)


def write(path: Path, frame: pd.DataFrame) -> None:
    """Write `frame` as CSV in UTF-8, whole or not at all; text that a spreadsheet would run gets a ' in front."""
    safe = frame.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = [f"'{v}" if isinstance(v, str) and v.startswith(RUNS) else v for v in safe[name]]
    safe.columns = [f"'{c}" if str(c).startswith(RUNS) else c for c in safe.columns]
    atomic.write_text(path, safe.to_csv(index=False, lineterminator="\n"))


def start(path: Path, count: int) -> bytes:
    """Return the first `count` bytes of a file; `InputError` when it cannot be opened."""
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror}); check its name and rights.", file=path.name) from error


def text(path: Path) -> str:
    """Return the text of a file, gzipped or not, in UTF-8 or UTF-16 with a byte order mark.

    Raises:
        InputError: It is empty, too large, damaged, or in another encoding.

    """
    data = _bytes(path)
    encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        decoded = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        why = f"is not in UTF-8 (first at line {line}); save it as CSV UTF-8."
        raise InputError(why, file=path.name) from error
    if not decoded.strip():
        raise InputError("is empty; export it again.", file=path.name)
    if "\0" in decoded:
        raise InputError("holds zero bytes, so it is no text; export it as CSV.", file=path.name)
    return decoded


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            stream = gzip.GzipFile(fileobj=file) if packed else file
            data = stream.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError("cannot be read (damaged gzip, or no rights); copy it again.", file=path.name) from error
    if len(data) > MOST_BYTES:
        raise InputError(f"unpacks to more than {MOST_BYTES:,} bytes; use Parquet for it.", file=path.name)
    return data


def _rows(content: str, path: Path) -> list[list[str]]:
    delimiter = _delimiter(content)
    before = csv.field_size_limit(MOST_BYTES)
    try:
        rows = list(csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InputError(f"is no well-formed CSV ({error}); check its quotes.", file=path.name) from error
    finally:
        csv.field_size_limit(before)
    return [row for row in rows if any(cell.strip() for cell in row)]


def _delimiter(content: str) -> str:
    """Return the delimiter that splits the header, outside quotes, into the most cells."""
    first = next(line for line in content.splitlines() if line.strip())
    counts = {d: len(next(csv.reader([first], delimiter=d), [])) for d in DELIMITERS}
    return max(DELIMITERS, key=lambda d: counts[d])


def _sheet(path: Path, sheet: str | None) -> list[list[Any]]:
    try:
        with zipfile.ZipFile(path) as packed:
            archive.check(packed, file=path.name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on styles and extensions, which no cell depends on
            book = pd.read_excel(path, sheet_name=None, header=None, dtype=object, engine="openpyxl")
    except InputError:
        raise
    except Exception as error:  # openpyxl lets exceptions of XML and of its own through
        raise InputError("is a damaged XLSX, or none; save it again.", file=path.name) from error
    full = {name: frame for name, frame in book.items() if frame.size}
    if sheet is None and len(full) == 1:
        sheet = next(iter(full))
    if sheet not in full:
        why = f"has {len(full)} sheets with rows" + (" and none of that name" if sheet else "")
        why += "; name one of them, or save it as CSV."  # not by name here: a sheet can be called after a patient
        raise InputError(why, file=path.name)
    return [[None if pd.isna(cell) else cell for cell in row] for row in full[sheet].to_numpy()]


def _parquet(path: Path) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(path, engine="pyarrow")
    except Exception as error:  # pyarrow's own exceptions know no common root
        raise InputError("is a damaged Parquet file; export it again.", file=path.name) from error
    named([str(c) for c in frame.columns], file=path.name)
    plain = {
        str(c): frame[c]
        if pd.api.types.is_numeric_dtype(frame[c]) and not pd.api.types.is_bool_dtype(frame[c])
        else pd.Series([None if pd.isna(v) else str(v) for v in frame[c].astype(object)], dtype=object)
        for c in frame.columns
    }
    return pd.DataFrame(plain)


def _frame(rows: Sequence[Sequence[Any]], path: Path) -> pd.DataFrame:
    if not rows:
        raise InputError("has no rows; export it again.", file=path.name)
    width = max(_width(row) for row in rows)
    first = ["" if cell is None else str(cell).strip() for cell in rows[0][:width]]
    if len(first) + 1 == width and all(len(row) == width for row in rows[1:]):
        first.insert(0, "")  # as R writes a table with row names
    header = named([first[0] or ROW, *first[1:]], file=path.name)
    for number, row in enumerate(rows[1:], start=2):
        if len(row) < len(header) or _width(row) > len(header):
            why = f"has {len(row)} cells in row {number}, but {len(header)} columns; check the delimiters and quotes."
            raise InputError(why, file=path.name)
    if len(rows) * len(header) > MOST_CELLS:
        raise InputError(f"has more than {MOST_CELLS:,} cells; use Parquet for it.", file=path.name)
    columns = [[row[i] for row in rows[1:]] for i in range(len(header))]
    comma = numeric_style(columns)
    return pd.DataFrame({name: column(cells, comma=comma) for name, cells in zip(header, columns, strict=True)})


def _width(row: Sequence[Any]) -> int:
    """Return how many cells `row` has up to its last one that is not empty."""
    filled = [i for i, cell in enumerate(row, start=1) if cell is not None and str(cell).strip()]
    return filled[-1] if filled else 0
