"""MRI: bone lesions, giant cell tumours that recur or do not, soft-tissue sarcomas by grade, a pelvis in two views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from osteon.simulate import recipe_write
from osteon.simulate.entity_task import EntityTask
from osteon.simulate.link_task import LinkTask
from osteon.simulate.mr import mri
from osteon.simulate.mr.mr_look import Look
from osteon.simulate.mr.slices import Stack
from osteon.simulate.observer import Ceiling, Link
from osteon.simulate.person import anatomy_sites, bones, fields
from osteon.simulate.person.patient import Patient
from osteon.simulate.recipe import Case, Like, Order, Recipe, Row
from osteon.simulate.tumour import entity_draw, entity_odds
from osteon.simulate.tumour.entity import ENTITIES
from osteon.simulate.tumour.entity_odds import Drawn
from osteon.simulate.tumour.lesion import Lesion

NOTES = ("Simulated MRI of parametric bodies: no motion, no chemical shift, no metal.",)
FINE_MM = {"full": 1.0, "small": 2.0}


def look_by_words(lesion: Lesion) -> Look:
    """Return a look that follows from what the ideal observer is told (the SUV) and from chance, not the entity."""
    rng = np.random.default_rng([lesion.seed, 3])
    t1, t2, adc = np.exp(rng.normal(0.0, (0.10, 0.12, 0.12)))
    return Look(
        t1=float(t1), t2=float(t2), adc=float(adc) * (1.25 if lesion.suv < 2.5 else 1.0 if lesion.suv < 5.5 else 0.82),
        spread=float(rng.uniform(0.03, 0.15)), seed=lesion.seed,
    )  # fmt: skip


def look_by_score(lesion: Lesion, score: float) -> Look:
    """Return a look of which every property follows the score, with chance of its own: denser cells when high."""
    rng = np.random.default_rng([lesion.seed, 4])
    t1, t2, adc, spread = score * np.array([0.10, 0.14, -0.14, 0.25]) + rng.normal(0.0, (0.02, 0.02, 0.02, 0.05))
    return Look(
        t1=float(np.exp(t1)), t2=float(np.exp(t2)), adc=float(np.exp(adc)), spread=float(0.10 * np.exp(spread)),
        seed=lesion.seed,
    )  # fmt: skip


def scans(
    case: Case,
    order: Order,
    folder: Path,
    *,
    sequences: Sequence[mri.Sequence],
    looks: dict[int, Look],
    label: str | None,
) -> list[Row]:
    """Write the sequences of the patient's lesion, axial, each with its mask."""
    patient = case.patient
    small = order.size == "small"
    fine = fields.grid_around(patient, reach_mm=28.0, spacing_mm=FINE_MM[order.size])
    body = fields.body(patient, grid=fine)
    rng = patient.chance("scanner")
    stack = Stack(slice_mm=6.0 if small else 4.0, pixel_mm=2.0 if small else 0.9)
    rows = []
    for sequence in sequences:
        scanner = mri.Scanner(noise=float(rng.uniform(0.008, 0.02)), coil=mri.draw_coil(rng))
        made = mri.scan(
            body, sequence=sequence, stack=stack, looks=looks, scanner=scanner, rng=patient.chance(sequence.name)
        )
        rows.append(
            recipe_write.volume(made.image, made.mask.read(), patient, order, folder, name=sequence.name, label=label)
        )
    return rows


def _lesions(case: Case, order: Order, folder: Path) -> list[Row]:
    looks = {lesion.number: look_by_words(lesion) for lesion in case.patient.lesions}
    return scans(
        case, order, folder, sequences=(mri.T1, mri.T2_FAT_SATURATED), looks=looks, label=case.labels["lesion"]
    )


_BONY = tuple(site for site in anatomy_sites.SITES if "soft tissue" not in site)
_LESION = EntityTask(
    task="lesion",
    classes=("benign", "malignant"),
    mix={"benign": 0.47, "giant cell tumour": 0.08, "malignant": 0.45},
    says={"giant cell tumour": "benign"},
    sites=_BONY,
    clinical=True,
)
_EWEJE = {"benign": 500.0, "giant cell tumour": 82.0, "malignant": 478.0}


def _lesion_task(order: Order) -> EntityTask:
    return _LESION.like(LESIONS.mix(order, _LESION.mix))


def _lesion_draw(order: Order, index: int) -> Case:
    return _lesion_task(order).draw(order, index)


def _lesion_ceilings(cases: Sequence[Case], order: Order) -> Sequence[Ceiling]:
    return _lesion_task(order).ceilings(cases, order)


LESIONS = Recipe(
    name="lesion-mri",
    summary="T1 and T2 of a bone lesion, outlined, with age, sex and location: benign or malignant",
    serves=("mri-lesion-eweje2021",),
    like={"mri-lesion-eweje2021": Like(patients=1060, mix=_EWEJE, note="The intermediate among the benign.")},
    draw=_lesion_draw, make=_lesions, ceilings=_lesion_ceilings, megabytes=(8.0, 0.5), notes=NOTES,
    overlaps=True,
)  # fmt: skip


