"""What was drawn on a picture, whatever the program: shapes with a label, as a mask and as lesions.

Corners are fractional (row, column) with pixel centres at whole numbers, in the image's own pixels.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from osteon.errors import InputError
from osteon.io.polygons import filled
from osteon.types import Lesion

MAX_BYTES = 512 * 2**20
ALL = "*"


@dataclass(frozen=True, kw_only=True, eq=False)
class Shape:
    """One thing that was drawn.

    Attributes:
        label: As drawn; "" for none.
        polygons: Closed, each (points, 2); a polygon within another is a hole. Empty for a mere box.
        pixels: A painted mask instead of polygons, bool of the image's (rows, columns); else None.
        box: A drawn rectangle (row0, column0, row1, column1), its corners as those of polygons; else None.

    """

    label: str
    polygons: tuple[np.ndarray, ...] = ()
    pixels: np.ndarray | None = None
    box: tuple[float, float, float, float] | None = None

    @property
    def fills(self) -> bool:
        """Whether it says which pixels are inside, and not just a box."""
        return bool(self.polygons) or self.pixels is not None

    def inside(self, shape: tuple[int, int]) -> np.ndarray:
        """Return its pixels, bool of `shape`."""
        return self.pixels if self.pixels is not None else filled(self.polygons, shape=shape)

    def bounds(self, shape: tuple[int, int]) -> tuple[int, int, int, int] | None:
        """Return its half-open box in whole pixels of a picture of `shape`; None where it lies outside."""
        low, high = self.extent()
        first = np.clip(np.floor(low + 0.5 + 1e-6), 0, shape).astype(int)
        last = np.clip(np.ceil(high + 0.5 - 1e-6), 0, shape).astype(int)
        if (last <= first).any():
            return None
        return int(first[0]), int(first[1]), int(last[0]), int(last[1])

    def extent(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the least and the greatest (row, column) of its corners; the least is greater where it is empty."""
        if self.box is not None:
            return np.array(self.box[:2]), np.array(self.box[2:])
        if self.pixels is not None:
            at = np.argwhere(self.pixels)
            return (at.min(axis=0) - 0.5, at.max(axis=0) + 0.5) if len(at) else (np.zeros(2), np.full(2, -1.0))
        points = np.concatenate(self.polygons)
        return points.min(axis=0), points.max(axis=0)

    def scaled(self, scale: tuple[float, float]) -> Shape:
        """Return the shape on a picture with `scale` times as many (rows, columns)."""
        if scale == (1.0, 1.0):
            return self
        if self.pixels is not None:
            why = "was painted on a picture of another size than the image; give it the size of the image."
            raise InputError(why)
        by = np.array(scale)
        box = (
            tuple(float(v) for v in ((np.array(self.box).reshape(2, 2) + 0.5) * by - 0.5).ravel()) if self.box else None
        )
        return replace(self, polygons=tuple((p + 0.5) * by - 0.5 for p in self.polygons), box=box)


def parsed(path: Path) -> Any:
    """Return what the JSON file at `path` holds; the last few files are remembered, as one may hold many images.

    Raises:
        InputError: It cannot be read, or is no JSON.

    """
    try:
        status = path.stat()
        if status.st_size > MAX_BYTES:
            why = f"is larger than {MAX_BYTES >> 20} MiB; export the annotations image by image."
            raise InputError(why, file=path.name)
        return _parsed(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise InputError(f"cannot be opened ({error.strerror}); check its rights.", file=path.name) from error
    except (ValueError, RecursionError) as error:
        raise InputError("is no JSON, or damaged; export the annotations again.", file=path.name) from error


@lru_cache(maxsize=4)
def _parsed(path: Path, _size: int, _changed: int) -> Any:
    return json.loads(path.read_text(encoding="utf-8-sig"))


def points(values: Any, *, file: str) -> np.ndarray:
    """Return (x, y) pairs, as drawing programs count them, as corners (row, column).

    Their pixels reach from one whole number to the next; ours have their centres there.

    Raises:
        InputError: They are no pairs of finite numbers.

    """
    try:
        found = np.asarray(values, dtype=float).reshape(-1, 2)
    except (TypeError, ValueError):
        found = np.full((1, 2), np.nan)
    if not np.isfinite(found).all() or np.abs(found).max(initial=0) > 1e7:
        raise InputError("has a shape whose points are no pairs of numbers; export it again.", file=file)
    return found[:, ::-1] - 0.5


def chosen(shapes: Sequence[Shape], wanted: str, *, file: str) -> tuple[tuple[Shape, ...], ...]:
    """Return the shapes that are a mask's value 1, 2 ...: one group a name in `wanted`.

    Args:
        shapes: All of a file.
        wanted: A label, several with commas between, "*" for any label; "" where all share one label.
        file: For messages.

    Raises:
        InputError: There is no such label, or none is named where there are several.

    """
    labels = {_key(shape.label) for shape in shapes}
    if wanted == ALL or (not wanted and len(labels) <= 1):
        return (tuple(shapes),)
    if not wanted:
        why = (
            f"holds shapes of {len(labels)} labels; say after a # which is the lesion, as in file.json#tumour, several "
            "as in file.json#tumour,necrosis (values 1 and 2), or #* for any."
        )
        raise InputError(why, file=file)
    names = [wanted] if _key(wanted) in labels else wanted.split(",")
    if any(_key(name) not in labels for name in names):
        why = f"has no shape of a label that is named after the #, among its {len(labels)} labels; check the word."
        raise InputError(why, file=file)
    return tuple(tuple(shape for shape in shapes if _key(shape.label) == _key(name)) for name in names)


def _key(label: str) -> str:
    return label.strip().casefold()


def label_map(groups: Sequence[Sequence[Shape]], *, shape: tuple[int, int]) -> np.ndarray:
    """Return the groups as an int32 map of `shape`: 1 where the first was drawn, 2 the second; the last one on top."""
    labels = np.zeros(shape, np.int32)
    for value, group in enumerate(groups, start=1):
        for one in group:
            if one.fills:
                labels[one.inside(shape)] = value
    return labels


def lesions(groups: Sequence[Sequence[Shape]], *, shape: tuple[int, int]) -> tuple[Lesion, ...]:
    """Return a lesion a shape; a rectangle drawn around a shape of the same label is the box of that same lesion."""
    found = []
    for value, group in enumerate(groups, start=1):
        frames = [one for one in group if one.box is not None and not one.fills]
        for one in group:
            box = one.bounds(shape)
            if box is None or (one.fills and any(_frames(frame, one) for frame in frames)):
                continue
            framed = one.fills or any(other.fills and _frames(one, other) for other in group)
            found.append(Lesion(label=one.label or None, box_px=box, mask_value=value if framed else None))
    return tuple(found)


def _frames(frame: Shape, other: Shape) -> bool:
    """Return whether the centre of `other` lies in the box `frame`, and they share a label."""
    low, high = frame.extent()
    centre = np.mean(other.extent(), axis=0)
    return _key(frame.label) == _key(other.label) and bool((low <= centre).all() and (centre <= high).all())
