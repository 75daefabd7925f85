"""The report page of one reading: its pictures drawn, its cards gathered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from osteon.reading.findings import Draft
from osteon.report import picture
from osteon.report import reading as reports
from osteon.report.card import Card
from osteon.report.picture import Plate
from osteon.types import Reading


def html(reading: Reading, *, drafts: Sequence[Draft], cards: Sequence[Card]) -> str:
    """Return the report of `reading`, whose findings are those of `drafts` in the same order."""
    shown = []
    seen: set[str | None] = set()
    for draft in drafts:
        first = draft.finding.file not in seen
        seen.add(draft.finding.file)
        shown.append(
            reports.Shown(
                finding=draft.finding,
                plate=_plate(draft) if first or not draft.whole else None,
                ranges=dict(draft.ranges),
                answers=draft.answers,
            )
        )
    return reports.html(
        reading, shown=shown, cards=cards, made_at=datetime.now().astimezone().strftime("%d %B %Y, %H:%M")
    )


def _plate(draft: Draft) -> Plate | None:
    if draft.image is None:
        return None
    if draft.pixels is not None:
        return picture.plate(draft.pixels, mask=draft.mask, heat=draft.heat, box_px=draft.finding.box_px)
    return _slice(draft)


def _slice(draft: Draft) -> Plate | None:
    """Return the slice of a volume that holds most of what was outlined, else the middle one."""
    if draft.image is None or len(draft.image.grid.shape) != 3:
        return None
    volume = draft.image.read()
    mask = draft.mask
    at = volume.shape[0] // 2 if mask is None else int(np.argmax((mask > 0).sum(axis=(1, 2))))
    voxels = draft.finding.box_voxels
    return picture.plate(
        volume[at],
        mask=None if mask is None else mask[at] > 0,
        heat=None if draft.heat is None else draft.heat[at],
        box_px=None if voxels is None else (voxels[1], voxels[2], voxels[4], voxels[5]),
    )
