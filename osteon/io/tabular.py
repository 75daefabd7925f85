"""Files of numbers and words: spectra where they are, else expression by gene, else clinical rows by patient."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from osteon.errors import InputError
from osteon.io import expression, simulated, spectrum, table
from osteon.types import Item, Record

PATIENT = ("patient", "patient_id", "patientid")


def read(path: Path) -> tuple[Item, ...]:
    """Return the spectra at `path`, the `Expression` of a table of genes, or a `Record` a row of one of patients.

    Raises:
        InputError: It is none of them.

    """
    try:
        spectra = spectrum.read(path)
    except InputError as error:
        return _records(path, not_spectra=error)
    return tuple(
        Item(datum=one, file=path.name, about=f"spectrum, {len(one.counts)} points, {i} of {len(spectra)}")
        for i, one in enumerate(spectra, start=1)
    )


def _records(path: Path, *, not_spectra: InputError) -> tuple[Item, ...]:
    if path.suffix.lower() not in {".csv", ".tsv", ".gz", ".xlsx", ".xlsm", ".parquet"}:
        raise not_spectra
    frame = table.read(path)
    if expression.is_expression(frame):
        found = expression.of_frame(frame, name=path.name)
        return (Item(datum=found, file=path.name, about=f"expression, {len(found.genes)} genes"),)
    owner = next((name for name in frame.columns if name.strip().lower() in PATIENT), None)
    if owner is None:
        why = f"is a table of {len(frame)} rows without a column 'patient', and as spectra it {not_spectra.why}"
        raise InputError(why, file=path.name)
    return tuple(
        Item(
            datum=_record({name: _plain(value) for name, value in row.items() if name != owner}),
            file=path.name,
            patient_id=None if pd.isna(row[owner]) else str(row[owner]),
            about="clinical row",
        )
        for row in frame.to_dict(orient="records")
    )


def _record(values: dict[str, float | str | None]) -> Record:
    notes = simulated.notes_of_cell(values.pop(simulated.COLUMN, None))
    return Record(values=values, notes=notes)


def _plain(value: float | str | None) -> float | str | None:
    if isinstance(value, str):
        return value
    return None if value is None or pd.isna(value) else float(value)
