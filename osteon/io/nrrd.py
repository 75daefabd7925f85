"""NRRD volumes, through SimpleITK, which already speaks LPS and orders arrays (slice, row, column)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813

from osteon.errors import GeometryError, InputError
from osteon.geometry import volume_grid
from osteon.io import finite
from osteon.types import Image, Source

MOST_VOXELS = 2**31
HEADER_BYTES = 65536


def read(path: Path, *, labels: bool = False) -> Image:
    """Return the volume at `path` (.nrrd, data inside).

    Pixels are float32; with `labels`, and where the file stores 8-bit integers, int32.

    Raises:
        InputError: It is no NRRD, damaged, keeps its pixels in other files; or, on loading, holds NaN.
        GeometryError: It is no volume, or its axes are not independent.

    """
    path = Path(path)
    space = _space(path)
    header = reader(path)
    size, parts = header.GetSize(), header.GetNumberOfComponents()
    if len(size) not in (2, 3) or parts != 1:
        why = f"has the size {size} with {parts} values each; osteon reads NRRD volumes of one value a voxel."
        raise GeometryError(why, file=path.name)
    if np.prod(size, dtype=float) > MOST_VOXELS:
        raise InputError(f"claims {np.prod(size, dtype=float):.0f} voxels, more than allowed; crop it.", file=path.name)
    small = header.GetPixelID() in (sitk.sitkUInt8, sitk.sitkInt8)
    shape = (*(1,) * (3 - len(size)), *size[::-1])
    try:
        grid = volume_grid((shape[0], shape[1], shape[2]), affine(header))
    except GeometryError as error:
        raise GeometryError(error.why, file=path.name) from error
    notes = () if space else ("The file states no patient space; its axes were taken for those of the patient (LPS).",)
    return Image(
        grid=grid,
        modality="OT",
        unit="label" if labels else None,
        load=lambda: _load(path, shape=grid.shape, labels=labels, whole=labels or small),
        sources=(Source(path=path),),
        notes=notes,
    )


def _space(path: Path) -> str:
    """Return the space that the header names, "" for none; refuse one that points to other files."""
    try:
        with path.open("rb") as file:
            head = file.read(HEADER_BYTES)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror}); check its permissions.", file=path.name) from error
    if not head.startswith(b"NRRD"):
        raise InputError("is no NRRD file; copy it again from where it came from.", file=path.name)
    lines = head.split(b"\n\n")[0].replace(b"\r", b"").decode("latin-1").lower().splitlines()
    fields = dict(line.split(":", 1) for line in lines if ":" in line and not line.startswith("#"))
    if any(name.strip() in {"data file", "datafile"} for name in fields):
        raise InputError("keeps its pixels in another file; save it as one .nrrd file.", file=path.name)
    return fields.get("space", "").strip()


def reader(path: Path) -> sitk.ImageFileReader:
    """Return a reader that has read the header of the NRRD at `path`; `InputError` where it cannot."""
    found = sitk.ImageFileReader()
    found.SetImageIO("NrrdImageIO")
    found.SetFileName(str(path))
    try:
        found.ReadImageInformation()
    except RuntimeError as error:
        raise InputError("cannot be read as NRRD; copy it again from where it came from.", file=path.name) from error
    return found


def affine(header: sitk.ImageFileReader) -> np.ndarray:
    """Return the 4x4 affine, (slice, row, column, 1) to mm, that a header states."""
    count = len(header.GetSize())
    steps, origin = np.eye(3), np.zeros(3)
    steps[:count, :count] = np.reshape(header.GetDirection(), (count, count)) * np.array(header.GetSpacing())
    origin[:count] = header.GetOrigin()
    found = np.eye(4)
    found[:3, :3], found[:3, 3] = steps[:, ::-1], origin
    return found


def _load(path: Path, *, shape: tuple[int, ...], labels: bool, whole: bool) -> np.ndarray:
    try:
        values = sitk.GetArrayFromImage(reader(path).Execute()).reshape(shape)
    except (RuntimeError, MemoryError) as error:
        why = "has a header, but its pixels cannot be read (cut off, or damaged); copy it again."
        raise InputError(why, file=path.name) from error
    finite.check(values, file=path.name)
    if labels and values.dtype.kind == "f" and (values != np.rint(values)).any():
        raise InputError("is to be a label map, but holds fractions; threshold it first.", file=path.name)
    return values.astype(np.int32 if whole else np.float32)
