"""CT: tumours of the sacrum, the 49 bones of the trunk, metastases by spectral CT."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from osteon.geometry import matrix, volume_grid
from osteon.simulate import recipe_write
from osteon.simulate.entity_task import EntityTask
from osteon.simulate.mr.slices import Stack
from osteon.simulate.observer import Ceiling
from osteon.simulate.person import bones, fields
from osteon.simulate.person.body import Body
from osteon.simulate.person.patient import Patient
from osteon.simulate.recipe import Case, Like, Order, Recipe, Row
from osteon.simulate.scan import Scan
from osteon.simulate.tumour.entity import FEATURES
from osteon.simulate.xray import ct, spectral_ct
from osteon.simulate.xray.ct_beam import Source
from osteon.simulate.xray.sinogram import Beam

NOTES = ("Simulated CT of parametric bodies: no scatter, no motion, no metal.",)
SEEN = tuple(name for name in FEATURES if name not in ("suv", "uptake"))
BONES_49 = len(bones.BONES_49)
KEVS = (60.0, 140.0)
PHOTONS = 6.0e4
"""Of a ray in the open beam for each mm of slice: the usual dose."""


def slab(patient: Patient, field: str, *, reach_mm: float, spacing_mm: float) -> Body:
    """Return the whole width of a field, but only so high as the first lesion and `reach_mm` more."""
    grid = fields.grid_of(patient, field=field, spacing_mm=spacing_mm)
    lesion = patient.lesions[0]
    half = 0.5 * lesion.size_mm + lesion.soft_tissue_mm + reach_mm
    low = lesion.centre_mm[2] - half
    affine = matrix(grid)
    first = int(np.clip((low - affine[2, 3]) / spacing_mm, 0, grid.shape[0] - 2))
    last = int(np.clip((low + 2.0 * half - affine[2, 3]) / spacing_mm, first + 1, grid.shape[0]))
    affine[2, 3] += first * spacing_mm
    return fields.body(patient, grid=volume_grid((last - first, grid.shape[1], grid.shape[2]), affine))


def slices(order: Order, *, slice_mm: float, pixel_mm: float) -> tuple[Stack, Beam]:
    """Return slices and rays, coarser when small."""
    if order.size == "small":
        return Stack(slice_mm=3.0 * slice_mm, gap_mm=0.0, pixel_mm=4.0 * pixel_mm), Beam(views=90, bin_mm=2.4)
    return Stack(slice_mm=slice_mm, gap_mm=0.0, pixel_mm=pixel_mm), Beam(views=540, bin_mm=0.8)


def _scan(body: Body, case: Case, order: Order, *, slice_mm: float, pixel_mm: float) -> Scan:
    stack, beam = slices(order, slice_mm=slice_mm, pixel_mm=pixel_mm)
    scanner = ct.Scanner(source=Source(photons=PHOTONS), beam=beam)
    return ct.scan(body, stack=stack, scanner=scanner, rng=case.patient.chance("ct"))


def _sacrum(case: Case, order: Order, folder: Path) -> list[Row]:
    body = slab(case.patient, "pelvis", reach_mm=20.0, spacing_mm=4.0 if order.size == "small" else 1.5)
    made = _scan(body, case, order, slice_mm=4.0, pixel_mm=1.0)
    return [
        recipe_write.volume(
            made.image, made.mask.read(), case.patient, order, folder, name="ct", label=case.labels["lesion"]
        )
    ]


def _trunk(case: Case, order: Order, folder: Path) -> list[Row]:
    """Write a CT from the pelvis to the neck; the mask holds the values of the 49 bones."""
    patient, small = case.patient, order.size == "small"
    body = _between(patient, 835.0, 1500.0, spacing_mm=6.0 if small else 2.0)
    made = _scan(body, case, order, slice_mm=5.0, pixel_mm=1.5)
    named = fields.body(patient, grid=made.image.grid).bone
    mask = np.where(named <= BONES_49, named, 0)
    return [recipe_write.volume(made.image, mask, patient, order, folder, name="ct")]


def _between(patient: Patient, low: float, high: float, *, spacing_mm: float) -> Body:
    """Return the whole width of the body between two heights in reference mm."""
    grid = fields.grid_of(patient, field="whole", spacing_mm=spacing_mm)
    affine = matrix(grid)
    share = patient.height_cm / 176.0
    first = int((low * share - affine[2, 3]) / spacing_mm)
    last = int((high * share - affine[2, 3]) / spacing_mm)
    affine[2, 3] += first * spacing_mm
    return fields.body(patient, grid=volume_grid((last - first, grid.shape[1], grid.shape[2]), affine))


def _spectral(case: Case, order: Order, folder: Path) -> list[Row]:
    """Write virtual mono-energetic images of the spine around a metastasis."""
    thoracic = case.patient.lesions[0].bone.startswith("vertebra_T")
    return spectral(case.patient, order, folder, field="thorax" if thoracic else "abdomen")


def spectral(patient: Patient, order: Order, folder: Path, *, field: str) -> list[Row]:
    """Write virtual mono-energetic images about the first lesion of a patient, as wide as a field, and its mask."""
    body = slab(patient, field, reach_mm=20.0, spacing_mm=5.0 if order.size == "small" else 2.0)
    stack, beam = slices(order, slice_mm=4.0, pixel_mm=1.0)
    made = spectral_ct.scan(
        body, stack=stack, scanner=spectral_ct.SpectralScanner(beam=beam), rng=patient.chance("spectral")
    )
    mask = made.mask.read()
    return [recipe_write.volume(made.mono(kev), mask, patient, order, folder, name=f"ct_{kev:.0f}kev") for kev in KEVS]


_SACRAL = EntityTask(
    task="lesion",
    classes=("benign", "malignant"),
    # Sheet 8, without what our book does not hold: other benign 20, other malignant 19.
    mix={
        "giant cell tumour": 95, "schwannoma": 47, "neurofibroma": 44, "chordoma": 84, "lung metastasis": 36,
        "breast metastasis": 20, "kidney metastasis": 15, "Ewing sarcoma": 28, "chondrosarcoma": 20, "osteosarcoma": 16,
        "myeloma": 15,
    },
    says={"giant cell tumour": "benign"},
    sites=("sacrum", "lower sacrum"),
    seen=SEEN,
    clinical=True,
)  # fmt: skip
_SPINE = EntityTask(
    task="origin", classes=("lung metastasis",), mix={"lung metastasis": 1.0}, sites=("thoracic spine", "lumbar spine")
)  # fmt: skip
_HEALTHY = EntityTask(task="trunk", classes=("normal",), mix={"normal": 1.0}, sites=())


def none(_cases: Sequence[Case], _order: Order) -> Sequence[Ceiling]:
    """Return no ceiling: the truth is an outline."""
    return ()


def unlabelled(task: EntityTask, order: Order, index: int) -> Case:
    """Return a case of a recipe whose truth is an outline alone."""
    return replace(task.draw(order, index), labels={})


RECIPES = (
    Recipe(
        name="sacral-ct",
        summary="CT of sacral tumours, outlined, with age, sex and location: benign or malignant",
        serves=("ct-sacral-radiomics-yin2020",),
        like={"ct-sacral-radiomics-yin2020": Like(patients=459, note="By entity, without the 39 others.")},
        draw=_SACRAL.draw, make=_sacrum, ceilings=_SACRAL.ceilings, megabytes=(25.0, 0.4), notes=NOTES,
        overlaps=True,
    ),
    Recipe(
        name="wholebody-ct",
        summary="CT of the trunk; the mask names the 49 bones",
        serves=("ct-bones49-belal2019",),
        like={"ct-bones49-belal2019": Like(patients=146, note="100 to train and 46 to test.")},
        draw=lambda order, index: unlabelled(_HEALTHY, order, index), make=_trunk, ceilings=none,
        megabytes=(30.0, 0.6), notes=(*NOTES, f"Mask values are those of person.bones: 1 to {BONES_49}."),
    ),
    Recipe(
        name="spectral-spine-ct",
        summary="Virtual mono-energetic CT of spinal metastases of lung cancer, outlined",
        serves=("ct-spectral-dcunet-fan2021",),
        draw=lambda order, index: unlabelled(_SPINE, order, index), make=_spectral, ceilings=none,
        megabytes=(30.0, 0.5), notes=NOTES,
    ),
)  # fmt: skip
