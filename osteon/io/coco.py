"""COCO's JSON: polygons, run-length masks and boxes of many pictures in one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from osteon.errors import InputError
from osteon.io import coco_rle
from osteon.io.annotation import Shape, parsed, points

MAX_PIXELS = 2**30


def is_coco(said: Any) -> bool:
    """Return whether parsed JSON is COCO's."""
    return isinstance(said, Mapping) and all(isinstance(said.get(key), list) for key in ("images", "annotations"))


def read(path: Path, *, shape: tuple[int, int], picture: str) -> tuple[Shape, ...]:
    """Return what was drawn on one picture of the file, scaled where it states another size than `shape`.

    Args:
        path: The JSON file.
        shape: (rows, columns) of the image.
        picture: The image's file name; its ending may differ. A file of a single picture needs no name.

    Raises:
        InputError: It is no COCO JSON, damaged, or knows no such picture.

    """
    said = parsed(path)
    if not is_coco(said):
        why = "is no COCO annotation; it needs a list of images and one of annotations."
        raise InputError(why, file=path.name)
    entry = _entry(said["images"], picture, file=path.name)
    size = _size(entry, shape)
    try:
        names = {one["id"]: str(one.get("name", "")) for one in said.get("categories") or ()}
        mine = [one for one in said["annotations"] if one["image_id"] == entry["id"]]
        found = [_shape(one, names.get(one.get("category_id"), ""), size=size, file=path.name) for one in mine]
        return tuple(one.scaled((shape[0] / size[0], shape[1] / size[1])) for one in found if one is not None)
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError("is COCO with damaged annotations; export it again.", file=path.name) from error
    except InputError as error:
        raise InputError(error.why, file=path.name) from None


def _entry(images: Sequence[Any], picture: str, *, file: str) -> Mapping[str, Any]:
    known = [one for one in images if isinstance(one, Mapping) and "id" in one]
    names = [PurePosixPath(str(one.get("file_name", "")).replace("\\", "/")) for one in known]
    for same in ([n.name == picture for n in names], [n.stem == PurePosixPath(picture).stem for n in names]):
        if sum(same) == 1:
            return known[same.index(True)]
    if len(known) == 1:
        return known[0]
    why = f"is COCO of {len(known)} pictures, none (or several) of them with the image's file name; name it there."
    raise InputError(why, file=file)


def _size(entry: Mapping[str, Any], shape: tuple[int, int]) -> tuple[int, int]:
    sides = entry.get("height"), entry.get("width")
    whole = [side for side in sides if isinstance(side, int) and side > 0]
    return (whole[0], whole[1]) if len(whole) == 2 and whole[0] * whole[1] <= MAX_PIXELS else shape


def _shape(one: Mapping[str, Any], label: str, *, size: tuple[int, int], file: str) -> Shape | None:
    drawn, box = one.get("segmentation"), _box(one.get("bbox"), file=file)
    if isinstance(drawn, Mapping):
        return Shape(label=label, pixels=_runs(drawn, size=size, file=file), box=box)
    polygons = tuple(corners for part in drawn or () if len(corners := points(part, file=file)) >= 3)
    return Shape(label=label, polygons=polygons, box=box) if polygons or box else None


def _box(values: Any, *, file: str) -> tuple[float, float, float, float] | None:
    if not values:
        return None
    pairs = points(values, file=file)
    if len(pairs) != 2:
        raise InputError("has a box that is not four numbers; export it again.", file=file)
    (row, column), (high, wide) = pairs.tolist()
    high, wide = high + 0.5, wide + 0.5  # lengths, not places
    return (row, column, row + high, column + wide) if min(high, wide) > 0 else None


def _runs(drawn: Mapping[str, Any], *, size: tuple[int, int], file: str) -> np.ndarray:
    try:
        if tuple(drawn["size"]) != size:
            raise InputError("has a run-length mask of another size than its picture; export it again.", file=file)
        return coco_rle.decode(drawn["counts"], shape=size)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError("has a run-length mask that is damaged; export it again.", file=file) from error
