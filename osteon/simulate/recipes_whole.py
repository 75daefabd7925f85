"""One patient, one tumour, every modality: an osteosarcoma of a limb after chemotherapy, before its operation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.ndimage import uniform_filter

from osteon.io import expression as expression_io
from osteon.io import tile
from osteon.io.simulated import COUNTS, SAYS
from osteon.simulate import (
    recipes_ct,
    recipes_dynamic,
    recipes_limb_ct,
    recipes_mri,
    recipes_nuclear,
    recipes_radiograph,
    recipes_raman,
)
from osteon.simulate import whole_task as task
from osteon.simulate.mr import enhancement, mri
from osteon.simulate.person import fields
from osteon.simulate.person.patient import Patient
from osteon.simulate.recipe import Case, Order, Recipe, Row
from osteon.simulate.recipes_radiograph import Films
from osteon.simulate.tissue import expression, histology, histology_map, raman
from osteon.simulate.tissue.histology import Histology
from osteon.simulate.tissue.histology_map import Composition, Region, TissueMap
from osteon.transforms import stain

LABEL = "malignant"
SEQUENCES = (mri.T1, mri.T2_FAT_SATURATED, mri.T1_CONTRAST, mri.ADC)
DOSES = {"ct": recipes_ct.PHOTONS, "ct_low_dose": recipes_ct.PHOTONS / 10.0}
"""Photons of each CT: the second is of the same limb at a tenth of the dose."""
_FILMS = Films(task=recipes_limb_ct.OSTEOSARCOMA, fields=recipes_radiograph.LIMBS)


def everything(case: Case, order: Order, folder: Path) -> list[Row]:
    """Write all modalities of a patient as one study: the same lesion of the same body in each."""
    patient = case.patient
    lesion = patient.lesions[0]
    kinetics = enhancement.draw_kinetics(task.ENTITY, rng=patient.chance("kinetics"))
    look = replace(recipes_mri.look_by_words(lesion), kinetics=kinetics)
    rows = [
        *recipes_radiograph.take(_FILMS, case, order, folder, label=LABEL),
        *recipes_limb_ct.of_limb(recipes_limb_ct.limb_body(patient, order), case, order, folder, photons=DOSES),
        *recipes_ct.spectral(patient, order, folder, field=fields.field_of(lesion.bone)),
        *recipes_mri.scans(case, order, folder, sequences=SEQUENCES, looks={lesion.number: look}, label=None),
        recipes_dynamic.dynamic(patient, order, folder, look=look),
        *recipes_nuclear.planar(case, order, folder),
        recipes_nuclear.limb_spect(patient, order, folder),
        recipes_nuclear.staging_spect(patient, order, folder),
        recipes_nuclear.fdg(patient, order, folder, exam="post"),
        *_section(patient, order, folder),
        _spectrum(case, order, folder),
        _genes(patient, folder),
    ]
    return [replace(row, study="1", exam="post") for row in rows]


def _section(patient: Patient, order: Order, folder: Path) -> list[Row]:
    """Write the slide of the operation, and a tile of it from where most of the tumour lives."""
    rng, small = patient.chance("slide"), order.size == "small"
    composition = Composition(
        necrosis_percent=task.necrosis_percent(patient), tumour=float(rng.uniform(0.5, 0.8)),
        cartilage=patient.latents["cartilage"],
    )  # fmt: skip
    side_um, step, side_px = (1500.0, 1.0, 256) if small else (9000.0, 0.5, 1024)
    settings = Histology(
        um_per_pixel=step, grade=patient.lesions[0].grade, cytology={Region.VIABLE: task.cytology(patient)},
        osteoid=patient.latents["osteoid"], stain=stain.draw(patient.chance("stain")),
    )  # fmt: skip
    tissue = histology_map.tissue_map(composition, rng=rng, size_um=(side_um, side_um))
    texture = histology.seed(rng)
    truth = histology.slide(folder / "slide.tif", tissue, seed=texture, settings=settings)
    corner = _liveliest(tissue, side_um=side_px * step, um_per_pixel=step)
    cut = histology.tile(tissue, seed=texture, settings=settings, corner_px=corner, size_px=(side_px, side_px))
    tile.write(folder / "tile.tif", cut.pixels, um_per_pixel=step, note=SAYS)
    told = {"necrosis_percent": round(truth.necrosis_percent or 0.0, 3)}
    return [Row(path="slide.tif", input="slide", labels=told), Row(path="tile.tif", input="tile")]


def _liveliest(tissue: TissueMap, *, side_um: float, um_per_pixel: float) -> tuple[int, int]:
    """Return (x, y) in pixels of the corner of the square of the slide that holds most viable tumour."""
    side = round(side_um / tissue.um_per_cell)
    alive = (tissue.cells == Region.VIABLE).astype(np.float32)
    inside = uniform_filter(alive, side, mode="constant")[side // 2 : -(side // 2) or None, side // 2 : -(side // 2)]
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    scale = tissue.um_per_cell / um_per_pixel
    return int(column * scale), int(row * scale)


def _spectrum(case: Case, order: Order, folder: Path) -> Row:
    """Write the Raman spectrum of the tumour's tissue: the mineral and cartilage that the other modalities show."""
    looks = case.patient.latents
    mineral = min(0.6, looks["osteoid"])
    mean = raman.tissue(mineral=mineral, cartilage=min(looks["cartilage"], 0.9 - mineral), effect=1.8)
    mixture = raman.draw_patient(mean, rng=case.patient.chance("mixture"))
    rows = recipes_raman.spectra(
        replace(case, patient=replace(case.patient, latents=mixture)), order, folder, repeats=1
    )  # fmt: skip
    return rows[0]


def _genes(patient: Patient, folder: Path) -> Row:
    """Write the expression of the tumour; its linked modules follow what the slide shows."""
    panel = expression.make_panel()
    made = expression.draw(panel, appearance=task.appearance(patient), rng=patient.chance("expression"))
    expression_io.write(folder / "expression.csv", made, unit=COUNTS)
    return Row(path="expression.csv", input="expression")


NOTES = (
    "One tumour in every modality, imaged after chemotherapy, before its operation; slide, tile, stains, spectrum and "
    "genes are of the operation.",
    f"Genes named after {', '.join(expression.LINKED)} follow what the slide shows; the others nothing that an image "
    "shows.",
    "Hazards follow grade, size, response and age, and how fast cells divide beyond their grade, which only Ki-67 "
    "shows. No ceiling is stated for death and for the first event of any kind.",
    "Every patient is treated alike, also one of grade 1; no tumour lies in the trunk.",
    "spect is of the limb, spect_thorax of the thorax, as for staging: no metastasis is there yet at the time.",
    "ct_low_dose is the limb of ct at a tenth of the dose; ct_60kev and ct_140kev are virtual mono-energetic.",
)

RECIPES = (
    Recipe(
        name="osteosarcoma-whole-patient",
        summary="Osteosarcomas of the limbs in every modality, with stains, genes and outcomes: response and grade",
        serves=("future-multimodal", "future-gene-expression"),
        draw=task.draw, make=everything, ceilings=task.ceilings, megabytes=(160.0, 7.0), notes=NOTES,
        options=(*recipes_radiograph.OPTIONS, recipes_nuclear.METHOD),
    ),
)  # fmt: skip
