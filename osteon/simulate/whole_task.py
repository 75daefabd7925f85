"""One osteosarcoma after chemotherapy and all that hangs on it: its response, tissue, stains, genes and course.

What links the modalities is drawn once. The necrosis of the body is that of the slide; the bone it makes is the
osteoid on the slide; the grade moves the cells of the slide, Ki-67, MDM2 and every hazard; how fast the cells divide
beyond their grade is seen by Ki-67 alone, and moves the hazards too. Genes follow what the slide shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from osteon.metrics.concordance import concordance
from osteon.simulate import observer
from osteon.simulate.observer import Answers, Ceiling
from osteon.simulate.person import bones
from osteon.simulate.person.patient import Patient
from osteon.simulate.recipe import Case, Cell, Order, turn
from osteon.simulate.recipes_dynamic import decided
from osteon.simulate.recipes_limb_ct import OSTEOSARCOMA
from osteon.simulate.tissue import histology_cells, ihc
from osteon.simulate.tissue.histology_cells import Cytology
from osteon.simulate.tumour import clinical, entity_draw, outcome
from osteon.simulate.tumour.lesion import Content, Lesion, Matrix

ENTITY = "osteosarcoma"
MIX = {"poor": 0.55, "good": 0.45}
GRADES = {f"G{grade}": share for grade, share in entity_draw.GRADES.items()}
PROGNOSIS = outcome.OSTEOSARCOMA
SPREAD = {"cell density": 0.30, "nucleus size": 0.10, "pleomorphism": 0.30}
"""Standard deviation of the logarithm between tumours of one grade."""
_CELLS = {"cell density": "nuclei_per_mm2", "nucleus size": "nucleus_um", "pleomorphism": "pleomorphism"}
_STAINS = ("ki67", "mdm2")
REFERENCE, COURSES = 200, 20
"""Patients by whom appearances are standardised and concordances expected, and courses of each."""


def draw(order: Order, index: int) -> Case:
    """Return a case; all that its modalities share is in the patient's lesion and latents."""
    found = OSTEOSARCOMA.draw(order, index)
    word = turn(order, index, MIX)
    rng = found.patient.chance("treatment")
    dead = float(rng.uniform(0.905, 0.995) if word == "good" else 0.895 * rng.beta(1.6, 1.4))
    lesion = replace(found.patient.lesions[0], necrosis_after=dead)
    stains = ihc.logits(ENTITY, grade=lesion.grade, rng=rng)
    patient = replace(
        found.patient, exam="post", lesions=(lesion,), latents={**_looks(lesion, rng), **stains}
    )  # fmt: skip
    felt = covariates(patient)
    return replace(
        found,
        patient=patient,
        labels={"response": word, "grade": f"G{lesion.grade}"},
        scores={cause.name: float(outcome.risk(felt, cause=cause)) for cause in PROGNOSIS.causes},
        clinical=_row(patient),
        outcomes=_course(patient, felt),
    )


def necrosis_percent(patient: Patient) -> float:
    """Return how much of the tumour that is not mineral is dead."""
    return 100.0 * patient.lesions[0].necrosis_after


def covariates(patient: Patient) -> dict[str, float]:
    """Return what moves the hazards; hidden is how fast the cells divide beyond their grade."""
    lesion = patient.lesions[0]
    expected = ihc.logit(ihc.mean_shares(ENTITY, grade=lesion.grade)["ki67"])
    return outcome.covariates(
        grade=lesion.grade,
        size_mm=lesion.size_mm,
        necrosis_percent=necrosis_percent(patient),
        axial=False,
        age_years=patient.age_years,
        hidden=(patient.latents["ki67"] - expected) / ihc.SPREAD,
    )


def cytology(patient: Patient) -> Cytology:
    """Return the cells of the patient's viable tumour."""
    own = {column: float(np.exp(patient.latents[name])) for name, column in _CELLS.items()}
    return replace(histology_cells.GRADES[patient.lesions[0].grade], **own)


def appearance(patient: Patient) -> dict[str, float]:
    """Return what the slide shows, each in standard deviations between the recipe's patients."""
    middle, spread = _scale()
    return {name: (patient.latents[name] - middle[name]) / spread[name] for name in middle}


def ceilings(cases: Sequence[Case], order: Order) -> tuple[Ceiling, ...]:
    """Return the scores of the ideal observer: response, grade, and who has the first event of a kind first."""
    return (*decided(cases, order), *_of_grade(cases, order), *_of_course(cases, order))


def _looks(lesion: Lesion, rng: np.random.Generator) -> dict[str, float]:
    """Return what the slide of a tumour shows: logarithms of its cells' numbers, and shares."""
    cells = _mean_cells(lesion.grade)
    mineral = 0.0 if lesion.matrix is Matrix.LYTIC else lesion.mineral
    return {name: float(rng.normal(mean, SPREAD[name])) for name, mean in cells.items()} | {
        "osteoid": 0.1 + 0.7 * mineral,
        "necrosis": lesion.necrosis_after,
        "cartilage": float(rng.uniform(0.02, 0.1)) + 0.3 * (lesion.content is Content.CARTILAGE),
    }


