"""CT and MR series to volumes: sorted by position, geometry right in mm, HU with each slice's own rescale."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

import numpy as np

from osteon.errors import InputError
from osteon.geometry import volume_grid
from osteon.io import dicom_item
from osteon.io.dicom_dynamic import Dynamic, in_turn, over_time
from osteon.io.dicom_facts import coded, facts, series_name
from osteon.io.dicom_header import Header
from osteon.io.dicom_pixels import stored_frames
from osteon.io.dicom_slices import TIME_KEYS, Slice, is_localizer, slices
from osteon.io.dicom_stack import Stack, StackError, stacks
from osteon.types import Found, Image, Item, Refusal, Source

MAX_VOLUME_BYTES = 16 * 2**30
"""A volume that would need more memory than this as float32 is refused."""

MOST_THREADS = 8
"""Compressed slices are decoded by at most so many threads, and by no more than there are cores."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Values:
    """Slices whose rescale gives values in `unit`, and what had to be assumed."""

    slices: tuple[Slice, ...]
    unit: str | None
    notes: tuple[str, ...] = ()


ToValues = Callable[[Sequence[Slice]], Values]


def volumes(headers: Sequence[Header], *, to_values: ToValues | None = None) -> Found:
    """Return the volumes of one series, lazily loaded, and its scouts as refusals.

    Args:
        headers: All files of one series, in any order.
        to_values: Slices in order to slices in a unit; HU of CT when None.

    Raises:
        InputError: A file's pixels cannot be read, or the volume is too large.
        GeometryError: The slices make no volume: gantry tilt, missing, double or uneven slices,
            mixed orientation, size or pixel spacing, no position.

    """
    name = series_name(headers)
    scouts = [header for header in headers if is_localizer(header)]
    refused = tuple(Refusal(file=header.name, why=_SCOUT) for header in scouts)
    planes = [plane for header in headers if not is_localizer(header) for plane in slices(header)]
    if not planes:
        return Found(items=(), refused=refused)
    found = _stacks(planes, name=name)
    to_values = to_values or plain_values
    dynamic = over_time(found)
    if dynamic is not None:
        return Found(items=(_dynamic_item(dynamic, name=name, to_values=to_values),), refused=refused)
    items = tuple(_item(one, name=name, to_values=to_values, many=len(found) > 1) for one in found)
    return Found(items=items, refused=refused)


_SCOUT = "is a localizer (scout) that shows where a series lies; it is no part of a volume and is left out."


def _stacks(planes: Sequence[Slice], *, name: str) -> list[Stack]:
    try:
        return stacks(planes, name=name)
    except StackError as error:
        found = in_turn(planes, name=name) if error.kind == "double" else None
        if found is None:
            raise
        return found


def plain_values(planes: Sequence[Slice]) -> Values:
    """Return slices rescaled as their headers say: HU for CT, the scanner's own units for the rest."""
    first = planes[0].header
    if first.text("Modality") != "CT":
        return Values(slices=tuple(planes), unit=None)
    kind = (first.text("RescaleType") or "HU").upper()
    if not all(plane.rescaled for plane in planes):
        note = "The CT states no rescale to Hounsfield units: values are as stored."
        return Values(slices=tuple(planes), unit=None, notes=(note,))
    if kind not in ("HU", "US"):
        return Values(
            slices=tuple(planes), unit=None, notes=("The CT's values are stated not to be Hounsfield units.",)
        )
    if kind == "US":
        return Values(slices=tuple(planes), unit="HU", notes=("The CT leaves its unit unspecified; HU is assumed.",))
    return Values(slices=tuple(planes), unit="HU")


def _item(one: Stack, *, name: str, to_values: ToValues, many: bool) -> Item:
    values = _in_unit(one.slices, name=name, to_values=to_values)
    notes = one.notes + values.notes + (("One of several volumes sent as one series.",) if many else ())
    return spatial_item(replace(one, slices=values.slices, notes=notes), name=name, unit=values.unit)


