"""Refuse pixels that are no numbers, or too large for the float32 that all images are in."""

from __future__ import annotations

import numpy as np

from osteon.errors import InputError

LARGEST = np.float64(np.finfo(np.float32).max)


def check(values: np.ndarray, *, file: str) -> None:
    """Raise `InputError` where a value of `values` is NaN, infinite or beyond float32; whole numbers pass.

    Raises:
        InputError: With the number of such values and `file` as its name.

    """
    if values.dtype.kind != "f" or values.size == 0 or (values.min() >= -LARGEST and values.max() <= LARGEST):
        return
    count = values.size - int(np.count_nonzero((values >= -LARGEST) & (values <= LARGEST)))
    why = f"holds {count} NaN or infinite pixels; replace them by the value of the background first."
    raise InputError(why, file=file)
