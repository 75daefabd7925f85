"""Raman spectra: CSV in the usual layouts, npz, JCAMP-DX, and SPC through spc-io.

A CSV holds a column of shifts and beside it a column of counts for each spectrum, or a row of shifts
and below it a row of counts for each; text columns before them (names, groups) are passed over.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import jcamp
import numpy as np

from osteon.errors import InputError
from osteon.io import archive, simulated, table
from osteon.io.extras import require
from osteon.types import Source, Spectrum

FEWEST = 8  # points; fewer are no spectrum
RANGE_PER_CM = (-6000.0, 12000.0)
SHIFTS = ("raman_shift_per_cm", "shift_per_cm", "raman_shift", "wavenumber", "wavenumbers", "x")
COUNTS = ("counts", "intensity", "intensities", "spectra", "spectrum", "y")
OTHER_UNIT = re.compile(r"\bnm\b|nanomet|wavelength|\bev\b", re.IGNORECASE)
OTHER_TYPES = ("INFRARED SPECTRUM", "INFRARED INTERFEROGRAM", "INFRARED TRANSFORMED SPECTRUM")
"""Of JCAMP-DX; the axis of the first is in 1/cm as a Raman shift is."""
RAMAN_SPC = ("XWAVEN", "XRAMANS", "XARB")


def read(path: Path) -> list[Spectrum]:
    """Return the spectra in the file at `path`, in its order; shifts rising, in 1/cm.

    Raises:
        InputError: It holds no spectra, is damaged, holds NaN, or its axis is not a Raman shift.
        MissingExtraError: It is SPC and spc-io is not installed.

    """
    path = Path(path)
    head = table.start(path, 512)
    if head.startswith(b"PK\x03\x04"):
        shift, counts = _npz(path)
    elif head.lstrip(b"\xef\xbb\xbf \r\n").upper().startswith((b"##TITLE", b"##JCAMP")):
        return _jcamp(path)
    elif path.suffix.lower() == ".spc" and len(head) >= 512:
        return _spc(path)
    else:
        shift, counts = _csv(path)
    found = [_spectrum(x, y, path) for x, y in zip(np.broadcast_to(shift, counts.shape), counts, strict=True)]
    notes = (simulated.NOTE,) if simulated.COUNTS.encode() in head else ()
    return [replace(spectrum, notes=notes) for spectrum in found]


def _spectrum(shift: np.ndarray, counts: np.ndarray, path: Path) -> Spectrum:
    """Return one spectrum with its shifts rising; refuse what is none."""
    shift, counts = np.asarray(shift, dtype=float).ravel(), np.asarray(counts, dtype=float).ravel()
    if shift.shape != counts.shape or len(shift) < FEWEST:
        why = f"has {len(shift)} shifts and {len(counts)} counts; a spectrum has as many of both, at least {FEWEST}."
        raise InputError(why, file=path.name)
    if not (np.isfinite(shift).all() and np.isfinite(counts).all()):
        raise InputError("holds a spectrum with NaN or gaps; fill or remove it.", file=path.name)
    order = np.argsort(shift, kind="stable")
    shift, counts = shift[order], counts[order]
    if (np.diff(shift) <= 0).any():
        raise InputError("names one Raman shift twice in a spectrum; remove one.", file=path.name)
    if shift[0] < RANGE_PER_CM[0] or shift[-1] > RANGE_PER_CM[1]:
        why = f"has an axis from {shift[0]:g} to {shift[-1]:g}, no Raman shift in 1/cm; convert it first."
        raise InputError(why, file=path.name)
    return Spectrum(shift_per_cm=shift, counts=counts, sources=(Source(path=path),))


def _npz(path: Path) -> tuple[np.ndarray, np.ndarray]:
    try:
        with zipfile.ZipFile(path) as packed:
            archive.check(packed, file=path.name)
        with np.load(path, allow_pickle=False) as arrays:
            names = {name.lower(): name for name in arrays.files}
            shift_name = next((names[n] for n in SHIFTS if n in names), None)
            counts_name = next((names[n] for n in COUNTS if n in names), None)
            if shift_name is None or counts_name is None:
                why = f"holds {', '.join(arrays.files[:6])}; a file of spectra holds {SHIFTS[0]} and {COUNTS[0]}."
                raise InputError(why, file=path.name)
            shift, counts = np.asarray(arrays[shift_name], float), np.atleast_2d(np.asarray(arrays[counts_name], float))
    except table.UNREADABLE as error:
        raise InputError("is a damaged npz, or holds more than numbers; save it again.", file=path.name) from error
    if counts.ndim != 2 or shift.shape not in {counts.shape, counts.shape[1:]}:
        why = f"has shifts of shape {shift.shape} and counts of shape {counts.shape}; both need (n, points)."
        raise InputError(why, file=path.name)
    return np.broadcast_to(shift, counts.shape), counts


def _csv(path: Path) -> tuple[np.ndarray, np.ndarray]:
    rows = _cells(path)
    header = rows[0] if any(_number(cell) is None for cell in rows[0]) else []
    if any(OTHER_UNIT.search(cell) for cell in header[:2]):
        why = f"has the axis {header[0]!r}, no Raman shift; convert it to 1/cm first."
        raise InputError(why, file=path.name)
    width = max(len(row) for row in rows)
    if any(len(row) != width for row in rows[bool(header) :]):
        raise InputError("has rows of different lengths; check the delimiters.", file=path.name)
    grid = np.array([[_value(cell) for cell in row] for row in rows if len(row) == width])
    down, across = _columns(grid[bool(header) :]), _rows(grid)
    if (down is None) == (across is None):
        said = "no column or row of rising shifts" if down is None else "shifts both along a row and down a column"
        raise InputError(f"has {said}; give shifts in the first column, counts beside them.", file=path.name)
    found = down or across
    return found if found is not None else (np.empty(0), np.empty((0, 0)))


def _cells(path: Path) -> list[list[str]]:
    """Return the cells, whatever splits them; lines of comment left out."""
    lines = [x for x in table.text(path).splitlines() if x.strip() and not x.lstrip().startswith(("#", "%"))]
    if not lines:
        raise InputError("holds comments only; export it again.", file=path.name)
    body = lines[-1]
    delimiter = next((d for d in ("\t", ";") if d in body), "," if re.search(r",\s*\S", body) else None)
    if delimiter is None or (delimiter == "," and re.fullmatch(r"\s*[-+\d]+,\d+(\s+[-+\d]+,\d+)+\s*", body)):
        return [line.split() for line in lines]
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)]
    closed = all(len(row) > 1 and not row[-1] for row in rows)  # a delimiter at the end of every line
    return [row[:-1] for row in rows] if closed else rows


def _number(cell: str) -> float | None:
    try:
        return float(cell.replace(",", ".", 1))
    except ValueError:
        return None


def _value(cell: str) -> float:
    number = _number(cell)
    return np.nan if number is None else number


def _columns(body: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return shifts and spectra where the first column of numbers runs one way."""
    numbers = [c for c in range(body.shape[1]) if np.isfinite(body[:, c]).any()]
    if len(numbers) < 2 or not _one_way(body[:, numbers[0]]):
        return None
    return body[:, numbers[0]], body[:, numbers[1:]].T


