"""Gene expression of one tumour: a table with a row a gene, its name in the column `gene` and a number beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from osteon.errors import InputError
from osteon.io import atomic, simulated, table
from osteon.types import Expression

GENE = ("gene", "genes", "gene_id", "gene_name", "symbol")


def is_expression(frame: pd.DataFrame) -> bool:
    """Return whether a table is one of genes: its first column says so, and there is another.

    Example:
        >>> is_expression(pd.DataFrame({"gene": ["SATB2"], "counts": [12.0]}))
        True

    """
    return len(frame.columns) > 1 and str(frame.columns[0]).strip().lower() in GENE


def read(path: Path) -> Expression:
    """Return the expression in the table at `path` (CSV, TSV, XLSX or Parquet; gzipped text too).

    Raises:
        InputError: It is no table of genes of one tumour, names a gene twice, or lacks a value.

    """
    return of_frame(table.read(Path(path)), name=Path(path).name)


def of_frame(frame: pd.DataFrame, *, name: str) -> Expression:
    """Return the expression in a table; `name` is the file's, for messages.

    Raises:
        InputError: As `read`.

    """
    if not is_expression(frame) or len(frame.columns) != 2:
        why = f"has {len(frame.columns)} columns; expression of a tumour has two: gene, and its count or level."
        raise InputError(why, file=name)
    genes = frame.iloc[:, 0].astype(str).str.strip()
    values = pd.to_numeric(frame.iloc[:, 1], errors="coerce").to_numpy(float)
    unclear = ~np.isfinite(values) | frame.iloc[:, 0].isna().to_numpy() | (genes == "").to_numpy()
    if not len(values) or unclear.any():
        why = f"has {int(unclear.sum())} of {len(values)} rows without a gene or a number; fill or remove them."
        raise InputError(why, file=name)
    if genes.duplicated().any():
        why = f"names {int(genes.duplicated().sum())} genes more than once; keep one row a gene."
        raise InputError(why, file=name)
    notes = (simulated.NOTE,) if frame.columns[1] == simulated.COUNTS else ()
    return Expression(genes=tuple(genes), values=values, notes=notes)


def write(path: Path, expression: Expression, *, unit: str = "counts") -> None:
    """Write `expression` as Parquet where the name ends so, else as CSV; the second column is called `unit`."""
    frame = pd.DataFrame({"gene": expression.genes, unit: expression.values})
    if path.suffix.lower() != ".parquet":
        return table.write(path, frame)
    with atomic.file(path) as aside:
        frame.to_parquet(aside, index=False)
    return None