def _dynamic_item(dynamic: Dynamic, *, name: str, to_values: ToValues) -> Item:
    """Return the volumes of a dynamic series as one item with a first axis of time."""
    every = tuple(plane for one in dynamic.stacks for plane in one.slices)
    values = _in_unit(every, name=name, to_values=to_values)
    first = dynamic.stacks[0]
    whole = replace(first, slices=values.slices, notes=first.notes + values.notes)
    return spatial_item(whole, name=name, unit=values.unit, times_s=dynamic.times_s)


def _in_unit(planes: Sequence[Slice], *, name: str, to_values: ToValues) -> Values:
    try:
        return to_values(planes)
    except InputError as error:
        raise InputError(error.why, file=error.file or name) from None


def spatial_item(one: Stack, *, name: str, unit: str | None, times_s: tuple[float, ...] | None = None) -> Item:
    """Return a stack as an item whose volume is loaded when asked for.

    Args:
        one: Its slices; those of a dynamic series time by time.
        name: What to call it in messages.
        unit: As `Image.unit`.
        times_s: As `Image.times_s`.

    """
    first = one.slices[0].header
    shape = (len(one.slices) // len(times_s or (0,)), one.slices[0].rows, one.slices[0].columns)
    needed = math.prod(shape) * 4 * len(times_s or (0,))
    if needed > MAX_VOLUME_BYTES:
        why = f"would fill {needed / 2**30:.0f} GiB as a volume; {MAX_VOLUME_BYTES // 2**30} GiB is the limit."
        raise InputError(why, file=name)
    modality = coded(first, "Modality") or "OT"
    image = Image(
        grid=volume_grid(shape, one.affine),
        modality=modality,
        unit=unit,
        load=lambda: load(one.slices, shape if times_s is None else (len(times_s), *shape)),
        sources=tuple(_source(plane) for plane in one.slices),
        times_s=times_s,
        facts={key: value for key, value in facts(first).items() if times_s is None or key not in TIME_KEYS},
        notes=one.notes,
    )
    about = _about(modality, shape[0], times=len(times_s or ()))
    return dicom_item.item(image, first, about=about, file=name)


def _about(modality: str, slices: int, *, times: int) -> str:
    if times:
        return f"dynamic {modality} series, {times} times of {slices} slices"
    return f"{modality} series, {slices} slices" if slices > 1 else f"{modality}, 1 slice"


def _source(plane: Slice) -> Source:
    return dicom_item.source(plane.header, frame=plane.frame if plane.layout.frames > 1 else None)


def load(planes: Sequence[Slice], shape: tuple[int, ...]) -> np.ndarray:
    """Return the volume(s), float32 of `shape`; allocated once, filled slice by slice, compressed files in threads."""
    volume = np.empty(shape, np.float32)
    targets = volume.reshape(-1, *shape[-2:])
    runs = [tuple(group) for _, group in groupby(range(len(planes)), key=lambda i: id(planes[i].header))]
    fill = partial(_fill, targets, planes)
    if all(plane.layout.direct for plane in planes) or len(runs) == 1:
        for run in runs:
            fill(run)
        return volume
    with ThreadPoolExecutor(max_workers=_threads()) as pool:
        for _ in pool.map(fill, runs):  # the first error in slice order is the one that is raised
            pass
    return volume


def _threads() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MOST_THREADS)


def _fill(targets: np.ndarray, planes: Sequence[Slice], run: Sequence[int]) -> None:
    """Put the slices `run`, all of one file, into their places, rescaled."""
    for index, pixels in zip(run, _stored([planes[i] for i in run]), strict=True):
        plane, target = planes[index], targets[index]
        if plane.slope == 1:
            np.add(pixels, np.float32(plane.intercept), out=target, casting="unsafe")
        else:
            np.multiply(pixels, np.float32(plane.slope), out=target, casting="unsafe")
            np.add(target, np.float32(plane.intercept), out=target)


def _stored(run: Sequence[Slice]) -> Iterator[np.ndarray]:
    """Yield the stored values of slices of one file; a mosaic is decoded once and cut."""
    first = run[0]
    if first.tile is None:
        yield from stored_frames(first.header, first.layout, frames=tuple(plane.frame for plane in run))
        return
    whole = next(stored_frames(first.header, first.layout, frames=(first.frame,)))
    for row, column, rows, columns in (plane.tile for plane in run if plane.tile):
        yield whole[row : row + rows, column : column + columns]
