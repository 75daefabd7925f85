"""Write a pyramidal, tiled TIFF that states um/pixel, tile by tile, as OpenSlide and QuPath open it.

The finest level streams straight to the file; the coarser ones are halved from it as it passes and wait, packed, in
temporary files. In memory stand two rows of tiles a level. The same pixels give the same bytes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import imagecodecs
import numpy as np
import tifffile

from osteon.errors import RequestError
from osteon.io import atomic

WHITE = 255
UM_PER_CM = 10_000
MOST_CLASSIC_BYTES = 2**31

Region = Callable[[int, int, int, int], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a slide is stored.

    Attributes:
        size_px: (width, height) of the finest level.
        um_per_pixel: (x, y) of the finest level.
        tile_px: Side of a tile, a multiple of 16.
        jpeg_quality: 1 to 100; None stores without loss (deflate).
        description: What the file says of itself.

    """

    size_px: tuple[int, int]
    um_per_pixel: tuple[float, float]
    tile_px: int = 512
    jpeg_quality: int | None = 85
    description: str = ""

    def sizes(self) -> list[tuple[int, int]]:
        """Return (width, height) of each level: halved until one tile holds it."""
        found = [self.size_px]
        while max(found[-1]) > self.tile_px:
            found.append((max(1, found[-1][0] // 2), max(1, found[-1][1] // 2)))
        return found


@dataclass
class _Level:
    """The packed tiles of a coarser level, and the rows of pixels that do not fill a tile yet."""

    size_px: tuple[int, int]
    file: IO[bytes]
    lengths: list[int] = field(default_factory=list)
    waiting: list[np.ndarray] = field(default_factory=list)

    def tiles(self) -> Iterator[bytes]:
        """Yield the packed tiles in order."""
        self.file.seek(0)
        for length in self.lengths:
            yield self.file.read(length)


def write(path: Path, region: Region, *, layout: Layout) -> None:
    """Write the slide to `path`, whole or not at all.

    Args:
        path: Of the file; conventionally ends in .tif.
        region: (x, y, width, height) in pixels of the finest level to uint8 RGB (height, width, 3). Called once
            for each tile, row by row, never beyond the edge.
        layout: Size, resolution and packing.

    Raises:
        RequestError: The layout cannot be meant.
        InputError: The folder cannot be written to.
        ResumableError: The disk is full.

    """
    _check(layout)
    with atomic.file(path) as aside, ExitStack() as held:
        spool = held.enter_context(tempfile.TemporaryDirectory(dir=aside.parent, prefix=".tmp-levels-"))
        coarser = [
            _Level(size_px=size, file=held.enter_context(Path(spool, str(n)).open("w+b")))
            for n, size in enumerate(layout.sizes()[1:])
        ]
        with tifffile.TiffWriter(aside, bigtiff=_is_large(layout)) as tiff:
            _store(tiff, _stream(region, coarser, layout), level=0, layout=layout)
            for number, level in enumerate(coarser, 1):
                _store(tiff, level.tiles(), level=number, layout=layout)


def _check(layout: Layout) -> None:
    sane = min(layout.size_px) > 0 and min(layout.um_per_pixel) > 0 and layout.tile_px >= 16
    if not sane or layout.tile_px % 16:
        msg = (
            f"A slide of {layout.size_px} pixels of {layout.um_per_pixel} um in tiles of {layout.tile_px} cannot be "
            "written; sizes are positive and the side of a tile is a multiple of 16."
        )
        raise RequestError(msg)


def _is_large(layout: Layout) -> bool:
    return layout.size_px[0] * layout.size_px[1] * 4 > MOST_CLASSIC_BYTES


def _store(tiff: tifffile.TiffWriter, tiles: Iterator[bytes], *, level: int, layout: Layout) -> None:
    width, height = layout.sizes()[level]
    across, down = (size / now for size, now in zip(layout.size_px, (width, height), strict=True))
    jpeg = layout.jpeg_quality is not None
    tiff.write(
        tiles,
        shape=(height, width, 3),
        dtype=np.uint8,
        tile=(layout.tile_px, layout.tile_px),
        photometric="ycbcr" if jpeg else "rgb",
        subsampling=(2, 2) if jpeg else None,
        compression="jpeg" if jpeg else "adobe_deflate",
        subfiletype=1 if level else 0,
        resolution=(UM_PER_CM / layout.um_per_pixel[0] / across, UM_PER_CM / layout.um_per_pixel[1] / down),
        resolutionunit="centimeter",
        description=layout.description or None,
        software="osteon",
        metadata=None,
    )


def _stream(region: Region, coarser: list[_Level], layout: Layout) -> Iterator[bytes]:
    """Yield the packed tiles of the finest level and fill the coarser ones."""
    (width, height), side = layout.size_px, layout.tile_px
    for top in range(0, height, side):
        rows = min(side, height - top)
        strip = np.empty((rows, width, 3), np.uint8)
        for left in range(0, width, side):
            columns = min(side, width - left)
            strip[:, left : left + columns] = region(left, top, columns, rows)
        # Before the tiles go out: whoever takes the last one does not ask for another.
        _hand_down(strip, coarser, layout=layout, last=top + rows == height)
        for left in range(0, width, side):
            yield _pack(strip[:, left : left + side], layout)


def _hand_down(strip: np.ndarray, coarser: list[_Level], *, layout: Layout, last: bool) -> None:
    """Halve `strip` into the first of `coarser`; pack its full rows of tiles and hand them further down."""
    if not coarser:
        return
    held, side = coarser[0], layout.tile_px
    held.waiting.append(_halve(strip, held.size_px[0], keep=not held.waiting and not held.lengths))
    if not last and sum(part.shape[0] for part in held.waiting) < side:
        return
    whole, held.waiting = np.concatenate(held.waiting), []
    for left in range(0, held.size_px[0] if len(whole) else 0, side):
        packed = _pack(whole[:, left : left + side], layout)
        held.file.write(packed)
        held.lengths.append(len(packed))
    _hand_down(whole, coarser[1:], layout=layout, last=last)


def _halve(pixels: np.ndarray, width: int, *, keep: bool) -> np.ndarray:
    """Return the mean of 2 x 2 pixels; an odd last row or column is left out, with `keep` not the only row."""
    rows = max(pixels.shape[0] // 2, int(keep))
    if rows == 0:
        return np.empty((0, width, 3), np.uint8)
    low, right = (1 if n > 1 else 0 for n in pixels.shape[:2])
    down = pixels[: 2 * rows : 2].astype(np.uint16) + pixels[low : 2 * rows : 2]
    return ((down[:, : 2 * width : 2] + down[:, right : 2 * width : 2] + 2) >> 2).astype(np.uint8)


def _pack(pixels: np.ndarray, layout: Layout) -> bytes:
    side = layout.tile_px
    filled = np.full((side, side, 3), WHITE, np.uint8)
    filled[: pixels.shape[0], : pixels.shape[1]] = pixels
    if layout.jpeg_quality is None:
        return bytes(imagecodecs.zlib_encode(filled.tobytes(), level=6))
    return bytes(imagecodecs.jpeg_encode(filled, level=layout.jpeg_quality, subsampling="420"))
