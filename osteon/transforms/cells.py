"""A region of a volume in squares of some millimetres within its slices: for maps finer than the region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from osteon.types import Step


def cells(region: np.ndarray, *, spacing_mm: Sequence[float], side_mm: float) -> Iterator[Step]:
    """Yield the squares of `side_mm` in the slices' planes that hold some of `region` (slices, rows, columns).

    Example:
        >>> region = np.zeros((2, 4, 4), bool); region[1, 0, 3] = True
        >>> [s.params["columns"] for s in cells(region, spacing_mm=(5, 1, 1), side_mm=2)]
        [(2, 4)]

    """
    rows, columns = (max(1, round(side_mm / s)) for s in spacing_mm[1:])
    for index, plane in enumerate(region):
        for row in range(0, plane.shape[0], rows):
            for column in range(0, plane.shape[1], columns):
                if plane[row : row + rows, column : column + columns].any():
                    params = {"slice": index, "rows": (row, row + rows), "columns": (column, column + columns)}
                    yield Step(name="cell", params=params)


def place(step: Step) -> tuple[int, slice, slice]:
    """Return where the cell of `step` lies in a volume (slices, rows, columns)."""
    return step.params["slice"], slice(*step.params["rows"]), slice(*step.params["columns"])
