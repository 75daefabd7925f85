"""3D Slicer's segmentations (.seg.nrrd): named segments, in one layer or several, cropped to what was drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813

from osteon.errors import GeometryError, InputError
from osteon.geometry import same_place, volume_grid
from osteon.io import nrrd, regrid
from osteon.io.annotation import ALL
from osteon.types import Grid, Image, Source

_FIELD = re.compile(r"^Segment(\d+)_(Name|LabelValue|Layer):=(.*)$")
HEADER_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One segment: its name, and in which layer it has which value."""

    name: str
    layer: int
    value: int


def segments(path: Path) -> tuple[Segment, ...]:
    """Return the segments that an NRRD names; none for one that is no segmentation.

    Raises:
        InputError: It cannot be opened, or its header is damaged.

    """
    try:
        with path.open("rb") as file:
            head = file.read(HEADER_BYTES).split(b"\n\n")[0].decode("utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"cannot be opened ({error.strerror}); check its rights.", file=path.name) from error
    found: dict[int, dict[str, str]] = {}
    for line in head.replace("\r", "").splitlines():
        field = _FIELD.match(line)
        if field:
            found.setdefault(int(field[1]), {})[field[2]] = field[3].strip()
    try:
        return tuple(
            Segment(name=one["Name"], layer=int(one.get("Layer", 0)), value=int(one.get("LabelValue", number + 1)))
            for number, one in sorted(found.items())
        )
    except (KeyError, ValueError) as error:
        raise InputError("has a damaged list of segments; save it again.", file=path.name) from error


def read(path: Path, *, image: Image, wanted: str = "") -> Image:
    """Return segments of the file at `path` as a label map on the grid of `image`, read when asked for.

    Where Slicer drew on another grid of the same patient (an oversampled one, or a crop), each voxel of the image takes
    the nearest label, and a note says so.

    Args:
        path: A .seg.nrrd file.
        image: What was outlined, a volume.
        wanted: A segment's name, several with commas between (values 1, 2 ...), "*" for all as 1; "" for the only one.

    Raises:
        InputError: It is no segmentation, or none of its segments is meant.
        GeometryError: The image is no volume; or, on loading, what was segmented lies wholly outside of it.

    """
    if image.grid.affine is None:
        raise GeometryError("is a segmentation of a volume, but the image is none; give the volume.", file=path.name)
    groups = _chosen(segments(path), wanted, file=path.name)
    grid = _grid(path)
    notes: tuple[str, ...] = ()
    if not same_place(grid, image.grid) and not regrid.same_lattice(grid, image.grid):
        notes = ("The segmentation was drawn on another grid; each voxel takes its nearest label.",)
    return Image(
        grid=image.grid,
        modality="OT",
        unit="label",
        load=lambda: _load(path, groups, grid=grid, target=image.grid),
        sources=(Source(path=path),),
        notes=notes,
    )


def _chosen(known: Sequence[Segment], wanted: str, *, file: str) -> tuple[tuple[Segment, ...], ...]:
    if not known:
        raise InputError("names no segments; save it from 3D Slicer as .seg.nrrd.", file=file)
    if wanted == ALL or (not wanted and len(known) == 1):
        return (tuple(known),)
    if not wanted:
        why = f"holds {len(known)} segments; say after a # which is the lesion, as in file.seg.nrrd#tumour."
        raise InputError(why, file=file)
    by_name = {one.name.strip().casefold(): one for one in known}
    names = [wanted] if wanted.strip().casefold() in by_name else wanted.split(",")
    found = [by_name.get(name.strip().casefold()) for name in names]
    if None in found:
        why = f"has no segment of a name that stands after the #, among its {len(known)} segments; check the word."
        raise InputError(why, file=file)
    return tuple((one,) for one in found if one is not None)


def _grid(path: Path) -> Grid:
    reader = nrrd.reader(path)
    size = reader.GetSize()
    if len(size) != 3 or np.prod(size, dtype=float) * reader.GetNumberOfComponents() > nrrd.MOST_VOXELS:
        raise GeometryError(f"has the size {size}; a segmentation is a volume. Save it again.", file=path.name)
    try:
        return volume_grid((size[2], size[1], size[0]), nrrd.affine(reader))
    except GeometryError as error:
        raise GeometryError(error.why, file=path.name) from error


def _load(path: Path, groups: Sequence[Sequence[Segment]], *, grid: Grid, target: Grid) -> np.ndarray:
    try:
        stored = sitk.GetArrayFromImage(nrrd.reader(path).Execute())
    except (RuntimeError, MemoryError) as error:
        why = "has a header, but its pixels cannot be read (cut off, or damaged); copy it again."
        raise InputError(why, file=path.name) from error
    layers = stored.reshape(*grid.shape, -1)
    labels = np.zeros(grid.shape, np.uint8 if len(groups) < 256 else np.int32)
    for value, group in enumerate(groups, start=1):
        for segment in group:
            if not 0 <= segment.layer < layers.shape[3]:
                raise InputError("names a layer that it does not hold; save it again.", file=path.name)
            labels[layers[..., segment.layer] == segment.value] = value
    return regrid.onto(labels, grid, target, file=path.name).astype(np.int32)
