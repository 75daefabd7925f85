"""The task of most recipes: name the class of a tumour that was drawn by entity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from osteon.simulate import observer
from osteon.simulate.observer import Answers, Ceiling
from osteon.simulate.person import bones
from osteon.simulate.person.patient import Patient
from osteon.simulate.recipe import OVERLAP, Case, Cell, Order, turn
from osteon.simulate.tumour import clinical, entity_draw, entity_odds
from osteon.simulate.tumour.entity import ENTITIES, FEATURES
from osteon.simulate.tumour.entity_odds import Odds

NORMAL = "normal"


@dataclass(frozen=True, kw_only=True)
class EntityTask:
    """A class that follows from the entity.

    Attributes:
        task: The label column.
        classes: Its words; `normal`, where there is one, is a patient without tumour.
        mix: Share of each group or, by name, each entity; and of `normal`.
        says: The class of those entities and groups whose own word is none of `classes`.
        sites: Where the tumours lie.
        seen: Features that the ideal observer is given: all that the images and tables can show.
        clinical: Whether there is a clinical row: age, sex, location, pain, swelling.
        place: A bone to the word for its location.
        note: On the observer.

    """

    task: str
    classes: tuple[str, ...]
    mix: Mapping[str, float]
    says: Mapping[str, str] = field(default_factory=dict)
    sites: tuple[str, ...]
    seen: tuple[str, ...] = FEATURES
    clinical: bool = False
    place: Callable[[str], str] = bones.site
    note: str = "all that was drawn"

    def like(self, mix: Mapping[str, float] | None) -> EntityTask:
        """Return the task with another mix, if there is one."""
        return self if mix is None else replace(self, mix=mix)

    def odds(self, order: Order) -> Odds:
        """Return the odds of its tumours."""
        mix = tuple((k, v) for k, v in self.mix.items() if k != NORMAL)
        return _odds(mix, self.sites, OVERLAP if order.overlap is None else order.overlap)

    def class_of(self, entity: str) -> str:
        """Return the class of an entity."""
        group = str(ENTITIES[entity].group)
        return self.says.get(entity, self.says.get(group, entity if entity in self.classes else group))

    def draw(self, order: Order, index: int) -> Case:
        """Return a case."""
        word = turn(order, index, self.mix)
        if word == NORMAL:
            return self._case(entity_draw.anyone(index, seed=order.seed), word)
        odds = self.odds(order)
        rng = Patient(index=index, seed=order.seed).chance("entity")
        entity = word
        if word not in ENTITIES:
            group = np.array([name not in self.mix and ENTITIES[name].group == word for name in odds.entities])
            share = odds.prior * group
            entity = odds.entities[int(rng.choice(len(share), p=share / share.sum()))]
        drawn = odds.draw_of(entity, rng)
        patient = entity_draw.patient_of(drawn, index=index, seed=order.seed)
        return replace(self._case(patient, self.class_of(entity)), drawn=drawn)

    def _case(self, patient: Patient, word: str) -> Case:
        found = Case(patient=patient, labels={self.task: word})
        return replace(found, clinical=self._row(patient)) if self.clinical else found

    def _row(self, patient: Patient) -> dict[str, Cell]:
        """Return the clinical row; complaints follow what can be seen of the tumour, not whether it is malignant."""
        felt = replace(clinical.burden(patient.lesions), malignant=False, grade=0)
        rng = patient.chance("complaints")
        odds = clinical.complaint_odds(felt)
        told = {name: int(rng.random() < 1.0 / (1.0 + np.exp(-odds[name]))) for name in ("pain", "swelling")}
        where = self.place(patient.lesions[0].bone) if patient.lesions else None
        return {"age_years": patient.age_years, "sex": patient.sex, "location": where, **told}

    def ceilings(self, cases: Sequence[Case], order: Order) -> tuple[Ceiling, ...]:
        """Return the scores of the ideal observer."""
        odds = self.odds(order)
        to_class = np.array([[float(self.class_of(e) == c) for c in self.classes] for e in odds.entities])
        rng = np.random.default_rng([order.seed, 77])
        hoped = self._with_healthy(observer.sample(odds, to_class, seen=self.seen, rng=rng))
        answers = [
            np.eye(len(self.classes))[self.classes.index(NORMAL)]
            if case.drawn is None
            else odds.posterior(case.drawn.words, seen=self.seen) @ to_class
            for case in cases
        ]
        truth = [self.classes.index(case.labels[self.task]) for case in cases]
        found = Answers(odds=np.array(answers), truth=np.array(truth))
        return observer.of_classes(found, hoped, task=self.task, classes=self.classes, sees=self.note)

    def _with_healthy(self, answers: Answers) -> Answers:
        """Return the answers with as many healthy patients, each surely recognised, as the mix has."""
        healthy = self.mix.get(NORMAL, 0.0) / sum(self.mix.values())
        if healthy <= 0.0:
            return answers
        place = self.classes.index(NORMAL)
        more = round(len(answers.truth) * healthy / (1.0 - healthy))
        sure = np.eye(len(self.classes))[np.full(more, place)]
        return Answers(odds=np.vstack([answers.odds, sure]), truth=np.append(answers.truth, np.full(more, place)))


@cache
def _odds(mix: tuple[tuple[str, float], ...], sites: tuple[str, ...], overlap: float) -> Odds:
    return entity_odds.odds(dict(mix), sites=sites, overlap=overlap)
