"""Open the mask of an image: a label map of its own, or DICOM contours and segments drawn on the image's grid."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from osteon.cohorts.dicom import outlines
from osteon.errors import InputError
from osteon.geometry import same_place
from osteon.io import drawn, files, regrid
from osteon.io.drawn import Drawn
from osteon.types import Datum, Image


def open_drawn(path: Path, *, image: Datum, region: str = "") -> Drawn:
    """Return the mask of `image` at `path` and, from LabelMe, COCO and QuPath, its lesions; see `open_mask`.

    Raises:
        InputError: The file holds neither a mask nor annotations, or not that region.

    """
    if drawn.is_annotation(path):
        return drawn.read(path, image=image, wanted=region)
    return Drawn(mask=open_mask(path, image=image, region=region))


def open_mask(path: Path, *, image: Datum, region: str = "") -> Image:
    """Return the mask of `image` at `path` as a label map, read when asked for.

    A mask of just 0 and 255 is a mask of one structure, 1; otherwise the values are the labels. A
    DICOM SEG or RTSTRUCT is drawn on the grid of `image`, the one `region` of it; a volume whose voxels are the
    image's, but flipped, turned or cropped, is put on the image's grid. Any other mask keeps the grid it has, and the
    audit refuses it where that is another one.

    Raises:
        InputError: The file holds no image, or not that region.

    """
    if isinstance(image, Image) and path.is_file() and path.suffix.lower() in ("", ".dcm"):
        outline = outlines.open_outline(path, image=image, region=region)
        if outline is not None:
            return outline
    if region:
        msg = "Only an RTSTRUCT, a DICOM SEG and drawn annotations have regions to be named after a #; leave it out."
        raise InputError(msg)
    datum = files.open_image(path)
    if not isinstance(datum, Image):
        msg = f"A mask must be an image; this is a {type(datum).__name__.lower()}."
        raise InputError(msg)
    labels = replace(datum, unit="label", load=partial(_labels, datum))
    return _turned(labels, image=image) if isinstance(image, Image) else labels


def _turned(labels: Image, *, image: Image) -> Image:
    """Return a volume of labels on the image's grid where that is of the same voxels; else as it is."""
    source, target = labels.grid, image.grid
    if source.affine is None or target.affine is None or same_place(source, target):
        return labels
    if not regrid.same_lattice(source, target):
        return labels
    note = "The mask's voxels are the image's, flipped, turned or cropped; it was put on the image's grid."
    name = labels.sources[0].path.name if labels.sources else "the mask"
    return replace(
        labels,
        grid=target,
        load=lambda: regrid.onto(labels.read(), source, target, file=name),
        notes=(*labels.notes, note),
    )


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
