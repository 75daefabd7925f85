"""NIfTI volumes, in and out: their (column, row, slice) and RAS become our (slice, row, column) and LPS."""

from __future__ import annotations

import zlib
from pathlib import Path

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError

from osteon.errors import GeometryError, InputError
from osteon.geometry import RAS_TO_LPS, matrix, volume_grid
from osteon.io import atomic, finite, simulated
from osteon.types import Grid, Image, Source

MOST_VOXELS = 2**31
REVERSE = np.array([[0.0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
MM = {"mm": 1.0, "meter": 1000.0, "micron": 0.001, "unknown": 1.0}
SECONDS = {"sec": 1.0, "msec": 1e-3, "usec": 1e-6}
UNREADABLE = (OSError, EOFError, ValueError, OverflowError, zlib.error, ImageFileError, HeaderDataError)


def read(path: Path, *, labels: bool | None = None) -> Image:
    """Return the volume at `path` (.nii, .nii.gz; NIfTI-1 and -2).

    The sform holds where its code is set, else the qform; a fourth axis is time. Pixels are
    float32, scaled as the header says; labels, and what is stored as unscaled 8-bit integers (as
    masks are), are int32.

    Args:
        path: File to read.
        labels: Whether it is a label map; None: when the intent in its header says so.

    Raises:
        InputError: It is no NIfTI, damaged, of a kind that is no image; or, on loading, holds NaN.
        GeometryError: Its affine cannot be inverted, or its axes are not those of a volume.

    """
    path = Path(path)
    header = _header(path)
    named = labels if labels is not None else header.get_intent()[0] == "label"
    whole = named or (labels is None and _stays_whole(header))
    affine, notes = _affine(header, file=path.name)
    columns, rows, slices, *times = (*header.get_data_shape(), 1, 1)[: max(3, len(header.get_data_shape()))]
    try:
        grid = volume_grid((slices, rows, columns), RAS_TO_LPS @ affine @ REVERSE)
    except GeometryError as error:
        raise GeometryError(error.why, file=path.name) from error
    return Image(
        grid=grid,
        modality="OT",
        unit="label" if named else None,
        load=lambda: _load(path, labels=whole),
        sources=(Source(path=path),),
        times_s=_times(header, times, file=path.name),
        notes=(*simulated.notes_of(_said(header)), *notes),
    )


def write(path: Path, array: np.ndarray, grid: Grid, *, note: str = "") -> None:
    """Write `array`, of `grid.shape`, as NIfTI-1; integers and bool as labels, unscaled; floats as float32.

    Args:
        path: Of the file.
        array: Its values.
        grid: Their place.
        note: What the file says of itself, in its field `descrip`: the first 79 characters, ASCII.

    Raises:
        GeometryError: The grid has no place in the patient, or another shape.
        InputError: The array holds NaN or infinity, or the file cannot be written.

    """
    array, affine = np.asarray(array), matrix(grid)
    if array.shape != tuple(grid.shape):
        why = f"The array has shape {array.shape}, its grid {tuple(grid.shape)}; map it back to the image."
        raise GeometryError(why)
    whole = array.dtype.kind in "bui"
    finite.check(array, file=Path(path).name)
    ras = RAS_TO_LPS @ affine @ REVERSE
    image = nib.Nifti1Image(array.transpose().astype(_kind(array) if whole else np.float32), ras)
    steps = ras[:3, :3] / np.linalg.norm(ras[:3, :3], axis=0)
    square = np.abs(steps.T @ steps - np.eye(3)).max() < 1e-5
    image.set_sform(ras, code="scanner")
    image.set_qform(ras if square else None, code="scanner" if square else "unknown")
    image.header.set_xyzt_units("mm")
    if whole:
        image.header.set_intent("label")
    image.header["descrip"] = note.encode("ascii", "replace")[:79]
    with atomic.file(path) as aside:
        nib.save(image, aside)


def _said(header: nib.Nifti1Header) -> str:
    return header["descrip"].tobytes().decode("ascii", "replace")


def _header(path: Path) -> nib.Nifti1Header:
    try:
        header = nib.load(path).header
    except UNREADABLE as error:
        raise InputError("cannot be read as NIfTI; copy it again from where it came from.", file=path.name) from error
    if not isinstance(header, nib.Nifti1Header):
        raise InputError("is not NIfTI; give .nii or .nii.gz.", file=path.name)
    shape = header.get_data_shape()
    if header.get_data_dtype().kind not in "uif":
        why = f"stores {header.get_data_dtype()} values, not grey ones; convert it to numbers of one channel."
        raise InputError(why, file=path.name)
    if not 2 <= len(shape) <= 4 or min(shape) < 1:
        raise GeometryError(f"has the shape {shape}; osteon reads volumes, and volumes over time.", file=path.name)
    if np.prod(shape, dtype=float) > MOST_VOXELS:
        why = f"claims {np.prod(shape, dtype=float):.0f} voxels, more than the {MOST_VOXELS} allowed; crop it first."
        raise InputError(why, file=path.name)
    return header


def _stays_whole(header: nib.Nifti1Header) -> bool:
    unscaled = header.get_slope_inter() in {(None, None), (1.0, 0.0)}
    return unscaled and header.get_data_dtype() in (np.uint8, np.int8)


def _affine(header: nib.Nifti1Header, *, file: str) -> tuple[np.ndarray, list[str]]:
    """Return the affine to RAS mm and what had to be assumed."""
    notes = []
    sform, qform = header.get_sform(coded=True)[0], _qform(header)
    if sform is None and qform is None:
        notes.append("The file states no orientation (sform and qform codes are 0); taken as stored, in mm of pixdim.")
    chosen = sform if sform is not None else qform if qform is not None else header.get_base_affine()
    if sform is not None and qform is not None and np.isfinite(sform).all():
        corner = np.array([*[*header.get_data_shape(), 1, 1, 1][:3], 1]) - [1, 1, 1, 0]
        apart = max(np.abs((sform - qform) @ c).max() for c in (corner, np.array([0, 0, 0, 1])))
        if apart > 0.1:
            notes.append(f"Its sform and qform place it up to {apart:.1f} mm apart; the sform was used.")
    unit = _units(header, file=file)[0]
    scale = np.diag([MM[unit]] * 3 + [1.0])
    if MM[unit] != 1.0:
        notes.append(f"Its lengths are in {unit}; they were turned into mm.")
    if not np.isfinite(chosen).all():
        raise GeometryError("states an affine that is not finite; mend its header.", file=file)
    return scale @ chosen, notes


def _qform(header: nib.Nifti1Header) -> np.ndarray | None:
    try:
        return header.get_qform(coded=True)[0]
    except (HeaderDataError, ValueError):  # a quaternion longer than 1
        return None


def _units(header: nib.Nifti1Header, *, file: str) -> tuple[str, str]:
    """Return the words for the units of length and of time."""
    try:
        return header.get_xyzt_units()
    except KeyError as error:
        raise GeometryError(
            "states units of length or time that NIfTI does not know; mend its header.", file=file
        ) from error


def _times(header: nib.Nifti1Header, times: list[int], *, file: str) -> tuple[float, ...] | None:
    if not times or times[0] == 1:
        return None
    unit = _units(header, file=file)[1]
    if unit not in SECONDS:
        why = f"has {times[0]} volumes and does not say what tells them apart; split it into single volumes."
        raise GeometryError(why, file=file)
    step = float(header["pixdim"][4]) * SECONDS[unit]
    return tuple(i * step for i in range(times[0]))


def _load(path: Path, *, labels: bool) -> np.ndarray:
    try:
        values = np.asanyarray(nib.load(path).dataobj)  # ty: ignore[missing-attribute]  # that of any image
    except (*UNREADABLE, MemoryError) as error:
        why = "has a header, but its pixels cannot be read (cut off, or damaged); copy it again."
        raise InputError(why, file=path.name) from error
    if values.ndim == 4:
        values = values[..., 0] if values.shape[3] == 1 else values
    values = values[..., None] if values.ndim == 2 else values
    values = np.ascontiguousarray(values.transpose())
    finite.check(values, file=path.name)
    if not labels:
        return values.astype(np.float32, copy=False)
    if values.dtype.kind == "f" and (values != np.rint(values)).any():
        raise InputError("is to be a label map, but holds fractions; threshold it first.", file=path.name)
    return values.astype(np.int32)


def _kind(array: np.ndarray) -> type[np.generic]:
    """Return the smallest integer type of NIfTI-1 that holds `array`."""
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    for kind in (np.uint8, np.int16, np.int32):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return kind
    raise InputError(f"The labels run from {low} to {high}; NIfTI takes 32 bits. Number them anew.")
