"""Slides of osteosarcoma after chemotherapy; with a pathologist's pen and folded tissue where that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from osteon.simulate import recipes_tissue
from osteon.simulate.observer import Ceiling
from osteon.simulate.option import DRAWN, Option
from osteon.simulate.recipe import Case, Like, Order, Recipe, Row
from osteon.simulate.tissue import histology, histology_artefacts, histology_map
from osteon.simulate.tissue.histology_artefacts import Stroke
from osteon.simulate.tissue.histology_map import Composition

SIDE_UM = {"full": 9000.0, "small": 1500.0}
"""Of a slide, which is square."""
MOST = 3
CLEAN = 0.4
"""Share of the slides that get none where the number is drawn; the rest get one to `MOST`."""
SHARE = {"pens": (0.02, 0.06), "folds": (0.005, 0.015)}
"""Width of a stroke and of a fold over the side of the slide."""
POINTS = {"pens": 4, "folds": 2}
"""A fold is straight, a pen turns."""
_COUNTS = (*map(str, range(MOST + 1)), DRAWN)
_BENEATH = "necrosis_percent is that of the tissue beneath."
PENS = Option(
    name="pens", says="strokes of a pen on the glass", default="0", words=_COUNTS,
    note=f"pens says how many strokes of a pen lie on the glass; {_BENEATH}",
)  # fmt: skip
FOLDS = Option(
    name="folds", says="folds in the tissue", default="0", words=_COUNTS,
    note=f"folds says how many there are in the tissue; {_BENEATH}",
)  # fmt: skip


def _drawn(order: Order, index: int) -> Case:
    """Return a patient, and how many strokes and folds its slide has where any were asked for."""
    found = recipes_tissue.treated(order, index)
    rng = found.patient.chance("wear")
    worn = {}
    for option in (PENS, FOLDS):
        chance, asked = (rng.random() >= CLEAN) * rng.integers(1, MOST + 1), option.of(order.options)
        if asked != option.default:
            worn[option.name] = float(chance if asked == DRAWN else asked)
    return replace(found, patient=replace(found.patient, latents={**found.patient.latents, **worn}))


def _slide(case: Case, order: Order, folder: Path) -> list[Row]:
    """Write the slide of a patient; what lies on it changes neither the tissue nor its necrosis."""
    rng, counts = case.patient.chance("strokes"), case.patient.latents
    lines = {name: _strokes(name, int(counts.get(name, 0)), order, rng=rng) for name in SHARE}
    row = _section(case, order, folder, pens=lines["pens"], folds=lines["folds"])
    told = {name: len(found) for name, found in lines.items() if name in counts}
    return [replace(row, labels={**row.labels, **told})]


def _strokes(name: str, count: int, order: Order, *, rng: np.random.Generator) -> tuple[Stroke, ...]:
    """Return so many lines of a drawn width."""
    side = SIDE_UM[order.size]
    widths = [float(rng.uniform(*SHARE[name])) * side for _ in range(count)]
    return tuple(histology_artefacts.draw(rng, size_um=(side, side), width_um=w, points=POINTS[name]) for w in widths)


def _section(case: Case, order: Order, folder: Path, *, pens: tuple[Stroke, ...], folds: tuple[Stroke, ...]) -> Row:
    """Write a slide with pen strokes and folds; the share of necrosis on it is the drawn one."""
    patient = case.patient
    rng, side = patient.chance("slide"), SIDE_UM[order.size]
    composition = Composition(necrosis_percent=patient.latents["necrosis_percent"], tumour=float(rng.uniform(0.5, 0.8)))
    tissue = histology_map.tissue_map(composition, rng=rng, size_um=(side, side))
    settings = recipes_tissue.settings(patient, um_per_pixel=1.0 if order.size == "small" else 0.5)
    settings = replace(settings, pens=pens, folds=folds)
    truth = histology.slide(folder / "slide.tif", tissue, seed=histology.seed(rng), settings=settings)
    return Row(path="slide.tif", input="slide", labels={"necrosis_percent": round(truth.necrosis_percent or 0.0, 3)})


def _response(cases: Sequence[Case], _order: Order) -> tuple[Ceiling, ...]:
    """Return the ceilings of the response: the share of necrosis decides it."""
    return recipes_tissue.certain(("poor", "good"), "response", [case.labels["response"] for case in cases])


RECIPES = (
    Recipe(
        name="osteosarcoma-slides",
        summary="H&E slides of osteosarcoma after chemotherapy with their share of necrosis: good or poor response",
        serves=("histo-osteo-arunachalam2019", "histo-osteo-mishra2018"),
        like={"histo-osteo-mishra2018": Like(patients=82, note="82 slides.")},
        draw=_drawn, make=_slide, ceilings=_response, megabytes=(120.0, 4.0), notes=recipes_tissue.NOTES,
        options=(PENS, FOLDS),
    ),
)  # fmt: skip
