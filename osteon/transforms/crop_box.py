"""Cut a box out of the last two axes of an image, padding where it reaches beyond, and put maps back."""

from __future__ import annotations

import numpy as np

from osteon.errors import InputError
from osteon.types import Step

Box = tuple[int, int, int, int]


def mask_box(mask: np.ndarray) -> Box:
    """Return the half-open box (row0, column0, row1, column1) of the pixels of `mask` that are not 0.

    Raises:
        InputError: The mask is empty.

    """
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    if rows.size == 0:
        msg = "The mask is empty, so there is nothing to crop to; outline the tumour."
        raise InputError(msg)
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def square_box(box: Box, *, spacing_mm: tuple[float, float], scale: float = 1.5) -> Box:
    """Return the box about the centre of `box` that is square in mm and `scale` times its longer side.

    It may reach beyond the image; `cut` pads there.
    """
    row0, column0, row1, column1 = box
    side_mm = scale * max((row1 - row0) * spacing_mm[0], (column1 - column0) * spacing_mm[1])
    rows, columns = (max(1, round(side_mm / s)) for s in spacing_mm)
    top, left = (row0 + row1 - rows) // 2, (column0 + column1 - columns) // 2
    return top, left, top + rows, left + columns


def draw(shape: tuple[int, ...], box: Box) -> Step:
    """Return the step that cuts `box` out of an image whose last two axes are those of `shape`."""
    return Step(name="crop_box", params={"box": tuple(box), "shape": tuple(shape[-2:])})


def cut(array: np.ndarray, step: Step) -> np.ndarray:
    """Return the box of the step from the last two axes of `array`, edge pixels repeated beyond the image."""
    row0, column0, row1, column1 = step.params["box"]
    height, width = step.params["shape"]
    rows = np.clip(np.arange(row0, row1), 0, height - 1)
    columns = np.clip(np.arange(column0, column1), 0, width - 1)
    return np.ascontiguousarray(array[..., rows[:, None], columns[None, :]])


def undo(array: np.ndarray, step: Step) -> np.ndarray:
    """Return a map of the whole image that holds `array`, made on the box, in its place and 0 elsewhere."""
    row0, column0, row1, column1 = step.params["box"]
    height, width = step.params["shape"]
    whole = np.zeros((*array.shape[:-2], height, width), dtype=array.dtype)
    top, bottom = np.clip((row0, row1), 0, height)
    left, right = np.clip((column0, column1), 0, width)
    whole[..., top:bottom, left:right] = array[..., top - row0 : bottom - row0, left - column0 : right - column0]
    return whole
