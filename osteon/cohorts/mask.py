"""Open the mask of an image: a label map of its own, or DICOM contours and segments drawn on the image's grid."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from osteon.cohorts.dicom import outlines
from osteon.errors import InputError
from osteon.io import files
from osteon.types import Datum, Image


def open_mask(path: Path, *, image: Datum, region: str = "") -> Image:
    """Return the mask of `image` at `path` as a label map, read when asked for.

    A mask of just 0 and 255 is a mask of one structure, 1; otherwise the values are the labels. A
    DICOM SEG or RTSTRUCT is drawn on the grid of `image`, the one `region` of it; any other mask
    keeps the grid it has, and the audit refuses it where that is another one.

    Raises:
        InputError: The file holds no image, or not that region.

    """
    if isinstance(image, Image) and path.is_file() and path.suffix.lower() in ("", ".dcm"):
        drawn = outlines.open_outline(path, image=image, region=region)
        if drawn is not None:
            return drawn
    if region:
        msg = "Only an RTSTRUCT and a DICOM SEG have regions to be named after a #; leave it out."
        raise InputError(msg)
    datum = files.open_image(path)
    if not isinstance(datum, Image):
        msg = f"A mask must be an image; this is a {type(datum).__name__.lower()}."
        raise InputError(msg)
    return replace(datum, unit="label", load=partial(_labels, datum))


def _labels(image: Image) -> np.ndarray:
    pixels = np.asarray(image.read())
    if pixels.shape != image.grid.shape:
        msg = f"A mask must have one value a pixel; its pixels are {pixels.shape}, its grid {image.grid.shape}."
        raise InputError(msg)
    if pixels.dtype.kind == "f" and (not np.isfinite(pixels).all() or (pixels != np.round(pixels)).any()):
        msg = "A mask must hold whole numbers; this one holds fractions or NaN. Store it without resampling."
        raise InputError(msg)
    labels = pixels.astype(np.int32)
    if labels.max(initial=0) == 255 and not ((labels != 0) & (labels != 255)).any():
        return labels // 255
    return labels
