"""Volumes of one place at many times: which series are dynamic, and when each volume was taken.

A time is that of the volume's earliest slice, in seconds after the first volume. It is read from the acquisition's date
and time, else from the trigger time, the frame's reference time or its offset, whichever rises from volume to volume.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np

from osteon.io.dicom_header import Header
from osteon.io.dicom_slices import SPLIT_KEYS, TIME_KEYS, Slice
from osteon.io.dicom_stack import Stack, StackError, stack
from osteon.io.dicom_times import moment, time_of_day

SAME_MM = 1e-3
FEWEST = 3
"""So many volumes of one MR or PET series are dynamic without saying so; fewer are a before and an after."""

_TEMPORAL = "TemporalPositionIdentifier"


@dataclass(frozen=True, kw_only=True, eq=False)
class Dynamic:
    """Volumes on one grid in the order of time, and the seconds of each after the first."""

    stacks: tuple[Stack, ...]
    times_s: tuple[float, ...]


def over_time(stacks: Sequence[Stack]) -> Dynamic | None:
    """Return the volumes of one series in the order of time; None where they are no dynamic series."""
    if len(stacks) < 2 or not _one_place(stacks) or not _differ_in_time_alone(stacks):
        return None
    first = stacks[0].slices[0]
    numbered = len({_position(one) for one in stacks}) == len(stacks)
    if not numbered and (len(stacks) < FEWEST or first.header.text("Modality") not in ("MR", "PT")):
        return None
    for clock in _CLOCKS:
        known = _in_order(stacks, clock=clock, numbered=numbered)
        if known is not None:
            return known
    return None


def in_turn(slices: Sequence[Slice], *, name: str) -> list[Stack] | None:
    """Return the volumes of slices that were taken at the same places again and again; None where they were not.

    For series in which no header value is shared by the slices of one volume: the n-th slice of each place, by its
    time, is of the n-th volume.
    """
    normal = np.cross(slices[0].orientation[:3], slices[0].orientation[3:])
    places: dict[int, list[Slice]] = defaultdict(list)
    for one in slices:
        places[round(float(np.dot(one.position, normal)) / SAME_MM)].append(one)
    turns = {len(group) for group in places.values()}
    if len(turns) != 1:
        return None
    for clock in _CLOCKS:
        columns = [_sorted(group, clock) for group in places.values()]
        if all(columns):
            try:
                return [stack(group, name=name) for group in zip(*columns, strict=True)]
            except StackError:
                return None
    return None


def _sorted(group: Sequence[Slice], clock: Callable[[Header], float | None]) -> list[Slice]:
    """Return the slices of one place by their time; empty where two share one or one has none."""
    times = [clock(one.header) if one.when is None else one.when for one in group]
    if any(time is None for time in times) or len(set(times)) < len(times):
        return []
    return [group[i] for i in np.argsort(np.array(times, float))]


def _one_place(stacks: Sequence[Stack]) -> bool:
    sizes = {(len(one.slices), one.slices[0].rows, one.slices[0].columns) for one in stacks}
    return len(sizes) == 1 and all(np.abs(one.affine - stacks[0].affine).max() < 0.01 for one in stacks)


def _differ_in_time_alone(stacks: Sequence[Stack]) -> bool:
    kept = [key for key in SPLIT_KEYS if key not in TIME_KEYS]
    return all(len({one.slices[0].keys.get(key) for one in stacks}) == 1 for key in kept)


def _position(one: Stack) -> int:
    """Return the number of a volume's temporal position, 0 where it has none."""
    text = one.slices[0].keys.get(_TEMPORAL) or "0"
    return int(float(text)) if text.replace(".", "", 1).isdigit() else 0


def _in_order(stacks: Sequence[Stack], *, clock: Callable[[Header], float | None], numbered: bool) -> Dynamic | None:
    times = [_time(one, clock) for one in stacks]
    if any(time is None for time in times):
        return None
    known = np.array(times, float)
    order = np.argsort([_position(one) for one in stacks] if numbered else known, kind="stable")
    rising = known[order] - known[order[0]]
    if any(later <= earlier for earlier, later in pairwise(rising)):
        return None
    return Dynamic(stacks=tuple(stacks[i] for i in order), times_s=tuple(round(float(t), 6) for t in rising))


def _time(one: Stack, clock: Callable[[Header], float | None]) -> float | None:
    times = [clock(plane.header) if plane.when is None else plane.when for plane in one.slices]
    known = [time for time in times if time is not None]
    return min(known) if len(known) == len(times) else None


def _acquired(header: Header) -> float | None:
    whole = time_of_day(header.text("AcquisitionDateTime") or "", header=header)
    if not isinstance(whole, datetime):
        whole = moment(header, "AcquisitionDate", "AcquisitionTime") or moment(header, "SeriesDate", "AcquisitionTime")
    return None if whole is None else (whole - datetime(1970, 1, 1)).total_seconds()


def _triggered(header: Header) -> float | None:
    return _milliseconds(header, "TriggerTime")


def _referred(header: Header) -> float | None:
    return _milliseconds(header, "FrameReferenceTime")


def _shown(header: Header) -> float | None:
    whole = moment(header, "ContentDate", "ContentTime")
    return None if whole is None else (whole - datetime(1970, 1, 1)).total_seconds()


def _milliseconds(header: Header, keyword: str) -> float | None:
    value = header.number(keyword)
    return None if value is None else value / 1000


_CLOCKS = (_acquired, _triggered, _referred, _shown)
