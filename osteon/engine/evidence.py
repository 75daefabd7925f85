"""The evidence list: which system is trained on which data, how it is split, and how much of the work is done."""

from __future__ import annotations

from dataclasses import replace

from osteon.engine.evidence_films import FILMS
from osteon.engine.evidence_row import Row
from osteon.engine.evidence_sarcomas import SARCOMAS

CHOSEN_LATE = (
    "The training length was chosen after a first recipe, with early stopping, had lost to the baseline on the same "
    "people: read the figure as mildly optimistic."
)
SALIVA = "COVID-19 in saliva stands in for serum of cancer: many noisy spectra a person."

_TILES = Row(
    name="histo-osteo-arunachalam2019.forest-osteosarcoma_ut",
    system="histo-osteo-arunachalam2019.forest",
    cohort="osteosarcoma_ut",
    split="leave-one-patient-out",
    allow=("few-patients", "class-not-on-side"),
    by_patient=True,
    first=("balanced_accuracy", "tissue", "tile"),
    remark="Four cases, one left out at a time; a random split of tiles flatters by 15 points and more.",
)
_SALIVA = Row(
    name="raman-cnn-shao2020.saliva-raman_saliva",
    system="raman-cnn-shao2020.saliva",
    cohort="raman_saliva",
    split="kfold:5",
    gap=True,
    first=("auc", "covid19", "patient"),
    remark=f"{SALIVA} {CHOSEN_LATE}",
)

EVIDENCE = (
    *FILMS,
    replace(
        _TILES,
        name="histo-osteo-arunachalam2019.small-osteosarcoma_ut",
        system="histo-osteo-arunachalam2019.small",
        seeds=(0,),
        overrides=("fit.epochs=12",),
        reduced="60 of 1,144 tiles, at 5x, a quarter of the network, 12 epochs, one seed",
    ),
    replace(
        _TILES,
        name="histo-osteo-arunachalam2019.forest-osteosarcoma_ut-60",
        having="tile",
        role="baseline",
        reduced="60 of 1,144 tiles: those that the patch network was given",
        remark=f"The plain baseline of the patch network, on the same tiles. {_TILES.remark}",
    ),
    _TILES,
    replace(
        _TILES,
        name="histo-osteo-arunachalam2019.forest-osteosarcoma_ut-random",
        split="kfold:5",
        allow=(),
        by_patient=False,
        own_patients=True,
        role="not a result",
        remark="Not a result: the random split of tiles, to show what it flatters by. Cases are on both sides.",
    ),
    _SALIVA,
    replace(
        _SALIVA,
        name="raman-cnn-shao2020.saliva-logistic-raman_saliva",
        system="raman-cnn-shao2020.saliva-logistic",
        role="baseline",
        remark=f"The plain baseline: logistic regression. {SALIVA}",
    ),
    *SARCOMAS,
)
