"""Masks that come as DICOM: RTSTRUCT contours and SEG segments, drawn on the image they belong to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from osteon.errors import InputError
from osteon.io import dicom, dicom_rt, dicom_seg
from osteon.types import Image, Source


def open_outline(path: Path, *, image: Image, region: str = "") -> Image | None:
    """Return the mask of `image` that the DICOM file at `path` holds (1 inside), None where it holds pixels instead.

    Args:
        path: RTSTRUCT or SEG.
        image: The image it was drawn on; its grid is the mask's.
        region: Name of the region or segment; "" takes the only one.

    Raises:
        InputError: There are several and none is named, or none of that name.
        GeometryError: It was drawn on another image.

    """
    kind = dicom.modality(path)
    if kind == "RTSTRUCT":
        return drawn(_region(path, region), image=image, path=path)
    if kind == "SEG":
        notes = ("The SEG is on another grid; each voxel takes its nearest label.",) if _regridded(path, image) else ()
        return _on(image, path, load=partial(_segment, path, image, region), notes=notes)
    return None


def drawn(region: dicom_rt.Region, *, image: Image, path: Path) -> Image:
    """Return `region` of the RTSTRUCT at `path` as a mask of `image` (1 inside), drawn when asked for."""
    between = image.grid.affine is not None and not dicom_rt.lies_in_slices(region, image.grid)
    notes = ("The contours lie between the image's slices; the mask was interpolated by shape.",) if between else ()
    return _on(image, path, load=partial(_contours, region, image), notes=notes)


def _on(image: Image, path: Path, *, load: Callable[[], np.ndarray], notes: tuple[str, ...] = ()) -> Image:
    return Image(grid=image.grid, modality="OT", unit="label", load=load, sources=(Source(path=path),), notes=notes)


def _regridded(path: Path, image: Image) -> bool:
    """Return whether a SEG must be resampled to the image; a damaged one says so when it is read."""
    try:
        return dicom_seg.needs_resampling(path, image)
    except InputError:
        return False


def _region(path: Path, name: str) -> dicom_rt.Region:
    structures = dicom_rt.read(path)
    if name:
        return structures.region(name)
    if len(structures.regions) != 1:
        msg = (
            f"The RTSTRUCT holds {len(structures.regions)} regions; say which is the lesion after a #, "
            "as in rs.dcm#GTV, or export it alone."
        )
        raise InputError(msg)
    return structures.regions[0]


def _contours(region: dicom_rt.Region, image: Image) -> np.ndarray:
    return dicom_rt.on_image(region, image).astype(np.int32)


def _segment(path: Path, image: Image, name: str) -> np.ndarray:
    found = dicom_seg.read(path, image)
    if name not in found and (name or len(found) != 1):
        msg = f"The SEG holds {len(found)} segments; say which is the lesion after a #, as in seg.dcm#Tumour."
        raise InputError(msg)
    segment = found[name] if name else next(iter(found.values()))
    return (segment >= 0.5).astype(np.int32)
