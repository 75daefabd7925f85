"""Masks that do not fit: empty, of another grid, or unreadable."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from osteon.cohorts.checks.findings import AuditFinding
from osteon.errors import InputError
from osteon.geometry import same_place
from osteon.types import Cohort, Image, Study


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
