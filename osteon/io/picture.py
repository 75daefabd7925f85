"""Plain pictures: PNG, JPEG and TIFF of 8 or 16 bits, grey or colour.

Their dots per inch are no spacing; a tile of a microscope, as `io.tile` knows one, has one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile
from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from osteon.errors import InputError
from osteon.io import finite, png, simulated, tile
from osteon.types import Grid, Image, Source

MOST_PIXELS = 90_000_000
ORIENTATION = 274  # the EXIF tag
# EXIF orientation to what turns the stored rows and columns upright.
TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a.swapaxes(0, 1)[:, ::-1],
    7: lambda a: a.swapaxes(0, 1)[::-1, ::-1],
    8: lambda a: a.swapaxes(0, 1)[::-1],
}
FORMATS = ("PNG", "JPEG")
TIFF = frozenset({b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"})
UNREADABLE = (
    *(OSError, ValueError, TypeError, SyntaxError, KeyError, IndexError, RuntimeError, MemoryError),
    *(Pillow.DecompressionBombError, tifffile.TiffFileError),
)


@dataclass(frozen=True, kw_only=True)
class _Header:
    """What is told before the pixels are unpacked: (rows, columns) and their spacing as stored, and how they lie."""

    size: tuple[int, int]
    kind: str
    turn: int
    notes: tuple[str, ...]
    spacing_mm: tuple[float, float] | None = None

    def grid(self) -> Grid:
        """Return the grid of the picture, turned upright."""
        upright = slice(None, None, 1 if self.turn < 5 else -1)
        return Grid(shape=self.size[upright], spacing_mm=self.spacing_mm and self.spacing_mm[upright])


def read(path: Path, *, labels: bool = False) -> Image:
    """Return the picture at `path`: grey of (rows, columns), or colour with a last axis of 3.

    Values are those stored (0 to 255, or 0 to 65535) as float32; with `labels`, of a grey picture,
    int32. One that was written as labels says so, and its unit is "label". It is turned upright as its EXIF data say.
    An opacity channel is dropped.

    Raises:
        InputError: It is no picture of these kinds, damaged, or larger than `MOST_PIXELS`.

    """
    path = Path(path)
    header = _tiff_header(path) if _is_tiff(path) else _header(path)
    said = labels or _says_labels(path)
    return Image(
        grid=header.grid(),
        modality="OT",
        unit="label" if said else None,
        load=lambda: _load(path, kind=header.kind, turn=header.turn, labels=labels),
        sources=(Source(path=path),),
        notes=header.notes,
    )


def _header(path: Path) -> _Header:
    """Return what a PNG or JPEG tells."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the size is checked below, and damaged EXIF counts as none
            with Pillow.open(path, formats=FORMATS) as picture:
                columns, rows = picture.size
                _check_size(rows, columns, path)
                kind, turn = str(picture.format), _turn(picture)
                pages = getattr(picture, "n_frames", 1)
                said = str(picture.info.get("Description", ""))
    except UnidentifiedImageError as error:
        raise InputError("is no PNG, JPEG or TIFF picture, or it is damaged; copy it again.", file=path.name) from error
    except Pillow.DecompressionBombError as error:
        raise InputError(_too_large(str(error)), file=path.name) from error
    except UNREADABLE as error:
        raise InputError("is a damaged picture; copy it again.", file=path.name) from error
    return _Header(size=(rows, columns), kind=kind, turn=_known(turn), notes=_notes(said, pages))


def _known(turn: int) -> int:
    return turn if turn in TURNS else 1


def _notes(said: str, pages: int) -> tuple[str, ...]:
    """Return what a reader must know of a file that says this of itself and holds so many pictures."""
    more = (f"The file holds {pages} pictures; the first was read.",) if pages > 1 else ()
    return (*simulated.notes_of(said), *more)


def _says_labels(path: Path) -> bool:
    """Return whether a PNG says that its values are labels, as `write` has it."""
    with path.open("rb") as file:
        return png.LABELS in file.read(png.HEAD)