def scored(entity: str, index: int, order: Order, score: float, *, sites: Sequence[str] = ()) -> Patient:
    """Return a patient with a tumour of one entity, drawn as the book says; its looks say nothing of the label."""
    odds = entity_odds.odds({entity: 1.0}, sites=sites or tuple(ENTITIES[entity].tables["site"]), overlap=0.0)
    drawn: Drawn = odds.draw_of(entity, Patient(index=index, seed=order.seed).chance("entity"))
    found = entity_draw.patient_of(drawn, index=index, seed=order.seed)
    return replace(found, latents={"score": score})


def _giant_cell(index: int, order: Order, score: float) -> Patient:
    found = scored("giant cell tumour", index, order, score)
    lesion = found.lesions[0]
    # What recurs is larger, less sharp and further out of its bone.
    grown = replace(
        lesion, soft_tissue_mm=max(0.0, 6.0 + 6.0 * score), breach=float(np.clip(0.3 + 0.2 * score, 0.0, 0.9))
    )
    return replace(found, lesions=(grown,))


def _sarcoma(index: int, order: Order, score: float) -> Patient:
    found = scored("soft-tissue sarcoma", index, order, score)
    dead = float(1.0 / (1.0 + np.exp(1.6 - 0.9 * score)))
    return replace(found, lesions=(replace(found.lesions[0], necrosis_before=dead),))


def _row(patient: Patient) -> dict[str, str | float | int | None]:
    return {"age_years": patient.age_years, "sex": patient.sex, "location": bones.place(patient.lesions[0].bone)}


RECURRENCE = LinkTask(link=Link(task="recurrence", share=0.25, noise=0.8), patient=_giant_cell, clinical=_row)
GRADE = LinkTask(link=Link(task="grade", classes=("G1", "G2/G3"), share=0.75, noise=0.8), patient=_sarcoma)


def _by_score(case: Case, order: Order, folder: Path, sequences: Sequence[mri.Sequence]) -> list[Row]:
    lesion = case.patient.lesions[0]
    looks = {lesion.number: look_by_score(lesion, case.patient.latents["score"])}
    return scans(case, order, folder, sequences=sequences, looks=looks, label=None)


def _giant_cell_scans(case: Case, order: Order, folder: Path) -> list[Row]:
    return _by_score(case, order, folder, (mri.T1,))


def _sarcoma_scans(case: Case, order: Order, folder: Path) -> list[Row]:
    contrast = replace(mri.T1_FAT_SATURATED_CONTRAST, name="t1")
    return _by_score(case, order, folder, (contrast, mri.T2_FAT_SATURATED))


def _two_views(case: Case, order: Order, folder: Path) -> list[Row]:
    """Write an axial and a coronal scan of thick slices, each with its own mask."""
    patient, small = case.patient, order.size == "small"
    body = fields.body(patient, field="pelvis", spacing_mm=4.0 if small else 1.6)
    lesion = patient.lesions[0]
    rows = []
    for plane in ("axial", "coronal"):
        stack = Stack(plane=plane, slice_mm=10.0 if small else 6.0, pixel_mm=4.0 if small else 1.6)
        made = mri.scan(
            body, sequence=mri.T2_FAT_SATURATED, stack=stack, looks={1: look_by_words(lesion)},
            rng=patient.chance(plane),
        )  # fmt: skip
        rows.append(recipe_write.volume(made.image, made.mask.read(), patient, order, folder, name=plane))
    return rows


_PELVIS = EntityTask(
    task="lesion", classes=("benign", "intermediate", "malignant"), mix={"malignant": 0.8, "benign": 0.2},
    sites=("ilium", "acetabulum", "pubis", "ischium", "sacrum"),
)  # fmt: skip


def _none(_cases: Sequence[Case], _order: Order) -> Sequence[Ceiling]:
    return ()


RECIPES = (
    LESIONS,
    Recipe(
        name="gctb-mri",
        summary="Pre-operative T1 of giant cell tumours, outlined, with age, sex and location: recurrence or not",
        serves=("mri-gctb-recurrence-he2019",),
        like={"mri-gctb-recurrence-he2019": Like(patients=56, note="56 patients; the share of recurrences is ours.")},
        draw=RECURRENCE.draw, make=_giant_cell_scans, ceilings=RECURRENCE.ceilings, megabytes=(3.0, 0.3), notes=NOTES,
    ),
    Recipe(
        name="sts-mri",
        summary="Contrast-enhanced fat-saturated T1 and fat-saturated T2 of soft-tissue sarcomas: G1 or G2/G3",
        serves=("mri-sts-grading-navarro2021",),
        like={"mri-sts-grading-navarro2021": Like(patients=306, note="148 and 158; the share of grades is ours.")},
        draw=GRADE.draw, make=_sarcoma_scans, ceilings=GRADE.ceilings, megabytes=(8.0, 0.6), notes=NOTES,
    ),
    Recipe(
        name="pelvis-mri-two-views",
        summary="Axial and coronal scans of thick slices of a pelvic tumour, each outlined",
        serves=("mri-pelvis-multiview-qu2021",),
        like={"mri-pelvis-multiview-qu2021": Like(patients=105, note="90 patients and a second set of 15.")},
        draw=_PELVIS.draw, make=_two_views, ceilings=_none, megabytes=(14.0, 0.6), overlaps=True,
        notes=(*NOTES, "The outline is exact up to half a voxel: a Dice of 1 is possible in principle."),
    ),
)  # fmt: skip