def _mean_cells(grade: int) -> dict[str, float]:
    mean = histology_cells.GRADES[grade]
    return {name: float(np.log(getattr(mean, column))) for name, column in _CELLS.items()}


def _row(patient: Patient) -> dict[str, Cell]:
    """Return the clinical row and the report of the stains; blood and complaints say nothing of the grade."""
    lesion = replace(patient.lesions[0], grade=2)
    known = clinical.row(
        (lesion,), age_years=patient.age_years, sex=patient.sex, site=bones.place(lesion.bone),
        rng=patient.chance("clinical"),
    )  # fmt: skip
    shares = {stain: patient.latents[stain] for stain in ("ki67", "satb2", "mdm2")}
    counted = ihc.report(shares, rng=patient.chance("counting"))
    values = {**known.values, **counted.values}
    return {"location" if name == "site" else name: value for name, value in values.items()}


def _course(patient: Patient, felt: Mapping[str, float]) -> dict[str, Cell]:
    values = {name: np.array([value]) for name, value in felt.items()}
    course = outcome.draw(values, prognosis=PROGNOSIS, rng=patient.chance("outcome"))
    found = outcome.endpoints(course, prognosis=PROGNOSIS)
    days: dict[str, Cell] = {f"{name}_days": int(one.days) for name, one in found.items()}
    return days | {f"{name}_event": int(one.event) for name, one in found.items()}


@cache
def _reference() -> tuple[Case, ...]:
    """Return patients of a seed of their own."""
    order = Order(recipe="osteosarcoma-whole-patient", patients=REFERENCE, seed=271_828)
    return tuple(draw(order, index) for index in range(REFERENCE))


@cache
def _scale() -> tuple[dict[str, float], dict[str, float]]:
    """Return the mean and the spread of each look among the reference."""
    rows = [case.patient.latents for case in _reference()]
    table = {name: np.array([row[name] for row in rows]) for name in rows[0] if name not in ihc.STAINS}
    return (
        {name: float(values.mean()) for name, values in table.items()},
        {name: float(values.std()) for name, values in table.items()},
    )


def _of_grade(cases: Sequence[Case], order: Order) -> tuple[Ceiling, ...]:
    """Return the ceilings of the grade by Bayes' rule: cells and stains are normal about their grade's mean."""
    middles = [_mean_cells(grade) | _mean_stains(grade) for grade in entity_draw.GRADES]
    names = [*middles[0]]
    means = np.array([[middle[name] for name in names] for middle in middles])
    spread = np.array([SPREAD.get(name, ihc.SPREAD) for name in names])
    prior = np.array([*GRADES.values()])
    rng = np.random.default_rng([order.seed, 18])
    drawn = rng.choice(len(prior), observer.DRAWS, p=prior)

    def answers(seen: np.ndarray, truth: np.ndarray) -> Answers:
        chance = np.exp(-0.5 * (((seen[:, None] - means) / spread) ** 2).sum(axis=-1)) * prior
        return Answers(odds=chance / chance.sum(axis=1, keepdims=True), truth=truth)

    hoped = answers(rng.normal(means[drawn], spread), drawn)
    seen = np.array([[case.patient.latents[name] for name in names] for case in cases])
    truth = np.array([[*GRADES].index(case.labels["grade"]) for case in cases])
    sees = "the cells of the viable tumour, Ki-67 and MDM2, exactly"
    return observer.of_classes(answers(seen, truth), hoped, task="grade", classes=[*GRADES], sees=sees)


def _mean_stains(grade: int) -> dict[str, float]:
    means = ihc.mean_shares(ENTITY, grade=grade)
    return {stain: ihc.logit(means[stain]) for stain in _STAINS}


def _of_course(cases: Sequence[Case], order: Order) -> tuple[Ceiling, ...]:
    """Return the concordances of one who knows the log hazards, for causes that their hazard alone decides."""
    rng = np.random.default_rng([order.seed, 19])
    felt = [covariates(case.patient) for case in _reference() for _ in range(COURSES)]
    values = {name: np.array([one[name] for one in felt]) for name in felt[0]}
    course = outcome.draw(values, prognosis=PROGNOSIS, rng=rng)
    found = []
    for index, cause in enumerate(PROGNOSIS.causes[:-1]):
        hoped = concordance(outcome.risk(values, cause=cause), course.days, course.cause == index)
        days, events = (np.array([case.outcomes[f"{cause.name}_{end}"] for case in cases]) for end in ("days", "event"))
        risks = np.array([case.scores[cause.name] for case in cases])
        found.append(observer.of_risk(risks, days, events, task=cause.name, expected=hoped))
    return tuple(found)