def _turn(picture: Pillow.Image) -> int:
    """Return the EXIF orientation; of a PNG only what stands before its pixels, which are not read now."""
    if picture.format != "PNG":
        return picture.getexif().get(ORIENTATION, 1)
    exif = Pillow.Exif()
    exif.load(picture.info.get("exif", b""))
    return exif.get(ORIENTATION, 1)


def _check_size(rows: int, columns: int, path: Path) -> None:
    if rows * columns > MOST_PIXELS:
        raise InputError(_too_large(f"{rows} x {columns} pixels"), file=path.name)


def _too_large(what: str) -> str:
    return f"unpacks to more than the {MOST_PIXELS:,} pixels allowed ({what}); shrink it, or give it as a slide."


def _is_tiff(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in TIFF


def _tiff_header(path: Path) -> _Header:
    """Return what a TIFF tells of its first picture."""
    try:
        with tifffile.TiffFile(path) as tiff:
            page = tiff.pages.first
            turn = int(page.tags.valueof(ORIENTATION, 1))
            size = (int(page.imagelength), int(page.imagewidth))
            notes = _notes(page.description, len(tiff.pages))
            spacing_mm = tile.spacing_mm(page)
    except UNREADABLE as error:
        raise InputError("is a damaged TIFF; copy it again.", file=path.name) from error
    _check_size(*size, path)
    return _Header(size=size, kind="TIFF", turn=_known(turn), notes=notes, spacing_mm=spacing_mm)


def _load(path: Path, *, kind: str, turn: int, labels: bool) -> np.ndarray:
    try:
        values = {"PNG": _png, "JPEG": _jpeg, "TIFF": _tiff}[kind](path)
    except UNREADABLE as error:
        raise InputError("is a damaged picture; copy it again.", file=path.name) from error
    values = _channels(values, path)
    if values.dtype.kind not in "uif":
        raise InputError(f"holds {values.dtype} values, not grey or colour ones; convert it.", file=path.name)
    finite.check(values, file=path.name)
    values = np.ascontiguousarray(TURNS[turn](values))
    if not labels:
        return values.astype(np.float32)
    if values.ndim == 3 or values.dtype.kind == "f":
        raise InputError("is to be a label map, but is in colour or holds fractions; save it grey.", file=path.name)
    return values.astype(np.int32)


def _channels(values: np.ndarray, path: Path) -> np.ndarray:
    """Return `values` without opacity, and flat where it has one channel."""
    if values.ndim == 2:
        return values
    if values.ndim != 3 or values.shape[2] not in (1, 2, 3, 4):
        why = f"has {values.shape} values, which is neither grey nor colour; save it as an ordinary picture."
        raise InputError(why, file=path.name)
    return values[..., 0] if values.shape[2] < 3 else values[..., :3]


def _png(path: Path) -> np.ndarray:
    with Pillow.open(path) as picture:
        palette = picture.mode in {"P", "1"}
        if palette:  # Pillow resolves the palette; its own reading of 16-bit colour would lose half the bits
            return np.asarray(picture.convert("L" if picture.mode == "1" else "RGB"))
    return imagecodecs.png_decode(path.read_bytes())


def _jpeg(path: Path) -> np.ndarray:
    with Pillow.open(path) as picture:
        return np.asarray(picture if picture.mode in {"L", "RGB"} else picture.convert("RGB"))


def _tiff(path: Path) -> np.ndarray:
    with tifffile.TiffFile(path) as tiff:
        page = tiff.pages.first
        values = page.asarray()
        if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
            # Stored bright as low; flip, so that high is bright in every picture.
            values = ~values if values.dtype.kind in "bu" else -values
        if page.photometric == tifffile.PHOTOMETRIC.PALETTE and page.colormap is not None:
            return (page.colormap[:, values] >> 8).transpose(1, 2, 0).astype(np.uint8)
        if page.planarconfig == tifffile.PLANARCONFIG.SEPARATE and values.ndim == 3:
            values = np.moveaxis(values, 0, -1)
    return values.astype(np.uint8) * 255 if values.dtype == bool else values
