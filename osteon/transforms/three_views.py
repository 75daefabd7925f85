"""A lesion seen along each axis of its volume: the largest slice of each, cut to its box, as three channels."""

from __future__ import annotations

import numpy as np

from osteon.errors import InputError
from osteon.transforms import resize
from osteon.types import Step


def draw(mask: np.ndarray, *, side: int) -> Step:
    """Return the step that finds, along each axis of `mask` (slices, rows, columns), where the lesion is largest.

    Raises:
        InputError: The mask is empty.

    """
    inside = np.asarray(mask) > 0
    if not inside.any():
        msg = "The mask is empty, so the lesion has no views; outline the tumour."
        raise InputError(msg)
    found = np.argwhere(inside)
    box = tuple((int(low), int(high) + 1) for low, high in zip(found.min(axis=0), found.max(axis=0), strict=True))
    others = ((1, 2), (0, 2), (0, 1))
    at = tuple(int(np.count_nonzero(inside, axis=pair).argmax()) for pair in others)
    return Step(name="three_views", params={"box": box, "at": at, "side": side, "shape": inside.shape})


def apply(volume: np.ndarray, mask: np.ndarray, step: Step) -> np.ndarray:
    """Return the three views, float32 (3, side, side): `volume` within the lesion's box, 0 outside the lesion."""
    side, box = step.params["side"], step.params["box"]
    masked = np.where(np.asarray(mask) > 0, volume, 0).astype(np.float32)
    views = []
    for axis, index in enumerate(step.params["at"]):
        place: list[slice | int] = [slice(*edges) for edges in box]
        place[axis] = index
        view = masked[tuple(place)]
        views.append(resize.apply(view, resize.draw(view.shape, to=(side, side))))
    return np.stack(views)


def undo(maps: np.ndarray, step: Step) -> np.ndarray:
    """Return a volume with a map of each view (3, h, w) back at its slice, 0 elsewhere; the larger where they cross."""
    volume = np.zeros(step.params["shape"], dtype=np.float32)
    box = step.params["box"]
    for axis, index in enumerate(step.params["at"]):
        place: list[slice | int] = [slice(*edges) for edges in box]
        place[axis] = index
        shape = volume[tuple(place)].shape
        plane = resize.undo(maps[axis], resize.draw(shape, to=maps[axis].shape))
        volume[tuple(place)] = np.maximum(volume[tuple(place)], plane)
    return volume
