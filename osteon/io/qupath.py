"""QuPath's GeoJSON: annotations of a slide or a picture, by class, in pixels of its finest level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from osteon.errors import InputError
from osteon.io.annotation import Shape, parsed, points

_DRAWN = frozenset({"annotation", "PathAnnotationObject"})


def is_geojson(said: Any) -> bool:
    """Return whether parsed JSON is GeoJSON: a feature, a list of them, or a collection."""
    features = _features(said)
    return bool(features) and all(isinstance(one, Mapping) and one.get("type") == "Feature" for one in features[:10])


def read(path: Path, *, scale: tuple[float, float] = (1.0, 1.0)) -> tuple[Shape, ...]:
    """Return what was drawn; detections, cells and tiles that QuPath exports with it, lines and points are left out.

    The label is the class, else the name. An area within an area is a hole only where QuPath made it one.

    Args:
        path: The GeoJSON file.
        scale: (rows, columns) of the image over those of what was drawn on.

    Raises:
        InputError: It is no GeoJSON, or damaged.

    """
    said = parsed(path)
    if not is_geojson(said):
        raise InputError("is no GeoJSON of features; export it from QuPath as GeoJSON.", file=path.name)
    found = []
    for feature in _features(said):
        about = feature.get("properties") if isinstance(feature, Mapping) else None
        about = about if isinstance(about, Mapping) else {}
        if about.get("objectType", about.get("object_type", "annotation")) not in _DRAWN:
            continue
        polygons = tuple(_polygons(feature.get("geometry"), file=path.name))
        if polygons:
            found.append(Shape(label=_label(about), polygons=polygons).scaled(scale))
    return tuple(found)


def _features(said: Any) -> Sequence[Any]:
    if isinstance(said, list):
        return said
    if not isinstance(said, Mapping):
        return ()
    inside = said.get("features")
    if said.get("type") == "FeatureCollection" and isinstance(inside, list):
        return inside
    return (said,) if said.get("type") == "Feature" else ()


def _label(about: Mapping[str, Any]) -> str:
    kind = about.get("classification")
    if isinstance(kind, Mapping):
        names = kind.get("names")
        kind = kind.get("name") or (": ".join(map(str, names)) if isinstance(names, list) else None)
    return str(kind or about.get("name") or "")


def _polygons(geometry: Any, *, file: str) -> list[np.ndarray]:
    """Return the rings of a geometry; those of one feature do not overlap, so inner ones are holes."""
    try:
        kind, corners = geometry["type"], geometry.get("coordinates")
        if kind == "GeometryCollection":
            return [ring for part in geometry["geometries"] for ring in _polygons(part, file=file)]
        rings = {"Polygon": lambda: corners, "MultiPolygon": lambda: [r for part in corners for r in part]}
        found = [points([pair[:2] for pair in ring], file=file) for ring in rings.get(kind, list)()]
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError("has a feature with a damaged geometry; export it again.", file=file) from error
    return [ring for ring in found if len(ring) >= 3]
