"""Dynamic bone scans (the first minutes of a three-phase scan): which frames are one view, and when each was taken."""

from __future__ import annotations

from osteon.errors import InputError
from osteon.io.dicom_header import Header
from osteon.io.dicom_layout import Layout

_VECTORS = ("DetectorVector", "EnergyWindowVector")

Run = tuple[tuple[int, ...], tuple[float, ...]]


def runs(header: Header, found: Layout) -> list[Run]:
    """Return, for each detector (and energy window), its zero-based frames and their start in s after the first.

    Raises:
        InputError: The file does not state how long its frames last, or its vectors do not fit its frames.

    """
    vectors = [header.all_numbers(name) or (1.0,) * found.frames for name in (*_VECTORS, "PhaseVector")]
    if any(len(vector) != found.frames for vector in vectors):
        why = "is a dynamic scan whose detector or phase numbers do not fit its frames; export it again."
        raise InputError(why, file=header.name)
    views: dict[tuple[float, ...], list[int]] = {}
    for frame, key in enumerate(zip(*vectors[:2], strict=True)):
        views.setdefault(key, []).append(frame)
    return [(tuple(frames), _starts([int(vectors[2][f]) for f in frames], header)) for frames in views.values()]


def _starts(phases: list[int], header: Header) -> tuple[float, ...]:
    """Return when each frame of one view starts, given the one-based phase of each."""
    items = header.items("PhaseInformationSequence")
    now, before, starts = 0.0, 0, []
    for phase in phases:
        item = items[phase - 1] if 0 < phase <= len(items) else None
        lasts = item.number("ActualFrameDuration") if item is not None else header.number("ActualFrameDuration")
        if not lasts or lasts <= 0:
            why = "is a dynamic scan that does not state how long its frames last; export it again."
            raise InputError(why, file=header.name)
        if item is not None and phase != before and before:
            now += max(item.number("PhaseDelay") or 0.0, 0.0)
        starts.append(round(now / 1000, 6))
        now += lasts + (max(item.number("PauseBetweenFrames") or 0.0, 0.0) if item is not None else 0.0)
        before = phase
    return tuple(starts)
