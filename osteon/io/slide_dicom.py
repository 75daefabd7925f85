"""DICOM whole-slide images: through wsidicom; and tile by tile where their headers are too poor for it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.pixels import pixel_array

from osteon.errors import InputError
from osteon.io.extras import require
from osteon.io.slide import WHITE, cut
from osteon.types import Slide

HEADER = [
    *("SOPClassUID", "Manufacturer", "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "BitsAllocated"),
    *("TotalPixelMatrixColumns", "TotalPixelMatrixRows", "DimensionOrganizationType"),
    *("ImagedVolumeWidth", "ImagedVolumeHeight", "PatientID", "StudyInstanceUID", "SeriesInstanceUID"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
]
CLEAR = 1.5  # how much better the borders of tiles must fit in one order than in the other
SQUARE = 0.01  # how far, relatively, the two sides of a pixel may differ before the stated size is not believed


@dataclass(frozen=True, kw_only=True)
class _Level:
    """One instance read as one level; sizes are (width, height); `downwards` says that tiles run by columns."""

    path: Path
    size: tuple[int, int]
    tile: tuple[int, int]
    um_per_pixel: tuple[float, float] | None
    vendor: str | None
    downwards: bool

    @property
    def tiles(self) -> tuple[int, int]:
        """How many tiles lie beside and below one another."""
        return -(-self.size[0] // self.tile[0]), -(-self.size[1] // self.tile[1])

    def index(self, column: int, row: int) -> int:
        """Return the frame that holds a tile."""
        return column * self.tiles[1] + row if self.downwards else row * self.tiles[0] + column


def read(paths: Sequence[Path]) -> Slide:
    """Return the slide that the DICOM instances at `paths` make up, its tiles read when asked for.

    Raises:
        InputError: They are no slide, damaged, or tiled in a way that cannot be told.
        MissingExtraError: wsidicom is not installed.

    """
    paths = sorted(Path(p) for p in paths)
    if not paths:
        raise InputError("There is no DICOM slide to read; name its files.")
    require("wsidicom", extra="slides")
    try:
        slide = _open(tuple(paths))
        levels = slide.pyramids[0].levels
        sizes = tuple((int(level.size.width), int(level.size.height)) for level in levels)
        numbers = tuple(int(level.level) for level in levels)
        spacing = slide.mpp
    except Exception as error:  # wsidicom lets exceptions of many kinds through
        if isinstance(error, MemoryError):
            raise
        return _poor(paths, cause=error)
    return Slide(
        path=paths[0] if len(paths) == 1 else paths[0].parent,
        levels=sizes,
        um_per_pixel=(float(spacing.width), float(spacing.height)),
        read_region=partial(_region, _Levels(paths=tuple(paths), sizes=sizes, numbers=numbers)),
        vendor=_header(paths[0]).get("Manufacturer") or None,
    )


@dataclass(frozen=True, kw_only=True)
class _Levels:
    """What wsidicom calls the levels of the files at `paths`, and their sizes."""

    paths: tuple[Path, ...]
    sizes: tuple[tuple[int, int], ...]
    numbers: tuple[int, ...]


@lru_cache(maxsize=4)
def _open(paths: tuple[Path, ...]) -> Any:
    return require("wsidicom", extra="slides").WsiDicom.open(list(paths))


def _region(levels: _Levels, x: int, y: int, width: int, height: int, level: int) -> np.ndarray:
    (across, down), number = levels.sizes[level], levels.numbers[level]
    left, top = min(max(x, 0), across), min(max(y, 0), down)
    right, bottom = min(max(x + width, left), across), min(max(y + height, top), down)
    region = np.full((height, width, 3), WHITE, dtype=np.uint8)
    if right > left and bottom > top:
        picture = _open(levels.paths).read_region((left, top), number, (right - left, bottom - top))
        region[top - y : bottom - y, left - x : right - x] = np.asarray(picture.convert("RGB"))
    return region


def owner(path: Path) -> tuple[str | None, str | None]:
    """Return the patient id and study UID of an instance; they stay in memory."""
    data = _header(path)
    return data.get("PatientID") or None, data.get("StudyInstanceUID") or None


def series(path: Path) -> str:
    """Return what the instances of one slide share: the series UID; else the file itself."""
    try:
        return str(_header(path).get("SeriesInstanceUID") or path)
    except (OSError, ValueError, AttributeError, InvalidDicomError):
        return str(path)


def _poor(paths: Sequence[Path], *, cause: Exception) -> Slide:
    """Return the slide by the few tags that place full tiles; refuse what needs more."""
    levels = sorted((_level(path, cause=cause) for path in paths), key=lambda level: -level.size[0])
    notes = ["Its header lacks what DICOM asks of a slide; tiles were placed by their number."]
    if any(level.downwards for level in levels):
        notes.append("It does not say in which order tiles run: by columns, as their borders fit best that way.")
    return Slide(
        path=levels[0].path if len(levels) == 1 else levels[0].path.parent,
        levels=tuple(level.size for level in levels),
        um_per_pixel=levels[0].um_per_pixel,
        read_region=partial(_poor_region, tuple(levels)),
        vendor=levels[0].vendor,
        notes=tuple(notes),
    )


def _header(path: Path) -> Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # over-long ids, which are not for the header to judge
        data = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=HEADER)
        data.decode()
        return data


def _level(path: Path, *, cause: Exception) -> _Level:
    try:
        data = _header(path)
        size = int(data.TotalPixelMatrixColumns), int(data.TotalPixelMatrixRows)
        tile = int(data.Columns), int(data.Rows)
        colour = data.SamplesPerPixel == 3 and data.BitsAllocated == 8
        frames = int(data.NumberOfFrames)
    except (OSError, ValueError, TypeError, AttributeError, InvalidDicomError) as error:
        raise InputError("is no readable DICOM slide; copy it again.", file=path.name) from error
    level = _Level(
        path=path,
        size=size,
        tile=tile,
        um_per_pixel=_spacing(data, size),
        vendor=data.get("Manufacturer") or None,
        downwards=False,
    )
    full = min(*size, *tile) > 0 and frames == level.tiles[0] * level.tiles[1]
    if not full or not colour or "PerFrameFunctionalGroupsSequence" in data:
        said = "is a DICOM slide that wsidicom cannot read, and its tiles are not full 8-bit RGB ones; export it anew."
        raise InputError(said, file=path.name) from cause
    return (
        level if data.get("DimensionOrganizationType") == "TILED_FULL" else replace(level, downwards=_downwards(level))
    )


def _downwards(level: _Level) -> bool:
    """Return whether each tile continues the one before it downwards rather than to the right."""
    across, down = level.tiles
    if across == 1 or down == 1:
        return across == 1
    count = across * down
    inner = [i for i in range(count - 1) if (i + 1) % across and (i + 1) % down]
    steps = inner[:: max(1, len(inner) // 12)]
    pairs = [(_tile(level.path, i).astype(float), _tile(level.path, i + 1).astype(float)) for i in steps]
    right = np.mean([np.abs(one[:, -1] - other[:, 0]).mean() for one, other in pairs])
    below = np.mean([np.abs(one[-1] - other[0]).mean() for one, other in pairs])
    if max(right, below) < CLEAR * min(right, below):
        why = "does not say in which order its tiles run, and their borders do not tell; export it anew as TILED_FULL."
        raise InputError(why, file=level.path.name)
    return bool(below < right)


def _spacing(data: Dataset, size: tuple[int, int]) -> tuple[float, float] | None:
    """Return um per pixel: as stated, else the imaged volume over its pixels when that makes them square."""
    shared = data.get("SharedFunctionalGroupsSequence") or [Dataset()]
    measures = shared[0].get("PixelMeasuresSequence") or [Dataset()]
    if "PixelSpacing" in measures[0]:
        down, across = (1000.0 * float(v) for v in measures[0].PixelSpacing)
        return across, down
    if not data.get("ImagedVolumeWidth") or not data.get("ImagedVolumeHeight"):
        return None
    across, down = 1000.0 * data.ImagedVolumeWidth / size[0], 1000.0 * data.ImagedVolumeHeight / size[1]
    return (across, down) if abs(across - down) <= SQUARE * across else None


def _poor_region(levels: tuple[_Level, ...], x: int, y: int, width: int, height: int, level: int) -> np.ndarray:
    of = levels[level]
    (wide, high), (across, down) = of.tile, of.size
    columns = range(max(0, x) // wide, -(-min(x + width, across) // wide))
    rows = range(max(0, y) // high, -(-min(y + height, down) // high))
    if not columns or not rows:
        return np.full((height, width, 3), WHITE, dtype=np.uint8)
    lines = [np.concatenate([_tile(of.path, of.index(c, r)) for c in columns], axis=1) for r in rows]
    left, top = columns[0] * wide, rows[0] * high
    joined = np.concatenate(lines)[: down - top, : across - left]
    return cut(joined, (x - left, y - top), (width, height))


@lru_cache(maxsize=64)
def _tile(path: Path, index: int) -> np.ndarray:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on the colours that the header and the JPEG disagree about
            return pixel_array(path, index=index)
    except Exception as error:  # a decoder's own exceptions know no common root
        raise InputError(f"has a damaged tile {index}; copy it again.", file=path.name) from error
