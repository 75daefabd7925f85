"""Tissue and fluid: tiles of osteosarcoma after chemotherapy, Raman spectra of serum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from osteon.io import atomic, tile
from osteon.io.simulated import COUNTS, SAYS
from osteon.simulate import observer
from osteon.simulate.observer import Answers, Ceiling
from osteon.simulate.person.patient import Patient
from osteon.simulate.recipe import Case, Like, Order, Recipe, Row, turn
from osteon.simulate.tissue import histology, histology_map, raman
from osteon.simulate.tissue.histology import Histology
from osteon.simulate.tissue.histology_map import Region
from osteon.simulate.tumour import entity_draw
from osteon.transforms import stain

TILES, SPECTRA = 8, 3
WORDS = {"non_tumour": 0.45, "necrosis": 0.25, "viable_tumour": 0.30}
UTSW = {"non_tumour": 536.0, "necrosis": 263.0, "viable_tumour": 345.0}
"""Tiles of each tissue in the public collection (sheet 33), the 53 mixed ones among the viable."""
UM_PER_PIXEL = 1.0
SERUM_SHARE = 0.5
_ORDINARY = (Region.STROMA, Region.CARTILAGE, Region.BONE, Region.FAT)
_OF = {"necrosis": Region.NECROSIS, "viable_tumour": Region.VIABLE}


def treated(order: Order, index: int) -> Case:
    """Return a patient with an osteosarcoma after chemotherapy; its necrosis decides the response."""
    rng = Patient(index=index, seed=order.seed).chance("slides")
    found = entity_draw.anyone(index, seed=order.seed, age=(9.0, 40.0))
    word = turn(order, index, {"poor": 0.55, "good": 0.45})
    percent = float(rng.uniform(90.5, 99.5) if word == "good" else 100.0 * rng.beta(1.6, 1.4) * 0.895)
    latents = {"necrosis_percent": percent, "grade": float(rng.choice([2, 3]))}
    return Case(patient=replace(found, exam="post", latents=latents), labels={"response": word})


def settings(patient: Patient, *, um_per_pixel: float) -> Histology:
    """Return how a patient's tissue looks: its grade and its stain, at a scale."""
    colour = stain.draw(patient.chance("stain"))
    return Histology(um_per_pixel=um_per_pixel, grade=int(patient.latents["grade"]), stain=colour)


def _tiles(case: Case, order: Order, folder: Path) -> list[Row]:
    """Write tiles of one tissue each; what surrounds it may show at the edge, as a cutter leaves it."""
    patient, side = case.patient, 256 if order.size == "small" else 1024
    rng = patient.chance("tiles")
    look = settings(patient, um_per_pixel=UM_PER_PIXEL)
    texture = histology.seed(rng)
    rows = []
    for number, word in enumerate(_words(patient, order), start=1):
        region = _OF.get(word) or _ORDINARY[int(rng.integers(len(_ORDINARY)))]
        cut = histology_map.bordered_map(
            region, Region.STROMA, share=float(rng.uniform(0.0, 0.12)), rng=rng, size_um=(float(side), float(side))
        )
        made = histology.tile(cut, seed=texture + number, settings=look, size_px=(side, side))
        tile.write(folder / f"tile-{number}.tif", made.pixels, um_per_pixel=UM_PER_PIXEL, note=SAYS)
        rows.append(Row(path=f"tile-{number}.tif", input="tile", study=f"{patient.name}-{number}", labels=_steps(word)))
    return rows


def _steps(word: str) -> dict[str, str]:
    """Return the labels of a tile: its tissue, whether that is tumour, and which of two if so."""
    tumour = word != "non_tumour"
    return {"tissue": word, "tumour": "tumour" if tumour else word, "viability": word if tumour else ""}


def _words(patient: Patient, order: Order) -> list[str]:
    """Return the tissue of each tile of a patient."""
    mix = TILED.mix(order, WORDS)
    share = np.array([*mix.values()]) / sum(mix.values())
    return [str(w) for w in patient.chance("tile words").choice([*mix], TILES, p=share)]


def certain(classes: Sequence[str], task: str, words: Sequence[str]) -> tuple[Ceiling, ...]:
    """Return the ceilings of a truth that is decided by what can be seen: 1."""
    truth = np.array([classes.index(word) for word in words])
    answers = Answers(odds=np.eye(len(classes))[truth], truth=truth)
    every = Answers(odds=np.eye(len(classes)), truth=np.arange(len(classes)))
    return observer.of_classes(answers, every, task=task, classes=classes, sees="the tissue itself, without noise")


