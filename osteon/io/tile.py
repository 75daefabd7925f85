"""A tile: a picture cut from a slide, as a TIFF in tiles that states um/pixel in its resolution.

A TIFF that is stored in tiles and gives its resolution in centimetres is a microscope's picture, as OpenSlide takes it
too; of any other, as a photograph or a page, the resolution says how to print it and is no spacing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile

from osteon.errors import InputError
from osteon.io import atomic

SIDE_PX = 256
"""Of the squares that the file stores."""
UM_PER_CM, MM_PER_CM = 10_000.0, 10.0


def write(path: Path, pixels: np.ndarray, *, um_per_pixel: float, note: str = "") -> None:
    """Write a tile without loss, whole or not at all; the same pixels give the same bytes.

    Args:
        path: Of the file; ends in .tif.
        pixels: (rows, columns, 3), uint8 RGB.
        um_per_pixel: Of its rows and its columns.
        note: What the file says of itself; ASCII.

    Raises:
        InputError: Pixels of another kind or without a size, or the file cannot be written.

    """
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not 0.0 < um_per_pixel < np.inf:
        why = f"a tile is uint8 RGB at so many um/pixel; got {pixels.dtype} of {pixels.shape} at {um_per_pixel}."
        raise InputError(why, file=Path(path).name)
    per_cm = UM_PER_CM / um_per_pixel
    with atomic.file(path) as aside:
        tifffile.imwrite(
            aside, pixels, photometric="rgb", tile=(SIDE_PX, SIDE_PX), compression="adobe_deflate", predictor=True,
            resolution=(per_cm, per_cm), resolutionunit="centimeter", description=note or None, software="osteon",
            metadata=None,
        )  # fmt: skip


def spacing_mm(page: tifffile.TiffPage) -> tuple[float, float] | None:
    """Return the spacing of the rows and of the columns as stored that a page states; None where it states none."""
    if not page.is_tiled or page.tags.valueof("ResolutionUnit") != tifffile.RESUNIT.CENTIMETER:
        return None
    down, across = (_ratio(page.tags.valueof(f"{axis}Resolution")) for axis in "YX")
    return (MM_PER_CM / down, MM_PER_CM / across) if down > 0.0 and across > 0.0 else None


def _ratio(stored: tuple[int, int] | None) -> float:
    """Return the number that a TIFF stores as two; 0 where it is none."""
    above, below = stored or (0, 1)
    return above / below if below else 0.0