def _rows(grid: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return shifts and spectra where the first row, past columns of text, runs one way."""
    if len(grid) < 2:
        return None
    numbers = np.isfinite(grid[0])
    if not _one_way(grid[0, numbers]):
        return None
    return grid[0, numbers], grid[1:, numbers]


def _one_way(values: Sequence[float] | np.ndarray) -> bool:
    steps = np.diff(values)
    return len(values) >= FEWEST and bool((steps > 0).all() or (steps < 0).all())


def _jcamp(path: Path) -> list[Spectrum]:
    try:
        with redirect_stdout(io.StringIO()):  # the library prints what it finds amiss
            block = jcamp.read(io.StringIO(table.text(path)))
    except InputError:
        raise
    except Exception as error:  # the library raises bare Exception
        raise InputError("is a damaged JCAMP-DX file; export it again.", file=path.name) from error
    blocks = [b for b in (block, *block.get("children", [])) if len(b.get("x", ())) and len(b.get("y", ()))]
    if not blocks:
        raise InputError("is JCAMP-DX without a spectrum in it; export it again.", file=path.name)
    for one in blocks:
        unit = str(one.get("xunits", "1/CM")).strip().upper()
        if unit not in {"1/CM", "CM-1", "CM^-1", "RAMAN SHIFT", ""}:
            raise InputError(f"has an axis in {unit}, not in 1/CM; convert it first.", file=path.name)
        kind = str(one.get("data type", "")).strip().upper()
        if kind in OTHER_TYPES:
            raise InputError(f"is an {kind.lower()}, not a Raman one, also in 1/cm; leave it out.", file=path.name)
    return [_spectrum(one["x"], one["y"], path) for one in blocks]


def _spc(path: Path) -> list[Spectrum]:
    spc_io = require("spc_io", extra="spectra")
    try:
        with redirect_stdout(io.StringIO()):
            data = spc_io.SPC.from_bytes_io(io.BytesIO(path.read_bytes()))
        axis = str(data.xtype)
        parts = [(part.xarray, part.yarray) for part in data]
    except Exception as error:  # the library lets exceptions of ctypes and pydantic through
        raise InputError("is a damaged or old SPC file; export it as CSV.", file=path.name) from error
    if axis not in RAMAN_SPC:
        raise InputError(f"has an axis of kind {axis}, no Raman shift; convert it to 1/cm first.", file=path.name)
    if not parts:
        raise InputError("is an SPC file without a spectrum in it; export it again.", file=path.name)
    return [_spectrum(shift, counts, path) for shift, counts in parts]