def _tissue(cases: Sequence[Case], order: Order) -> tuple[Ceiling, ...]:
    """Return the ceilings of the tiles: every tile is decided by its tissue."""
    return certain([*WORDS], "tissue", [word for case in cases for word in _words(case.patient, order)])


def _serum(order: Order, index: int) -> Case:
    word = turn(order, index, {"absent": 1.0 - SERUM_SHARE, "present": SERUM_SHARE})
    found = entity_draw.anyone(index, seed=order.seed, age=(50.0, 85.0))
    mixture = _mixture(word, found.chance("serum"))
    return Case(
        patient=replace(found, sex="male", latents=mixture, primary="prostate"),
        labels={"metastasis": word},
        scores={"log_odds": _log_odds(mixture)},
    )


def _mixture(word: str, rng: np.random.Generator) -> dict[str, float]:
    return dict(raman.draw_patient(raman.serum(effect=float(word == "present")), rng=rng))


def _log_odds(mixture: dict[str, float]) -> float:
    """Return the logarithm of the odds of metastasis given the mixture: two log-normals of one spread."""
    without, with_it = raman.serum(), raman.serum(effect=1.0)
    total = np.log(SERUM_SHARE / (1.0 - SERUM_SHARE))
    for name, amount in mixture.items():
        spread = raman.SPREAD[name]
        far = [(np.log(amount) - np.log(mean[name])) / spread for mean in (without, with_it)]
        total += 0.5 * (far[0] ** 2 - far[1] ** 2)
    return float(total)


def _spectra(case: Case, order: Order, folder: Path) -> list[Row]:
    """Write three spectra of one serum, each a CSV of Raman shift and counts, from one of two instruments."""
    patient = case.patient
    rng = patient.chance("raman")
    site = int(rng.integers(2))
    instrument = raman.draw_instrument(np.random.default_rng([order.seed, 9, site]))
    rows = []
    for number, made in enumerate(
        raman.spectra(dict(patient.latents), instrument=instrument, rng=rng, repeats=SPECTRA), 1
    ):
        lines = [f"{s:.3f},{c:.2f}" for s, c in zip(made.shift_per_cm, made.counts, strict=True)]
        text = "\n".join([f"raman_shift_per_cm,{COUNTS}", *lines]) + "\n"
        atomic.write_text(folder / f"spectrum-{number}.csv", text)
        rows.append(Row(path=f"spectrum-{number}.csv", input="spectrum", study=f"{patient.name}-{number}"))
    return rows


def _serum_ceilings(cases: Sequence[Case], order: Order) -> tuple[Ceiling, ...]:
    rng = np.random.default_rng([order.seed, 6])
    words = ["present" if rng.random() < SERUM_SHARE else "absent" for _ in range(4000)]
    hoped = observer.of_log_odds([_log_odds(_mixture(word, rng)) for word in words], [w == "present" for w in words])
    found = observer.of_log_odds(
        [case.scores["log_odds"] for case in cases], [case.labels["metastasis"] == "present" for case in cases]
    )
    sees = "the mixture of the serum, without noise or background"
    return observer.of_classes(found, hoped, task="metastasis", classes=("absent", "present"), sees=sees)


NOTES = ("Simulated sections and spectra: cells and bands are drawn, not photographed or measured.",)

TILED = Recipe(
    name="osteosarcoma-tiles",
    summary="H&E tiles of osteosarcoma: no tumour, necrosis or viable tumour",
    serves=("histo-osteo-arunachalam2019", "histo-osteo-mishra2018", "histo-dsnet-fu2020", "histo-seqrcnn-nabid2020"),
    like={
        "histo-osteo-arunachalam2019": Like(
            patients=143, mix=UTSW, note="1,144 tiles, but of 143 patients instead of 4: so few cannot be split."
        ),
        "histo-osteo-mishra2018": Like(patients=125, mix=UTSW, note="1,000 tiles; the mix is that of the collection."),
        "histo-dsnet-fu2020": Like(
            patients=136, mix={**UTSW, "viable_tumour": 292.0}, note="1,091 tiles, without the mixed ones; 1,088 here."
        ),
    },
    draw=treated, make=_tiles, ceilings=_tissue, megabytes=(20.0, 1.3), notes=NOTES,
)  # fmt: skip

RECIPES = (
    TILED,
    Recipe(
        name="raman-serum",
        summary="Raman spectra of serum, three a patient, from two instruments: bone metastasis or none",
        serves=("raman-cnn-shao2020",),
        like={"raman-cnn-shao2020": Like(patients=427, note="1,281 spectra.")},
        draw=_serum, make=_spectra, ceilings=_serum_ceilings, megabytes=(0.1, 0.1), notes=NOTES,
    ),
)  # fmt: skip
