"""LabelMe's JSON: polygons, rectangles, circles and painted masks drawn on one picture."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Picture

from osteon.errors import InputError
from osteon.io.annotation import Shape, parsed, points
from osteon.io.polygons import circle


def is_labelme(said: Any) -> bool:
    """Return whether parsed JSON is LabelMe's."""
    return isinstance(said, Mapping) and isinstance(said.get("shapes"), list)


def read(path: Path, *, shape: tuple[int, int]) -> tuple[Shape, ...]:
    """Return what was drawn, scaled where the file states another size of the picture than `shape`.

    Lines and points have no inside and are left out.

    Args:
        path: The JSON file.
        shape: (rows, columns) of the image.

    Raises:
        InputError: It is no LabelMe JSON, or damaged.

    """
    said = parsed(path)
    if not is_labelme(said):
        why = "is no LabelMe annotation; it needs a list of shapes with their points."
        raise InputError(why, file=path.name)
    size = _side(said, "imageHeight") or shape[0], _side(said, "imageWidth") or shape[1]
    found = [_shape(one, size=size, file=path.name) for one in said["shapes"]]
    try:
        return tuple(one.scaled((shape[0] / size[0], shape[1] / size[1])) for one in found if one is not None)
    except InputError as error:
        raise InputError(error.why, file=path.name) from None


def _side(said: Mapping[str, Any], key: str) -> float | None:
    value = said.get(key)
    return float(value) if isinstance(value, int | float) and 0 < value < 1e7 else None


def _shape(one: Any, *, size: tuple[float, float], file: str) -> Shape | None:
    if not isinstance(one, Mapping) or not isinstance(one.get("points"), list):
        raise InputError("has a shape without points; export the annotations again.", file=file)
    kind = _KINDS.get(str(one.get("shape_type") or "polygon"))
    corners = points(one["points"], file=file)
    if kind is None or len(corners) < 2:
        return None
    label = one.get("label")
    return kind(label if isinstance(label, str) else "", corners, one, size, file)


def _polygon(label: str, corners: np.ndarray, *_: Any) -> Shape | None:
    return Shape(label=label, polygons=(corners,)) if len(corners) >= 3 else None


def _rectangle(label: str, corners: np.ndarray, *_: Any) -> Shape:
    low, high = corners.min(axis=0), corners.max(axis=0)
    return Shape(label=label, box=(float(low[0]), float(low[1]), float(high[0]), float(high[1])))


def _circle(label: str, corners: np.ndarray, *_: Any) -> Shape:
    radius = float(np.linalg.norm(corners[1] - corners[0]))
    return Shape(label=label, polygons=(circle(corners[0], radius=radius),))


def _painted(label: str, corners: np.ndarray, one: Mapping[str, Any], size: tuple[float, float], file: str) -> Shape:
    """Return a mask: a PNG in base64 whose first pixel lies at the first point."""
    try:
        with Picture.open(io.BytesIO(base64.b64decode(one["mask"]))) as picture:
            small = np.asarray(picture) > 0
    except (KeyError, TypeError, ValueError, OSError, binascii.Error, Picture.DecompressionBombError) as error:
        raise InputError("has a painted mask that cannot be read; export it again.", file=file) from error
    row, column = np.rint(corners.min(axis=0) + 0.5).astype(int)
    pixels = np.zeros((int(size[0]), int(size[1])), bool)
    if small.ndim != 2 or min(row, column) < 0 or (np.add((row, column), small.shape) > pixels.shape).any():
        raise InputError("has a painted mask that does not fit its picture; export it again.", file=file)
    pixels[row : row + small.shape[0], column : column + small.shape[1]] = small
    return Shape(label=label, pixels=pixels)


_KINDS: Mapping[str, Callable[..., Shape | None]] = {
    "polygon": _polygon,
    "rectangle": _rectangle,
    "circle": _circle,
    "mask": _painted,
}
