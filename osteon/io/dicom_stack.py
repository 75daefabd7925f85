"""Slices to one stack in mm: sorted along the normal; tilt, gaps and doubles are refused with the reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from osteon.errors import GeometryError
from osteon.io.dicom_slices import SPLIT_KEYS, Slice

TILT_DEGREES = 0.2
"""A stack that leans more than this against its slices' normal is a gantry tilt."""

GAP_SHARE = 0.1
"""Slices may lie off their even place by this share of their distance."""

_DOUBLE_MM = 1e-3
_KEYS = {"double": SPLIT_KEYS, "gap": ("StackID",), "mixed": ("StackID",)}


@dataclass(frozen=True, kw_only=True, eq=False)
class Stack:
    """Slices in order along the normal, and the 4x4 affine of (slice, row, column) to mm."""

    slices: tuple[Slice, ...]
    affine: np.ndarray
    notes: tuple[str, ...] = ()


class StackError(GeometryError):
    """Slices that make no volume; `kind` ("mixed", "double", "gap", "tilt") says which splits may help."""

    def __init__(self, why: str, *, kind: str, file: str | None = None) -> None:
        super().__init__(why, file=file)
        self.kind = kind


def stacks(slices: Sequence[Slice], *, name: str) -> list[Stack]:
    """Return the volumes that `slices` of one series make: usually one, more where a header value tells them apart.

    Args:
        slices: In any order.
        name: What to call the series in messages.

    Raises:
        GeometryError: Mixed orientation, size or spacing, gantry tilt, missing, double or unevenly spaced slices.

    """
    try:
        return [stack(slices, name=name)]
    except StackError as error:
        problem = error
    changing = [key for key in _KEYS.get(problem.kind, ()) if len({s.keys.get(key) for s in slices}) > 1]
    combinations = [(key,) for key in changing] + ([tuple(changing)] if len(changing) > 1 else [])
    for keys in combinations:
        found = _by_keys(slices, keys=keys, least=1 if problem.kind == "double" else 2, name=name)
        if found:
            return found
    raise problem


def _by_keys(slices: Sequence[Slice], *, keys: tuple[str, ...], least: int, name: str) -> list[Stack] | None:
    groups: dict[tuple[str | None, ...], list[Slice]] = defaultdict(list)
    for one in slices:
        groups[tuple(one.keys.get(key) for key in keys)].append(one)
    single = max(map(len, groups.values())) == 1
    if min(map(len, groups.values())) < least or (single and len({one.position for one in slices}) > 1):
        return None
    try:
        return [stack(group, name=name) for group in groups.values()]
    except StackError:
        return None


def stack(slices: Sequence[Slice], *, name: str) -> Stack:
    """Return `slices` as one volume.

    The affine's columns are the step from slice to slice, down a column and along a row: exact for oblique,
    anisotropic and flipped grids. Slices are sorted by position along row x column.

    Raises:
        StackError: They are no volume.

    """
    _check_alike(slices, name=name)
    first = slices[0]
    row, column = np.array(first.orientation[:3]), np.array(first.orientation[3:])
    normal = np.cross(row, column)
    positions = np.array([one.position for one in slices])
    order = np.argsort(positions @ normal, kind="stable")
    ordered = tuple(slices[i] for i in order)
    notes: tuple[str, ...] = ()
    if len(slices) == 1:
        thickness = first.thickness or 1.0
        step = normal * thickness
        if first.thickness is None:
            notes = ("The single slice states no thickness; 1 mm is assumed.",)
    else:
        _check_doubles(ordered, positions[order] @ normal, name=name)
        step = _step(positions[order], normal, name=name, pixel_mm=min(first.spacing))
    affine = np.eye(4)
    affine[:3, 0] = step
    affine[:3, 1] = column * first.spacing[0]
    affine[:3, 2] = row * first.spacing[1]
    affine[:3, 3] = positions[order[0]]
    return Stack(slices=ordered, affine=affine, notes=notes)


