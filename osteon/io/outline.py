"""The outlines of a flat mask as closed lines, as DICOM counts pixels."""

from __future__ import annotations

import contourpy
import numpy as np


def outlines(mask: np.ndarray) -> list[np.ndarray]:
    """Return the closed outlines of a flat `mask`, the one around the largest area first.

    Each is (points, 2): column and row as DICOM counts them, the centre of the first pixel at 0.5.
    A line passes half-way between the centres of inner and outer pixels, so corners are cut. Holes
    have outlines of their own; an empty mask has none.

    Example:
        >>> outlines(np.ones((1, 1)))[0].tolist()
        [[0.0, 0.5], [0.5, 0.0], [1.0, 0.5], [0.5, 1.0], [0.0, 0.5]]

    """
    padded = np.pad(np.asarray(mask, dtype=float), 1)
    lines = contourpy.contour_generator(z=padded).lines(0.5)
    return sorted((_straight(np.asarray(line) - 0.5) for line in lines), key=_area, reverse=True)


def _straight(line: np.ndarray) -> np.ndarray:
    """Return `line` without the points in the middle of straight stretches."""
    before, after = np.diff(line, axis=0)[:-1], np.diff(line, axis=0)[1:]
    turns = before[:, 0] * after[:, 1] != before[:, 1] * after[:, 0]
    return line[np.concatenate([[True], turns, [True]])]


def _area(line: np.ndarray) -> float:
    x, y = line.T
    return float(abs(x[:-1] @ y[1:] - x[1:] @ y[:-1]) / 2)
