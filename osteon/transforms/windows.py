"""Overlapping square windows of a picture, and maps of windows put together again by their mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from osteon.geometry import window_starts
from osteon.types import Step


def windows(shape: Sequence[int], *, size: int, stride: int) -> Iterator[Step]:
    """Yield the windows of `size` pixels that cover the last two axes of `shape`, row by row; the last end at the edge.

    A picture smaller than `size` along an axis is covered by one window that is cut there.

    >>> [(s.params["row"], s.params["column"]) for s in windows((4, 6), size=4, stride=3)]
    [(0, 0), (0, 2)]

    """
    rows, columns = shape[-2:]
    for row in window_starts(rows, size=size, stride=stride):
        for column in window_starts(columns, size=size, stride=stride):
            params = {"row": row, "column": column, "size": size, "shape": (rows, columns)}
            yield Step(name="window", params=params)


def cut(array: np.ndarray, step: Step) -> np.ndarray:
    """Return the window of the step from the last two axes of `array`."""
    row, column, size = (step.params[k] for k in ("row", "column", "size"))
    return np.ascontiguousarray(array[..., row : row + size, column : column + size])


def together(maps: Iterable[tuple[Step, np.ndarray]]) -> np.ndarray:
    """Return the map (rows, columns) of the picture: at each pixel the mean of the windows that cover it."""
    total, count = None, None
    for step, values in maps:
        if total is None or count is None:
            total, count = np.zeros(step.params["shape"]), np.zeros(step.params["shape"])
        row, column = step.params["row"], step.params["column"]
        place = (slice(row, row + values.shape[0]), slice(column, column + values.shape[1]))
        total[place] += values
        count[place] += 1
    if total is None or count is None:
        return np.zeros((0, 0), dtype=np.float32)
    return (total / np.maximum(count, 1)).astype(np.float32)
