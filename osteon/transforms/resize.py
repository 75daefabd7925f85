"""Resize the last two axes, pixel areas aligned, smoothing first where it shrinks."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from osteon.types import Step


def draw(shape: tuple[int, ...], *, to: tuple[int, int]) -> Step:
    """Return the step from the last two axes of `shape` to the size `to` (rows, columns)."""
    return Step(name="resize", params={"shape": tuple(shape[-2:]), "to": tuple(to)})


def apply(array: np.ndarray, step: Step) -> np.ndarray:
    """Return `array` (..., rows, columns) at the size of the step, float32."""
    return _resize(array, step.params["to"])


def undo(array: np.ndarray, step: Step) -> np.ndarray:
    """Return a map of any size over the resized image at the size that the image had before."""
    return _resize(array, step.params["shape"])


def _resize(array: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    planes = torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)).reshape(1, -1, *array.shape[-2:])
    planes = functional.interpolate(planes, size=size, mode="bilinear", align_corners=False, antialias=True)
    return planes.numpy().reshape(*array.shape[:-2], *size)
