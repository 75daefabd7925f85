"""CT of osteosarcomas of the limbs; at a low dose and beside metal where that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from osteon.simulate import recipe_write, recipes_ct
from osteon.simulate.entity_task import EntityTask
from osteon.simulate.option import DRAWN, Option
from osteon.simulate.person import anatomy_sites, fields, implant
from osteon.simulate.person.body import Body
from osteon.simulate.person.implant import Implant
from osteon.simulate.person.patient import Patient
from osteon.simulate.recipe import Case, Like, Order, Recipe, Row, turn
from osteon.simulate.xray import ct
from osteon.simulate.xray.ct_beam import Source

LOW_PERCENT = (3.0, 30.0)
"""Of the usual dose, drawn evenly on a logarithmic scale."""
METALS = {"none": 0.6, "nail": 0.2, "plate": 0.2}
DOSE = Option(
    name="dose_percent", says=f"of the usual dose; drawn: {LOW_PERCENT[0]:g} to {LOW_PERCENT[1]:g} for each patient",
    default="100", words=(DRAWN,), numbers=(1.0, 100.0), note="dose_percent states the dose of each CT.",
)  # fmt: skip
METAL = Option(
    name="metal", says="titanium in the bone; drawn: a nail in one patient of five, a plate in another",
    default="none", words=(*METALS, DRAWN),
    note="A titanium nail or plate lies along the bone, through or beside the tumour; the outline leaves it out.",
)  # fmt: skip
_LONG = tuple(
    name
    for name, site in anatomy_sites.SITES.items()
    if site.bone in ("femur", "tibia", "fibula", "humerus") and "soft tissue" not in name
)
OSTEOSARCOMA = EntityTask(task="lesion", classes=("malignant",), mix={"osteosarcoma": 1.0}, sites=_LONG)


def _drawn(order: Order, index: int) -> Case:
    """Return an osteosarcoma of a limb, with the dose and the metal that were asked for."""
    found = recipes_ct.unlabelled(OSTEOSARCOMA, order, index)
    rng = found.patient.chance("dose")
    low, turned = float(np.exp(rng.uniform(*np.log(LOW_PERCENT)))), float(rng.uniform(0.0, 360.0))
    dose, metal = DOSE.of(order.options), METAL.of(order.options)
    latents = {} if dose == DOSE.default else {"dose_percent": low if dose == DRAWN else float(dose)}
    if metal == METAL.default:
        return replace(found, patient=replace(found.patient, latents=latents))
    latents["plate_turn_degrees"] = turned
    word = turn(order, index, METALS) if metal == DRAWN else metal
    return replace(found, patient=replace(found.patient, latents=latents), labels={"metal": word})


def _scan(case: Case, order: Order, folder: Path) -> list[Row]:
    """Write the CT of the limb around the tumour, its metal in place, and the outline of what is tumour."""
    patient = case.patient
    body = limb_body(patient, order)
    for kind in implant.KINDS:
        if case.labels.get("metal") == kind:
            turned = patient.latents["plate_turn_degrees"]
            body = implant.placed(body, Implant(kind=kind, bone=patient.lesions[0].bone, turn_degrees=turned))
    percent = patient.latents.get("dose_percent")
    photons = {"ct": recipes_ct.PHOTONS * (1.0 if percent is None else percent / 100.0)}
    rows = of_limb(body, case, order, folder, photons=photons)
    return rows if percent is None else [replace(row, labels={"dose_percent": round(percent, 3)}) for row in rows]


def limb_body(patient: Patient, order: Order) -> Body:
    """Return the limb of the first lesion, from 20 mm below it to 20 mm above."""
    field = fields.field_of(patient.lesions[0].bone)
    return recipes_ct.slab(patient, field, reach_mm=20.0, spacing_mm=3.0 if order.size == "small" else 1.0)


def of_limb(body: Body, case: Case, order: Order, folder: Path, *, photons: Mapping[str, float]) -> list[Row]:
    """Write a CT of a limb at each dose, input name to photons, and its mask."""
    stack, beam = recipes_ct.slices(order, slice_mm=3.0, pixel_mm=0.9)
    rows = []
    for name, dose in photons.items():
        scanner = ct.Scanner(source=Source(photons=dose), beam=beam)
        made = ct.scan(body, stack=stack, scanner=scanner, rng=case.patient.chance(name))
        rows.append(recipe_write.volume(made.image, made.mask.read(), case.patient, order, folder, name=name))
    return rows


RECIPES = (
    Recipe(
        name="osteosarcoma-ct",
        summary="CT of osteosarcomas of the limbs, outlined",
        serves=("ct-msfcn-huang2017", "ct-msrn-zhang2018"),
        like={
            "ct-msfcn-huang2017": Like(patients=23, note="15 to train and 8 to test."),
            "ct-msrn-zhang2018": Like(patients=23, note="The patients of ct-msfcn-huang2017."),
        },
        draw=_drawn, make=_scan, ceilings=recipes_ct.none, megabytes=(16.0, 0.4), options=(DOSE, METAL),
        notes=("Simulated CT of parametric bodies: no scatter, no motion.",),
    ),
)  # fmt: skip
