"""Masks and boxes from LabelMe's JSON: polygons and rectangles drawn on a picture."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw

from osteon.errors import InputError
from osteon.types import Grid, Image, Lesion, Source

Shape = Mapping[str, Any]


def mask(path: Path, *, grid: Grid) -> Image:
    """Return the polygons of the file at `path` as a label map (1 inside) on `grid`, drawn when asked for.

    Points are taken as they stand, in pixels of the picture that was annotated, and scaled where the
    file states another size than the grid's.

    Raises:
        InputError: The file is no LabelMe JSON.

    """
    shapes, scale = _shapes(path, grid=grid)
    polygons = [_points(shape, scale) for shape in shapes if shape.get("shape_type", "polygon") == "polygon"]
    return Image(
        grid=Grid(shape=grid.shape, spacing_mm=grid.spacing_mm, spacing_at=grid.spacing_at),
        modality="OT",
        unit="label",
        load=partial(_draw, polygons, grid.shape),
        sources=(Source(path=path),),
    )


def lesions(path: Path, *, grid: Grid, input: str) -> tuple[Lesion, ...]:  # noqa: A002  the record's own word
    """Return a lesion for each rectangle of the file at `path`, its half-open box within `grid`.

    Raises:
        InputError: The file is no LabelMe JSON.

    """
    shapes, scale = _shapes(path, grid=grid)
    return tuple(
        Lesion(label=shape.get("label"), input=input, box_px=_box(_points(shape, scale), grid.shape))
        for shape in shapes
        if shape.get("shape_type") == "rectangle"
    )


def _shapes(path: Path, *, grid: Grid) -> tuple[Sequence[Shape], tuple[float, float]]:
    """Return the shapes, and what to multiply (x, y) by."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        width, height = said.get("imageWidth") or grid.shape[1], said.get("imageHeight") or grid.shape[0]
        shapes = [shape for shape in said["shapes"] if len(shape["points"]) >= 2]
        return shapes, (grid.shape[1] / width, grid.shape[0] / height)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        msg = "This is no LabelMe annotation; it needs a list of shapes with their points."
        raise InputError(msg) from error


def _points(shape: Shape, scale: tuple[float, float]) -> np.ndarray:
    try:
        return np.asarray(shape["points"], dtype=float).reshape(-1, 2) * scale
    except (TypeError, ValueError) as error:
        msg = "The points of a shape are not pairs of numbers."
        raise InputError(msg) from error


def _draw(polygons: Sequence[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    canvas = Picture.new("1", (shape[1], shape[0]))
    brush = ImageDraw.Draw(canvas)
    for polygon in polygons:
        if len(polygon) >= 3:
            brush.polygon([tuple(point) for point in polygon], fill=1, outline=1)
    return np.array(canvas, dtype=np.int32)


def _box(points: np.ndarray, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    low, high = np.floor(points.min(axis=0)), np.ceil(points.max(axis=0))
    column0, row0 = np.clip(low, 0, [shape[1] - 1, shape[0] - 1]).astype(int)
    column1, row1 = np.clip(high, [column0 + 1, row0 + 1], [shape[1], shape[0]]).astype(int)
    return int(row0), int(column0), int(row1), int(column1)
