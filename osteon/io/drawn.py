"""Labels from where people draw them: LabelMe, COCO, QuPath and 3D Slicer, on the grid of the image they belong to.

read(Path("film.json"), image=film).mask                       all of one label
read(Path("film.json"), image=film, wanted="tumour").lesions   one label of several
read(Path("scan.seg.nrrd"), image=ct, wanted="bone,tumour")    values 1 and 2
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from osteon.errors import GeometryError, InputError
from osteon.io import annotation, coco, labelme, qupath, slicer
from osteon.io.annotation import Shape
from osteon.types import Datum, Grid, Image, Lesion, Slide, Source

SLIDE_PIXELS = 4096
"""A slide's mask is drawn on its finest level of at most this many pixels a side."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawn:
    """What was drawn on an image: a label map on its grid (None for mere boxes), and each lesion with its box."""

    mask: Image | None
    lesions: tuple[Lesion, ...] = ()


def is_annotation(path: Path) -> bool:
    """Return whether the file at `path` is one that `read` takes, by its name and, for an NRRD, its header."""
    if path.suffix.lower() in (".json", ".geojson"):
        return True
    return path.suffix.lower() == ".nrrd" and bool(slicer.segments(path))


def read(path: Path, *, image: Datum, wanted: str = "") -> Drawn:
    """Return what was drawn on `image` in the file at `path`; the pixels of the mask when asked for.

    Args:
        path: LabelMe or COCO JSON, QuPath's GeoJSON, or 3D Slicer's .seg.nrrd.
        image: A picture, a slide, or (.seg.nrrd) a volume.
        wanted: The label that is the lesion; several with commas between become the values 1, 2 ...; "*" takes all
            as 1; "" will do where there is only one.

    Raises:
        InputError: The file is none of these, damaged, or has no such label.
        GeometryError: It cannot belong to this image.

    """
    if path.suffix.lower() == ".nrrd":
        if not isinstance(image, Image):
            raise GeometryError("is a segmentation of a volume, but the image is none.", file=path.name)
        return Drawn(mask=slicer.read(path, image=image, wanted=wanted))
    grid, notes = _flat(image, file=path.name)
    shape = (grid.shape[0], grid.shape[1])
    groups = annotation.chosen(_shapes(path, image=image, shape=shape), wanted, file=path.name)
    filled = any(one.fills for group in groups for one in group)
    mask = Image(
        grid=grid,
        modality="OT",
        unit="label",
        load=lambda: annotation.label_map(groups, shape=shape),
        sources=(Source(path=path),),
        notes=notes,
    )
    return Drawn(mask=mask if filled else None, lesions=annotation.lesions(groups, shape=shape))


def _flat(image: Datum, *, file: str) -> tuple[Grid, tuple[str, ...]]:
    """Return the grid to draw on: the picture's own, or that of a level of a slide."""
    if isinstance(image, Slide):
        width, height = next((level for level in image.levels if max(level) <= SLIDE_PIXELS), image.levels[-1])
        times = image.levels[0][0] / width
        per_pixel = image.um_per_pixel
        spacing = (per_pixel[1] * times / 1000, per_pixel[0] * times / 1000) if per_pixel else None
        note = f"Drawn on the slide's level of {width} x {height} pixels, {times:.3g} times coarser than the finest."
        return Grid(shape=(height, width), spacing_mm=spacing), (note,)
    if not isinstance(image, Image) or len(image.grid.shape) != 2:
        why = "holds shapes drawn on a picture or a slide, and this image is neither; segment a volume in 3D Slicer."
        raise GeometryError(why, file=file)
    return Grid(shape=image.grid.shape, spacing_mm=image.grid.spacing_mm, spacing_at=image.grid.spacing_at), ()


def _shapes(path: Path, *, image: Datum, shape: tuple[int, int]) -> Sequence[Shape]:
    said = annotation.parsed(path)
    if labelme.is_labelme(said):
        return labelme.read(path, shape=shape)
    if coco.is_coco(said):
        return coco.read(path, shape=shape, picture=_name(image))
    if qupath.is_geojson(said):
        finest = image.levels[0] if isinstance(image, Slide) else shape[::-1]
        return qupath.read(path, scale=(shape[0] / finest[1], shape[1] / finest[0]))
    why = "is JSON, but neither LabelMe's, COCO's nor QuPath's GeoJSON; export the annotations as one of these."
    raise InputError(why, file=path.name)


def _name(image: Datum) -> str:
    if isinstance(image, Slide):
        return image.path.name
    return image.sources[0].path.name if isinstance(image, Image) and image.sources else ""