def _check_alike(slices: Sequence[Slice], *, name: str) -> None:
    sizes = {(one.rows, one.columns) for one in slices}
    if len(sizes) > 1:
        shown = ", ".join(f"{rows}x{columns}" for rows, columns in sorted(sizes)[:4])
        why = f"mixes slices of {len(sizes)} sizes ({shown}); one series of one size is needed. Export them apart."
        raise StackError(why, kind="mixed", file=name)
    spacings = np.array([one.spacing for one in slices])
    if np.ptp(spacings, axis=0).max() > 1e-3 * spacings.min():
        why = (
            f"mixes slices with pixels of {spacings.min():.4g} to {spacings.max():.4g} mm; one series of one pixel "
            "size is needed. Export them apart."
        )
        raise StackError(why, kind="mixed", file=name)
    cosines = np.array([one.orientation for one in slices])
    if np.abs(cosines - cosines[0]).max() > 2e-3:
        count = len(np.unique(np.round(cosines, 2), axis=0))
        why = f"mixes slices of {max(count, 2)} orientations; one series of one orientation is needed. Part them first."
        raise StackError(why, kind="mixed", file=name)


def _step(positions: np.ndarray, normal: np.ndarray, *, name: str, pixel_mm: float) -> np.ndarray:
    """Return the mean vector from slice to slice of positions sorted along `normal`."""
    along = positions @ normal
    _check_gaps(np.diff(along), name=name)
    step = (positions[-1] - positions[0]) / (len(positions) - 1)
    distance = float(step @ normal)
    across = np.linalg.norm(step - distance * normal)
    tilt = np.degrees(np.arctan2(across, distance))
    if tilt > TILT_DEGREES:
        why = (
            f"is tilted: its slices are sheared by {tilt:.1f} degrees (gantry tilt), at most {TILT_DEGREES} fit a "
            "straight grid. Ask for the tilt-corrected series, or resample it first."
        )
        raise StackError(why, kind="tilt", file=name)
    off = positions - positions[0] - np.arange(len(positions))[:, None] * step
    sideways = np.linalg.norm(off - (off @ normal)[:, None] * normal, axis=1).max()
    if np.abs(off @ normal).max() > GAP_SHARE * distance or sideways > max(0.5 * pixel_mm, 0.1):
        why = (
            f"has slices up to {np.abs(off).max():.2f} mm off a straight, even stack {distance:.2f} mm apart. "
            "Export the series again, or resample it first."
        )
        raise StackError(why, kind="gap", file=name)
    return step


def _check_doubles(ordered: Sequence[Slice], along: np.ndarray, *, name: str) -> None:
    doubles = np.flatnonzero(np.diff(along) < _DOUBLE_MM)
    if len(doubles) == 0:
        return
    one, other = (PurePosixPath(ordered[doubles[0] + k].header.name).name for k in (0, 1))
    pair = f" (such as {one} and {other})" if one != other else ""
    why = (
        f"has {len(doubles)} of its {len(ordered)} slices at a place that another one holds already{pair}, and no "
        "header value tells them apart. Remove the copies, or export each volume as a series of its own."
    )
    raise StackError(why, kind="double", file=name)


def _check_gaps(gaps: np.ndarray, *, name: str) -> None:
    usual = float(np.median(gaps))
    if np.abs(gaps - usual).max() <= GAP_SHARE * usual:
        return
    times = gaps / usual
    if np.abs(times - np.round(times)).max() <= GAP_SHARE and times.min() > 1 - GAP_SHARE:
        missing = int(np.round(times).sum()) - len(gaps)
        why = (
            f"misses {missing} slice(s): its {len(gaps) + 1} slices lie {usual:.2f} mm apart, but a gap is "
            f"{gaps.max():.2f} mm. Export the whole series."
        )
    else:
        why = (
            f"has slices {gaps.min():.2f} to {gaps.max():.2f} mm apart; an even distance is needed. "
            "Export one reconstruction, or resample it first."
        )
    raise StackError(why, kind="gap", file=name)
