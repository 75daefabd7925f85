"""Slides as an archive has them: a pathologist's pen on the glass of some, folded tissue on others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from osteon.simulate import recipes_tissue
from osteon.simulate.recipe import Case, Order, Recipe, Row
from osteon.simulate.tissue import histology_artefacts
from osteon.simulate.tissue.histology_artefacts import Stroke

MOST = 3
CLEAN = 0.4
"""Share of the slides without a pen, and of those without a fold; the rest have one to `MOST`."""
PEN_SHARE, FOLD_SHARE = (0.02, 0.06), (0.005, 0.015)
"""Width of a stroke and of a fold over the side of the slide."""


def _drawn(order: Order, index: int) -> Case:
    """Return the patient of osteosarcoma-slides, and how many strokes and folds its slide has."""
    found = recipes_tissue.treated(order, index)
    rng = found.patient.chance("wear")
    worn = {name: float((rng.random() >= CLEAN) * rng.integers(1, MOST + 1)) for name in ("pens", "folds")}
    return replace(found, patient=replace(found.patient, latents={**found.patient.latents, **worn}))


def _slide(case: Case, order: Order, folder: Path) -> list[Row]:
    """Write the slide with what was drawn on and folded in it; the tissue and its necrosis are as without."""
    rng, counts = case.patient.chance("strokes"), case.patient.latents
    pens = _strokes(int(counts["pens"]), PEN_SHARE, order, points=4, rng=rng)
    folds = _strokes(int(counts["folds"]), FOLD_SHARE, order, points=2, rng=rng)
    row = recipes_tissue.section(case, order, folder, pens=pens, folds=folds)
    return [replace(row, labels={**row.labels, "pens": len(pens), "folds": len(folds)})]


def _strokes(
    count: int, share: tuple[float, float], order: Order, *, points: int, rng: np.random.Generator
) -> tuple[Stroke, ...]:
    """Return lines of a drawn width through that many `points`: a fold is straight, a pen turns."""
    side = recipes_tissue.SIDE_UM[order.size]
    widths = [float(rng.uniform(*share)) * side for _ in range(count)]
    return tuple(histology_artefacts.draw(rng, size_um=(side, side), width_um=w, points=points) for w in widths)


NOTES = (
    *recipes_tissue.NOTES,
    "The slides are those of osteosarcoma-slides of the same seed; pens and folds say how many strokes of a pen lie on "
    "the glass and how many folds in the tissue. necrosis_percent is that of the tissue beneath.",
)

RECIPES = (
    Recipe(
        name="osteosarcoma-slides-worn",
        summary="The slides of osteosarcoma-slides with a pen's strokes on some and folded tissue on some",
        serves=("histo-osteo-arunachalam2019", "histo-osteo-mishra2018"),
        draw=_drawn, make=_slide, ceilings=recipes_tissue.response, megabytes=(120.0, 4.0), notes=NOTES,
    ),
)  # fmt: skip
