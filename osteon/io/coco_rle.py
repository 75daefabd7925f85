"""COCO's run-length masks: pixels column by column, runs of outside and inside in turn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def decode(counts: str | Sequence[int], *, shape: tuple[int, int]) -> np.ndarray:
    """Return a mask, bool of `shape` (rows, columns).

    Args:
        counts: Lengths of the runs, the first outside; or the same compressed to text as pycocotools does.
        shape: Size of the mask.

    Raises:
        ValueError: The runs do not fill the mask.

    Example:
        >>> decode([1, 2, 1], shape=(2, 2)).astype(int)
        array([[0, 1],
               [1, 0]])

    """
    runs = np.array(_unpacked(counts) if isinstance(counts, str) else counts, dtype=np.int64).reshape(-1)
    if (runs < 0).any() or runs.sum() != shape[0] * shape[1]:
        msg = "the runs do not fill the mask"
        raise ValueError(msg)
    inside = np.arange(len(runs)) % 2 == 1
    return np.repeat(inside, runs).reshape(shape[::-1]).T


def _unpacked(text: str) -> list[int]:
    """Return the runs behind COCO's text: 5 bits a letter from "0" on, and from the third run on differences."""
    runs: list[int] = []
    value, shift = 0, 0
    for letter in text.encode("ascii"):
        bits = letter - 48
        if not 0 <= bits < 64 or shift > 60:
            msg = "no letter of a run-length mask"
            raise ValueError(msg)
        value |= (bits & 0x1F) << shift
        shift += 5
        if bits & 0x20:
            continue
        if bits & 0x10:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value, shift = 0, 0
    return runs
