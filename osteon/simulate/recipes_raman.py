"""Raman spectra of the tissue of bone tumours: what no published cohort has, for `future-bone-raman`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from osteon.io import table
from osteon.io.simulated import COUNTS
from osteon.simulate import observer
from osteon.simulate.observer import Answers, Ceiling
from osteon.simulate.person.patient import Patient
from osteon.simulate.recipe import Case, Order, Recipe, Row, turn
from osteon.simulate.tissue import raman
from osteon.simulate.tissue.raman import Amounts
from osteon.simulate.tumour import entity_draw

NOTES = (
    "Simulated spectra: assigned bands of a mixture, fluorescence, photon noise, cosmic rays; three spectra a patient.",
    "The ceiling is that of an observer who knows every patient's mixture; no spectrum gives it free of noise.",
)
SPECTRA = 3


@dataclass(frozen=True, kw_only=True)
class MixtureTask:
    """A class that moves the mean mixture of a patient.

    Attributes:
        task: The label column.
        means: Class to its mean mixture; all of the same components.
        mix: Share of each class.
        patient: (index, order) to the patient.

    """

    task: str
    means: Mapping[str, Amounts]
    mix: Mapping[str, float]
    patient: Callable[[int, Order], Patient]

    def draw(self, order: Order, index: int) -> Case:
        """Return a case; the patient's mixture is in its latents."""
        label, patient = turn(order, index, self.mix), self.patient(index, order)
        mixture = raman.draw_patient(self.means[label], rng=patient.chance("mixture"))
        return Case(
            patient=replace(patient, latents=mixture),
            labels={self.task: label},
            clinical={"age_years": patient.age_years, "sex": patient.sex},
        )

    def ceilings(self, cases: Sequence[Case], order: Order) -> Sequence[Ceiling]:
        """Return the scores of an observer who knows the mixtures, by Bayes' rule."""
        classes = tuple(self.means)
        rng = np.random.default_rng([order.seed, 1_928])
        prior = np.array([self.mix[word] for word in classes]) / sum(self.mix.values())
        drawn = rng.choice(len(classes), observer.DRAWS, p=prior)
        names = tuple(next(iter(self.means.values())))
        spread = np.array([raman.SPREAD[name] for name in names])
        means = np.array([[np.log(self.means[word][name]) for name in names] for word in classes])
        many = means[drawn] + spread * rng.normal(size=(observer.DRAWS, len(names)))
        few = np.log([[case.patient.latents[name] for name in names] for case in cases])
        truth = np.array([classes.index(case.labels[self.task]) for case in cases])

        def answers(logs: np.ndarray, truth: np.ndarray) -> Answers:
            chance = -0.5 * (((logs[:, None] - means) / spread) ** 2).sum(axis=-1) + np.log(prior)
            chance = np.exp(chance - chance.max(axis=1, keepdims=True))
            return Answers(odds=chance / chance.sum(axis=1, keepdims=True), truth=truth)

        return observer.of_classes(
            answers(few, truth), answers(many, drawn), task=self.task, classes=classes, sees="the exact mixture"
        )


def spectra(case: Case, order: Order, folder: Path, *, repeats: int = SPECTRA) -> list[Row]:
    """Write the patient's spectra as CSV, a study each, all by the cohort's one instrument."""
    instrument = raman.draw_instrument(np.random.default_rng([order.seed, 532]))
    if order.size == "small":
        instrument = replace(instrument, points=400)
    made = raman.spectra(
        case.patient.latents, instrument=instrument, rng=case.patient.chance("spectra"), repeats=repeats
    )
    rows = []
    for number, spectrum in enumerate(made, start=1):
        name = f"spectrum-{number}.csv"
        columns = {"raman_shift_per_cm": np.round(spectrum.shift_per_cm, 3), COUNTS: spectrum.counts}
        table.write(folder / name, pd.DataFrame(columns))
        rows.append(Row(path=name, input="spectrum", study=str(number)))
    return rows


def _anyone(index: int, order: Order) -> Patient:
    return entity_draw.anyone(index, seed=order.seed)


TISSUE = MixtureTask(
    task="lesion",
    means={
        "benign": raman.tissue(mineral=0.2, cartilage=0.1),
        "intermediate": raman.tissue(mineral=0.2, cartilage=0.1, effect=0.9),
        "malignant": raman.tissue(mineral=0.2, cartilage=0.1, effect=1.8),
    },
    mix={"benign": 0.4, "intermediate": 0.2, "malignant": 0.4},
    patient=_anyone,
)

RECIPES = (
    Recipe(
        name="raman-tissue",
        summary="Three Raman spectra of the tissue of a bone tumour: benign, intermediate or malignant",
        serves=(),
        draw=TISSUE.draw, make=spectra, ceilings=TISSUE.ceilings, megabytes=(0.06, 0.03), notes=NOTES,
    ),
)  # fmt: skip
