"""From a drawn tumour to a patient: age, size of the body, and the lesion in its bone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from osteon.simulate.person import anatomy_sites
from osteon.simulate.person.patient import Patient
from osteon.simulate.tumour.entity import BINS, ENTITIES
from osteon.simulate.tumour.entity_odds import Drawn
from osteon.simulate.tumour.lesion import Content, Group, Lesion, Margin, Matrix, Periosteum, Region

# Stature (cm) at ages, of girls and boys; rounded medians.
_AGES = (1, 3, 5, 8, 10, 12, 14, 16, 18)
_HEIGHT = {
    "female": (75, 95, 108, 127, 138, 151, 160, 163, 164),
    "male": (76, 96, 110, 128, 138, 149, 163, 173, 177),
}
GRADES = {1: 0.2, 2: 0.35, 3: 0.45}
"""Share of each grade of a malignant tumour."""
_MINERAL = {Matrix.LYTIC: (0.0, 0.0), Matrix.GROUND_GLASS: (0.85, 1.0), Matrix.SCLEROTIC: (0.6, 0.9)}


def person(index: int, *, seed: int, age: tuple[float, float], sex: str) -> Patient:
    """Return a patient without lesions: the body of an age and sex, drawn from (seed, index)."""
    blank = Patient(index=index, seed=seed)
    rng = blank.chance("person")
    years = float(round(rng.uniform(*age), 1))
    height = float(np.interp(years, _AGES, _HEIGHT[sex])) * float(np.clip(rng.normal(1.0, 0.036), 0.9, 1.1))
    young = max(0.0, 18.0 - years)
    index_of_mass = float(np.clip(rng.lognormal(np.log(24.5 - 0.5 * young), 0.14), 13.5, 40.0))
    loss = {"female": 0.011, "male": 0.005}[sex] * max(0.0, years - 45.0)
    wear = float(np.clip((years - 35.0) / 45.0 + rng.normal(0.0, 0.22), 0.0, 1.0))
    return replace(
        blank,
        sex=sex,
        age_years=years,
        height_cm=round(height, 1),
        weight_kg=round(index_of_mass * (height / 100.0) ** 2, 1),
        bone_mass=float(np.clip(1.0 - loss + rng.normal(0.0, 0.06), 0.55, 1.15)),
        degeneration=wear,
    )


def anyone(index: int, *, seed: int, age: tuple[float, float] = (8.0, 75.0)) -> Patient:
    """Return a patient without lesions, of any age and either sex."""
    rng = Patient(index=index, seed=seed).chance("who")
    return person(index, seed=seed, age=age, sex=str(rng.choice(["female", "male"])))


def patient_of(drawn: Drawn, *, index: int, seed: int) -> Patient:
    """Return the patient with the drawn tumour; its words decide everything that the entity decides."""
    words = drawn.words
    found = person(index, seed=seed, age=BINS["age"][words["age"]], sex=words["sex"])
    origin = ENTITIES[drawn.entity].origin
    lesion = lesion_of(drawn, found)
    return replace(found, lesions=(lesion,), primary=origin)


def lesion_of(drawn: Drawn, patient: Patient, *, number: int = 1) -> Lesion:
    """Return the drawn tumour in `patient`; what the words leave open is drawn from the patient's generator."""
    words, entity = drawn.words, ENTITIES[drawn.entity]
    rng = patient.chance(f"lesion {number}")
    side = str(rng.choice(["left", "right"]))
    site = anatomy_sites.SITES[words["site"]]
    content, matrix = Content(words["content"]), Matrix(words["matrix"])
    outgrowth = content is Content.BONE and site.region is not Region.SOFT_TISSUE and site.region is not Region.AXIAL
    along, aside = float(rng.random()), 0.98 if outgrowth else float(rng.uniform(0.0, 0.75))
    bone, centre = anatomy_sites.centre_of(patient, words["site"], side=side, along=along, aside=aside, rng=rng)
    small = min(1.0, patient.height_cm / 165.0)
    mineral = float(rng.uniform(*_MINERAL.get(matrix, (0.2, 0.5))))
    # By what can be seen alone, never by the entity: else an image would tell more than the ideal observer knows.
    before = float(rng.beta(1.2, 5.0)) if content is Content.SOLID else 0.0
    grade = int(rng.choice([*GRADES], p=[*GRADES.values()]))
    return Lesion(
        number=number,
        entity=drawn.entity,
        group=entity.group,
        origin=entity.origin,
        bone=bone,
        region=Region.SURFACE if outgrowth else site.region,
        centre_mm=centre,
        size_mm=_value("size", words, rng) * small,
        elongation=float(rng.uniform(1.05, 1.6)),
        lobulation=float(rng.uniform(0.1, 0.8)),
        matrix=matrix,
        mineral=mineral,
        content=content,
        margin=Margin(words["margin"]),
        expansion=_value("expansion", words, rng),
        breach=_value("breach", words, rng),
        periosteum=Periosteum(words["periosteum"]),
        soft_tissue_mm=_value("mass", words, rng) * small,
        necrosis_before=before,
        necrosis_after=float(rng.beta(2.0, 1.6)),
        response=float(rng.uniform(0.75, 1.05)),
        grade=grade if entity.group is Group.MALIGNANT else 0,
        uptake_ratio=_value("uptake", words, rng),
        suv=_value("suv", words, rng),
        oedema_mm=_value("oedema", words, rng),
        seed=int(rng.integers(2**31)),
    )


def _value(feature: str, words: Mapping[str, str], rng: np.random.Generator) -> float:
    low, high = BINS[feature][words[feature]]
    return float(rng.uniform(low, high))
