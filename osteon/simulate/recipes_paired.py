"""Osteosarcomas before and after chemotherapy: the same tumour in two exams."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from osteon.simulate.recipe import Case, Order, Recipe, Row
from osteon.simulate.recipes_dynamic import after, decided
from osteon.simulate.recipes_nuclear import NOTES, fdg


def _both(case: Case, order: Order, folder: Path) -> list[Row]:
    """Write the FDG-PET before and after chemotherapy as one study; what died in between takes up nothing."""
    return [fdg(replace(case.patient, exam=exam), order, folder, exam=exam) for exam in ("pre", "post")]


RECIPES = (
    Recipe(
        name="chemo-pet-pairs",
        summary="FDG-PET of osteosarcomas before and after chemotherapy, outlined: good or poor response",
        serves=("pet-response-delta",),
        draw=after, make=_both, ceilings=decided, megabytes=(12.0, 0.7), notes=NOTES,
    ),
)  # fmt: skip
