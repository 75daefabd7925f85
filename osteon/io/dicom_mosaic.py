"""Siemens mosaics: all slices of a volume as tiles of one picture; Siemens' private header says where they lie.

The place of the picture's first pixel is that of the slices as if they were as large as the whole mosaic, so the
slices' own first pixel lies half the difference further in (as nibabel's MosaicWrapper has it).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

import numpy as np

from osteon.errors import GeometryError
from osteon.io.dicom_header import Header
from osteon.io.dicom_layout import Layout
from osteon.io.dicom_tags import SIEMENS_CSA, SIEMENS_TILES

MOST_TILES = 4096
_TAG, _ITEM = struct.Struct("<64si4siii"), struct.Struct("<4i")


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One slice of a mosaic: where in the picture (row, column, rows, columns) and where in the patient, mm."""

    box: tuple[int, int, int, int]
    position: tuple[float, ...]


def is_mosaic(header: Header) -> bool:
    """Return whether a file is a mosaic."""
    return "MOSAIC" in header.words("ImageType")


def tiles(header: Header, found: Layout) -> list[Tile]:
    """Return the slices of a mosaic in the order of its tiles.

    Raises:
        GeometryError: Siemens' private header is missing or damaged, or contradicts the picture.

    """
    raw = header.data.get(SIEMENS_CSA)
    private = csa(raw) if isinstance(raw, bytes) else {}
    count = _count(header, private)
    side = math.ceil(math.sqrt(count)) if count else 0
    place = _place(header, private)
    if not count or count > MOST_TILES or found.rows % side or found.columns % side or place is None:
        why = (
            "is a mosaic of slices in one picture, and Siemens' private header that says where they lie is missing or "
            "damaged; export it with its private elements, as enhanced MR, or slice by slice."
        )
        raise GeometryError(why, file=header.name)
    rows, columns = found.rows // side, found.columns // side
    corner, down, right, step = place
    first = corner + down * (found.rows - rows) / 2 + right * (found.columns - columns) / 2
    return [
        Tile(box=(n // side * rows, n % side * columns, rows, columns), position=tuple(map(float, first + n * step)))
        for n in range(count)
    ]


def _count(header: Header, private: dict[str, list[str]]) -> int:
    stated = (private.get("NumberOfImagesInMosaic") or [""])[0]
    return int(stated) if stated.isdigit() else header.count(SIEMENS_TILES) or 0


def _place(
    header: Header, private: dict[str, list[str]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """Return the corner, and the steps down a column, along a row and from slice to slice, in mm."""
    corner = header.numbers("ImagePositionPatient", count=3)
    cosines = header.numbers("ImageOrientationPatient", count=6)
    spacing = header.numbers("PixelSpacing", count=2)
    apart = header.number("SpacingBetweenSlices") or header.number("SliceThickness")
    try:
        normal = np.array([float(v) for v in private.get("SliceNormalVector", ())])
    except ValueError:
        return None
    if corner is None or cosines is None or spacing is None or not apart or normal.shape != (3,):
        return None
    if abs(abs(normal @ np.cross(cosines[:3], cosines[3:])) - 1) > 1e-2:
        return None
    return np.array(corner), np.array(cosines[3:]) * spacing[0], np.array(cosines[:3]) * spacing[1], normal * apart


def csa(raw: bytes) -> dict[str, list[str]]:
    """Return the values of a Siemens CSA header (its second version) by name; empty where it is none, or damaged."""
    if raw[:4] != b"SV10":
        return {}
    found: dict[str, list[str]] = {}
    try:
        (count,) = struct.unpack_from("<I", raw, 8)
        at = 16
        for _ in range(min(count, 1024)):
            name, _, _, _, items, _ = _TAG.unpack_from(raw, at)
            at += _TAG.size
            values = []
            for _ in range(min(max(items, 0), 1024)):
                _, length, _, _ = _ITEM.unpack_from(raw, at)
                at += _ITEM.size
                if not 0 <= length <= len(raw) - at:
                    return {}
                values.append(raw[at : at + length].split(b"\0")[0].decode("latin-1").strip())
                at += (length + 3) // 4 * 4
            found[name.split(b"\0")[0].decode("latin-1")] = [value for value in values if value]
    except struct.error:
        return {}
    return found
