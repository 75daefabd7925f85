"""The slice in which a mask is largest, with its neighbours, out of a volume; and maps put back at it."""

from __future__ import annotations

import numpy as np

from osteon.errors import InputError
from osteon.types import Step


def draw(mask: np.ndarray, *, neighbours: int = 1) -> Step:
    """Return the step to the largest slice of `mask` (slices, rows, columns) and `neighbours` on each side.

    At the ends of the volume the last slice is repeated.

    Raises:
        InputError: The mask is empty.

    """
    areas = np.count_nonzero(mask, axis=(1, 2))
    if not areas.any():
        msg = "The mask is empty, so no slice is the largest; outline the tumour."
        raise InputError(msg)
    centre = int(areas.argmax())
    slices = np.clip(np.arange(centre - neighbours, centre + neighbours + 1), 0, mask.shape[0] - 1)
    return Step(name="largest_slice", params={"slices": tuple(int(s) for s in slices), "depth": mask.shape[0]})


def apply(volume: np.ndarray, step: Step) -> np.ndarray:
    """Return the slices of the step, shape (2 x neighbours + 1, rows, columns)."""
    return volume[list(step.params["slices"])]


def undo(plane: np.ndarray, step: Step) -> np.ndarray:
    """Return a volume of zeros that holds `plane` (rows, columns) at the largest slice."""
    slices = step.params["slices"]
    volume = np.zeros((step.params["depth"], *plane.shape), dtype=plane.dtype)
    volume[slices[len(slices) // 2]] = plane
    return volume
