"""DCE-MRI of spinal metastases by their primary, and osteosarcomas after chemotherapy in three sequences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from osteon.simulate import observer, recipe_write
from osteon.simulate.mr import dce_mri, enhancement, mri
from osteon.simulate.mr.mr_look import Look
from osteon.simulate.mr.slices import Stack
from osteon.simulate.observer import Ceiling
from osteon.simulate.person import fields
from osteon.simulate.person.patient import Patient
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.recipe import Case, Like, Order, Recipe, Row, turn
from osteon.simulate.recipes_mri import scored
from osteon.simulate.scan import Scan
from osteon.simulate.tumour.lesion import Content, Matrix
from osteon.types import Lesion

ORIGINS = {"lung": 30.0, "breast": 9.0, "prostate": 6.0, "thyroid": 7.0, "liver": 6.0, "kidney": 3.0}
"""Patients by primary of Lang 2019 (sheet 32)."""

NOTES = ("Simulated dynamic MRI: no motion, one bolus for all patients.",)
_RATES = ("ktrans_per_min", "ve", "vp")
GOOD = 0.9


def _kinetics(origin: str, rng: np.random.Generator) -> dict[str, float]:
    drawn = enhancement.draw_kinetics("metastasis", origin=origin, rng=rng)
    return {name: float(getattr(drawn, name)) for name in _RATES}


def _lung_odds(kinetics: Mapping[str, float]) -> float:
    """Return the logarithm of the odds of lung against the other primaries, log-normals of known spread."""
    chance = {}
    for origin, share in ORIGINS.items():
        mean = enhancement.mean_kinetics("metastasis", origin=origin)
        far = [(np.log(kinetics[n]) - np.log(getattr(mean, n))) / enhancement.SPREAD[n] for n in _RATES]
        chance[origin] = share * float(np.exp(-0.5 * np.square(far).sum()))
    return float(np.log(chance.pop("lung") + 1e-300) - np.log(sum(chance.values()) + 1e-300))


def _metastasis(order: Order, index: int) -> Case:
    """Return a patient with a spinal metastasis; all but its kinetics is drawn alike for every primary."""
    origin = turn(order, index, ORIGINS)
    found = scored("lung metastasis", index, order, 0.0, sites=("thoracic spine", "lumbar spine"))
    kinetics = _kinetics(origin, found.chance("kinetics"))
    lesion = replace(found.lesions[0], origin=origin, entity=f"{origin} metastasis", matrix=Matrix.LYTIC)
    return Case(
        patient=replace(found, lesions=(lesion,), latents=kinetics),
        labels={"origin": "lung" if origin == "lung" else "other", "primary": origin},
        scores={"log_odds": _lung_odds(kinetics)},
    )


def _dynamic(case: Case, order: Order, folder: Path) -> list[Row]:
    """Write the twelve frames of a spinal metastasis and its mask."""
    kinetics = replace(enhancement.mean_kinetics("metastasis", origin="lung"), **case.patient.latents)
    look = Look(kinetics=kinetics, seed=case.patient.lesions[0].seed, spread=0.08)
    return [dynamic(case.patient, order, folder, look=look)]


def dynamic(patient: Patient, order: Order, folder: Path, *, look: Look) -> Row:
    """Write the twelve frames of the first lesion of a patient and its mask."""
    small = order.size == "small"
    body = fields.body(patient, grid=fields.grid_around(patient, reach_mm=25.0, spacing_mm=2.5 if small else 1.2))
    settings = dce_mri.Dynamic(stack=Stack(slice_mm=8.0 if small else 5.0, gap_mm=0.0, pixel_mm=3.0 if small else 1.2))
    made = dce_mri.dynamic(body, settings=settings, looks={1: look}, rng=patient.chance("dce"))
    return recipe_write.volume(made.image, made.mask.read(), patient, order, folder, name="dce")


def _origin(cases: Sequence[Case], order: Order) -> tuple[Ceiling, ...]:
    rng = np.random.default_rng([order.seed, 8])
    words = rng.choice([*ORIGINS], 4000, p=np.array([*ORIGINS.values()]) / sum(ORIGINS.values()))
    hoped = observer.of_log_odds([_lung_odds(_kinetics(str(w), rng)) for w in words], [w == "lung" for w in words])
    found = observer.of_log_odds([c.scores["log_odds"] for c in cases], [c.labels["origin"] == "lung" for c in cases])
    sees = "the kinetics of the tumour, without noise"
    return observer.of_classes(found, hoped, task="origin", classes=("other", "lung"), sees=sees)


def after(order: Order, index: int) -> Case:
    """Return a patient after chemotherapy; every second tumour is chondroblastic."""
    word = turn(order, index, {"poor": 0.6, "good": 0.4})
    found = scored("osteosarcoma", index, order, 0.0)
    rng = found.chance("after")
    dead = float(rng.uniform(0.905, 0.98) if word == "good" else rng.uniform(0.2, 0.89))
    content = Content.CARTILAGE if rng.random() < 0.5 else Content.SOLID
    lesion = replace(
        found.lesions[0], necrosis_after=dead, content=content, mineral=min(0.25, found.lesions[0].mineral)
    )
    patient = replace(found, lesions=(lesion,), exam="post")
    return Case(patient=patient, labels={"response": word})


def _samples(case: Case, order: Order, folder: Path) -> list[Row]:
    """Write T2, ADC and subtracted T1; the mask on T2 numbers the tissue samples, the rest of the tumour is 100."""
    patient, small = case.patient, order.size == "small"
    body = fields.body(patient, grid=fields.grid_around(patient, reach_mm=25.0, spacing_mm=2.5 if small else 1.2))
    stack = Stack(slice_mm=6.0 if small else 4.0, pixel_mm=3.0 if small else 1.4)
    look = {1: Look(seed=patient.lesions[0].seed, spread=0.08)}
    made = {
        s.name: mri.scan(body, sequence=s, stack=stack, looks=look, rng=patient.chance(s.name))
        for s in (mri.T2_FAT_SATURATED, mri.ADC, mri.T1, mri.T1_CONTRAST)
    }
    made["st1"] = mri.subtract(made["t1gd"], made["t1"])
    numbers, labels = _picked(made["t2"], body_share(body, made["t2"], stack), patient)
    rows = [recipe_write.volume(made[n].image, None, patient, order, folder, name=n) for n in ("adc", "st1")]
    about = recipe_write.volume(made["t2"].image, numbers, patient, order, folder, name="t2")
    lesions = tuple(Lesion(label=word, mask_value=n) for n, word in labels.items())
    dead = round(100.0 * patient.lesions[0].necrosis_after, 2)
    return [replace(about, lesions=lesions, labels={"necrosis": dead}), *rows]


def body_share(body: fields.Body, scan: Scan, stack: Stack) -> dict[str, np.ndarray]:
    """Return how much of each voxel of the scan is dead, living and living cartilaginous tumour."""
    of = {
        "non-viable": (Tissue.NECROSIS,),
        "viable": (Tissue.TUMOUR,),
        "cartilaginous": (Tissue.CHONDROID,),
    }
    return {word: mri.share(body, tissues, grid=scan.image.grid, stack=stack) for word, tissues in of.items()}


def _picked(scan: Scan, shares: Mapping[str, np.ndarray], patient: Patient) -> tuple[np.ndarray, dict[int, str]]:
    """Return the numbered samples on the scan's grid: patches of 3 x 3 pixels of one tissue, and their words."""
    tumour = scan.mask.read() > 0
    numbers = np.where(tumour, 100, 0).astype(np.uint8)
    rng, labels = patient.chance("samples"), {}
    for word, share in shares.items():
        places = np.argwhere(tumour & (share > 0.85))
        for spot in places[rng.permutation(len(places))[:4]]:
            z, y, x = (int(v) for v in spot)
            patch = np.s_[z, max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
            pure = tumour[patch] & (share[patch] > 0.6) & (numbers[patch] == 100)
            if pure.sum() >= 4:
                labels[len(labels) + 1] = word
                numbers[patch][pure] = len(labels)
    return numbers, labels


def decided(cases: Sequence[Case], _order: Order) -> tuple[Ceiling, ...]:
    """Return the ceilings of the response: the share of necrosis decides it."""
    truth = [case.labels["response"] == "good" for case in cases]
    sure = observer.of_log_odds([40.0 if good else -40.0 for good in truth], truth)
    every = observer.of_log_odds([-40.0, 40.0], [False, True])
    sees = "the tissue itself, without noise"
    return observer.of_classes(sure, every, task="response", classes=("poor", "good"), sees=sees)


RECIPES = (
    Recipe(
        name="dce-spine",
        summary="Twelve frames of contrast-enhanced MRI of a spinal metastasis: lung cancer or another primary",
        serves=("mri-dce-clstm-lang2019",),
        like={"mri-dce-clstm-lang2019": Like(patients=61, note="30 of lung cancer, 31 others.")},
        draw=_metastasis, make=_dynamic, ceilings=_origin, megabytes=(5.0, 0.3), notes=NOTES,
    ),
    Recipe(
        name="necrosis-mri",
        summary="ADC, T2 and subtracted T1 of osteosarcomas after chemotherapy, tissue samples numbered",
        serves=("mri-necrosis-huang2020",),
        like={"mri-necrosis-huang2020": Like(patients=12, note="102 tissue samples of 12 patients.")},
        draw=after, make=_samples, ceilings=decided, megabytes=(6.0, 0.4),
        notes=("The samples' tissue is exact; what limits a score is noise and partial volume alone.",),
    ),
)  # fmt: skip
