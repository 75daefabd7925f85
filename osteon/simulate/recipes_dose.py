"""CT of osteosarcomas at a low dose, beside metal in some: what makes an outline hard to see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from osteon.simulate import recipes_ct
from osteon.simulate.observer import Ceiling
from osteon.simulate.person import implant
from osteon.simulate.person.implant import Implant
from osteon.simulate.recipe import Case, Order, Recipe, Row, turn

DOSE_PERCENT = (3.0, 30.0)
"""Of the usual dose, drawn evenly on a logarithmic scale."""
METAL = {"none": 0.6, "nail": 0.2, "plate": 0.2}


def _drawn(order: Order, index: int) -> Case:
    """Return an osteosarcoma of a limb with its dose, and with or without metal."""
    found = recipes_ct.OSTEOSARCOMA.draw(order, index)
    rng = found.patient.chance("dose")
    latents = {
        "dose_percent": float(np.exp(rng.uniform(*np.log(DOSE_PERCENT)))),
        "plate_turn_degrees": float(rng.uniform(0.0, 360.0)),
    }
    return replace(found, patient=replace(found.patient, latents=latents), labels={"metal": turn(order, index, METAL)})


def _scan(case: Case, order: Order, folder: Path) -> list[Row]:
    """Write the CT of the limb at the drawn dose, its metal in place, and the outline of what is tumour."""
    patient = case.patient
    body = recipes_ct.limb_body(patient, order)
    for kind in implant.KINDS:
        if case.labels["metal"] == kind:
            turned = patient.latents["plate_turn_degrees"]
            body = implant.placed(body, Implant(kind=kind, bone=patient.lesions[0].bone, turn_degrees=turned))
    percent = patient.latents["dose_percent"]
    photons = {"ct": recipes_ct.PHOTONS * percent / 100.0}
    rows = recipes_ct.of_limb(body, case, order, folder, photons=photons)
    return [replace(row, labels={"dose_percent": round(percent, 3)}) for row in rows]


def _none(_cases: Sequence[Case], _order: Order) -> Sequence[Ceiling]:
    return ()


NOTES = (
    "Simulated CT of parametric bodies: no scatter, no motion.",
    f"The dose is {DOSE_PERCENT[0]:g} to {DOSE_PERCENT[1]:g} % of that of osteosarcoma-ct, whose patients these are; "
    "dose_percent states it, metal what lies in the bone.",
    "A titanium nail or plate lies along the bone, through or beside the tumour. The outline leaves the metal out.",
)

RECIPES = (
    Recipe(
        name="osteosarcoma-low-dose-ct",
        summary="CT of osteosarcomas of the limbs at 3 to 30 % of the usual dose, some beside metal, outlined",
        serves=("ct-msfcn-huang2017", "ct-msrn-zhang2018"),
        draw=_drawn, make=_scan, ceilings=_none, megabytes=(16.0, 0.4), notes=NOTES,
    ),
)  # fmt: skip
