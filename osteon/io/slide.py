"""Whole-slide images as tiles: SVS, NDPI and their like through OpenSlide, plain pyramidal TIFF through tifffile.

DICOM slides are read by `osteon.io.slide_dicom`.
"""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from osteon.errors import InputError, MissingExtraError
from osteon.io import simulated
from osteon.io.extras import require
from osteon.types import Slide

MOST_PIXELS = 2**30
WHITE = 255


def read(path: Path) -> Slide:
    """Return the slide at `path`, its tiles read when asked for.

    `um_per_pixel` is what the slide states of itself: the vendor's value, or the OME header of a
    plain TIFF. The resolution of a TIFF in dots an inch is not taken for it.

    Raises:
        InputError: It is no slide, or damaged.
        MissingExtraError: OpenSlide is not installed.

    """
    path = Path(path)
    openslide = require("openslide", extra="slides")
    try:
        if openslide.OpenSlide.detect_format(str(path)) is not None:
            return _vendor_slide(path)
    except openslide.OpenSlideError as error:
        why = "is a slide that OpenSlide cannot open; copy it again from the scanner."
        raise InputError(why, file=path.name) from error
    return _tiff_slide(path)


def has_pyramid(path: Path) -> bool:
    """Return whether a TIFF holds one picture at several sizes; False for what cannot be opened."""
    try:
        with tifffile.TiffFile(path) as tiff:
            return len(tiff.series[0].levels) > 1
    except (OSError, ValueError, KeyError, IndexError, tifffile.TiffFileError):
        return False


def _vendor_slide(path: Path) -> Slide:
    slide = _open(path)
    states = slide.properties
    across, down = states.get("openslide.mpp-x"), states.get("openslide.mpp-y")
    size = (float(across), float(down)) if across and down and float(across) > 0 and float(down) > 0 else None
    return Slide(
        path=path,
        levels=tuple((int(w), int(h)) for w, h in slide.level_dimensions),
        um_per_pixel=size,
        read_region=partial(_vendor_region, path),
        vendor=states.get("openslide.vendor"),
        notes=simulated.notes_of(states.get("tiff.ImageDescription")),
    )


@lru_cache(maxsize=8)
def _open(path: Path) -> Any:
    """Return the open slide; a few are kept, since opening costs more than reading a tile."""
    return require("openslide", extra="slides").OpenSlide(str(path))


def _vendor_region(path: Path, x: int, y: int, width: int, height: int, level: int) -> np.ndarray:
    openslide = require("openslide", extra="slides")
    try:
        slide = _open(path)
        by = slide.level_downsamples[level]
        rgba = np.asarray(slide.read_region((round(x * by), round(y * by)), level, (width, height)))
    except (openslide.OpenSlideError, MissingExtraError) as error:
        _open.cache_clear()  # an OpenSlide handle that failed once fails for ever
        raise InputError("has a damaged tile; copy it again from the scanner.", file=path.name) from error
    opaque = rgba[..., 3:].astype(np.float32) / 255.0
    return np.rint(rgba[..., :3] * opaque + WHITE * (1 - opaque)).astype(np.uint8)


def _tiff_slide(path: Path) -> Slide:
    try:
        with tifffile.TiffFile(path) as tiff:
            series = tiff.series[0]
            sizes = tuple(_size(level) for level in series.levels)
            spacing = _ome_spacing(tiff.ome_metadata) if tiff.is_ome else None
            colour, said = series.keyframe.photometric, simulated.notes_of(series.keyframe.description)
    except (OSError, ValueError, KeyError, IndexError, tifffile.TiffFileError) as error:
        why = "is no slide that osteon reads (SVS, NDPI, pyramidal TIFF, DICOM), or it is damaged; copy it again."
        raise InputError(why, file=path.name) from error
    if series.keyframe.dtype != np.uint8 or colour not in (tifffile.PHOTOMETRIC.RGB, tifffile.PHOTOMETRIC.YCBCR):
        why = f"stores {series.keyframe.dtype} pixels of the TIFF kind {int(colour)}; a slide has 8-bit RGB."
        raise InputError(why, file=path.name)
    if sizes[0][0] * sizes[0][1] > MOST_PIXELS:
        why = f"has {sizes[0][0]} x {sizes[0][1]} pixels and no tiles; save it as a tiled pyramidal TIFF first."
        raise InputError(why, file=path.name)
    return Slide(
        path=path, levels=sizes, um_per_pixel=spacing, read_region=partial(_tiff_region, path), notes=said
    )  # fmt: skip


def _size(level: tifffile.TiffPageSeries) -> tuple[int, int]:
    return int(level.keyframe.imagewidth), int(level.keyframe.imagelength)


@lru_cache(maxsize=2)
def _tiff_level(path: Path, level: int) -> np.ndarray:
    with tifffile.TiffFile(path) as tiff:
        return tiff.series[0].levels[level].asarray()


def _tiff_region(path: Path, x: int, y: int, width: int, height: int, level: int) -> np.ndarray:
    try:
        whole = _tiff_level(path, level)
    except (OSError, ValueError, RuntimeError, tifffile.TiffFileError) as error:
        raise InputError(f"has a damaged level {level}; copy it again.", file=path.name) from error
    return cut(whole, (x, y), (width, height))


def cut(whole: np.ndarray, corner: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """Return the (height, width, 3) region of `whole` at `corner` (x, y); white where it lies outside."""
    (x, y), (width, height) = corner, size
    region = np.full((height, width, 3), WHITE, dtype=np.uint8)
    top, left = max(0, y), max(0, x)
    part = whole[top : max(top, y + height), left : max(left, x + width), :3]
    region[top - y : top - y + part.shape[0], left - x : left - x + part.shape[1]] = part
    return region


def _ome_spacing(xml: str | None) -> tuple[float, float] | None:
    if not xml:
        return None
    pixels = tifffile.xml2dict(xml)["OME"]["Image"]
    pixels = (pixels[0] if isinstance(pixels, list) else pixels)["Pixels"]
    if any(pixels.get(f"PhysicalSize{axis}Unit", "µm") != "µm" for axis in "XY"):
        return None
    across, down = pixels.get("PhysicalSizeX"), pixels.get("PhysicalSizeY")
    return (float(across), float(down)) if across and down else None
