"""Masks and boxes that do not fit: empty, of another grid, out of the image, or unreadable."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from osteon.cohorts.checks.findings import AuditFinding
from osteon.errors import InputError
from osteon.geometry import same_place
from osteon.types import Cohort, Datum, Image, Study


def masks(cohort: Cohort) -> Iterator[AuditFinding]:
    """Yield findings on the masks of `cohort`."""
    faults: dict[str, list[str]] = {"mask-grid": [], "mask-empty": [], "mask-unreadable": []}
    for study in cohort.studies:
        for name, mask in (study.truth.masks if study.truth else {}).items():
            fault, why = _fault(study, name, mask)
            if fault:
                origin = study.origins.get(name, f"{study.name} {name}")
                faults[fault].append(f"mask of {origin}{why}")
    texts = {
        "mask-grid": "Masks lie on another grid than their image; draw them on the image, or resample them to it.",
        "mask-empty": "Masks mark nothing; draw the lesion, or leave the mask out where there is none.",
        "mask-unreadable": "Masks cannot be read; mend them or leave them out.",
    }
    for name, rows in faults.items():
        if rows:
            yield AuditFinding(name=name, severity="refuse", rows=tuple(rows), text=texts[name])


def boxes(cohort: Cohort) -> Iterator[AuditFinding]:
    """Yield a finding on lesions whose box reaches out of the image it is drawn on, or has another number of sides."""
    rows = tuple(
        f"lesion {number} of {study.origins.get(lesion.input or '', study.name)}"
        for study in cohort.studies
        for number, lesion in enumerate(study.truth.lesions if study.truth else (), start=1)
        if not _within(study.data.get(lesion.input or ""), lesion.box_px)
    )
    if rows:
        text = "Boxes of lesions do not lie within their image; give them in its pixels, a volume's with slices."
        yield AuditFinding(name="box-outside", severity="refuse", rows=rows, text=text)


def _within(datum: Datum | None, box_px: tuple[int, ...] | None) -> bool:
    """Return whether a box lies in an image; True where there is no box or no image."""
    if box_px is None or not isinstance(datum, Image):
        return True
    ends = box_px[len(box_px) // 2 :]
    return len(ends) == len(datum.grid.shape) and all(e <= n for e, n in zip(ends, datum.grid.shape, strict=True))


def _fault(study: Study, name: str, mask: Image) -> tuple[str, str]:
    """Return the name of what is wrong and a remark, both "" for a good mask."""
    image = study.data.get(name)
    if isinstance(image, Image) and not same_place(mask.grid, image.grid):
        sizes = " x ".join(map(str, mask.grid.shape)), " x ".join(map(str, image.grid.shape))
        return "mask-grid", f": {sizes[0]} on {sizes[1]}" if sizes[0] != sizes[1] else ": same size, other place"
    try:
        return ("", "") if np.any(mask.read()) else ("mask-empty", "")
    except (InputError, OSError, ValueError, MemoryError) as error:
        return "mask-unreadable", f": {error.why}" if isinstance(error, InputError) else ""
