"""The task of bone scans: metastases among harmless foci and worn joints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from osteon.simulate import observer
from osteon.simulate.observer import Ceiling
from osteon.simulate.person import anatomy_sites
from osteon.simulate.person.patient import Patient
from osteon.simulate.recipe import Case, Order, turn
from osteon.simulate.tumour import entity_draw
from osteon.simulate.tumour.entity import ENTITIES
from osteon.simulate.tumour.lesion import Content, Group, Lesion, Margin, Matrix, Region

ABSENT, PRESENT = "absent", "present"
RATIOS = {"faint": (1.6, 2.5), "plain": (2.5, 4.5), "hot": (4.5, 9.0)}
"""Uptake over the healthy rest of the same bone."""
WORN = 0.45
"""Degeneration from which a scan without metastases is called degenerative."""

_FOCI = {
    ABSENT: {0: 0.60, 1: 0.22, 2: 0.11, 3: 0.05, 5: 0.02},
    PRESENT: {1: 0.12, 2: 0.14, 3: 0.18, 5: 0.22, 8: 0.20, 12: 0.14},
}
_RATIO = {ABSENT: {"faint": 0.6, "plain": 0.3, "hot": 0.1}, PRESENT: {"faint": 0.2, "plain": 0.4, "hot": 0.4}}
_PLACES = {
    ABSENT: {"rib": 6, "lumbar spine": 2, "thoracic spine": 2, "sternum": 1, "scapula": 1},
    PRESENT: ENTITIES["prostate metastasis"].tables["site"],
}
_DRAWS = 4000


@dataclass(frozen=True, kw_only=True)
class FociTask:
    """Whether a scan shows metastases; exact Bayes over the number, the brightness and the places of its foci.

    Attributes:
        share: Of patients with metastases.
        sites: Where foci may lie; those of the tables that are among them.
        primaries: Primary to its share.
        age: Of the patients.

    """

    share: float = 0.35
    sites: tuple[str, ...] = tuple(dict.fromkeys((*_PLACES[ABSENT], *_PLACES[PRESENT])))
    primaries: Mapping[str, float] = field(default_factory=lambda: {"prostate": 0.6, "breast": 0.3, "lung": 0.1})
    age: tuple[float, float] = (45.0, 85.0)

    @property
    def mix(self) -> Mapping[str, float]:
        """The share of each class."""
        return {ABSENT: 1.0 - self.share, PRESENT: self.share}

    def like(self, mix: Mapping[str, float]) -> FociTask:
        """Return the task with another mix."""
        return replace(self, share=mix[PRESENT] / sum(mix.values()))

    def draw(self, order: Order, index: int) -> Case:
        """Return a case with the labels `metastasis` and `scan`."""
        word = turn(order, index, self.mix)
        rng = Patient(index=index, seed=order.seed).chance("foci")
        primary = str(
            rng.choice([*self.primaries], p=np.array([*self.primaries.values()]) / sum(self.primaries.values()))
        )
        sex = {"prostate": "male", "breast": "female"}.get(primary) or str(rng.choice(["female", "male"]))
        found = entity_draw.person(index, seed=order.seed, age=self.age, sex=sex)
        foci = self._foci(word, rng)
        lesions = tuple(
            self._lesion(found, n, foci[n - 1], word=word, primary=primary) for n in range(1, len(foci) + 1)
        )
        calm = "degenerative" if found.degeneration > WORN else "normal"
        return Case(
            patient=replace(found, lesions=lesions, primary=primary),
            labels={"metastasis": word, "scan": "malignant" if word == PRESENT else calm},
            scores={"log_odds": self._log_odds(foci)},
            clinical={"age_years": found.age_years, "sex": sex, "primary": primary},
        )

    def ceilings(self, cases: Sequence[Case], order: Order) -> tuple[Ceiling, ...]:
        """Return the scores of the ideal observer at `metastasis`."""
        rng = np.random.default_rng([order.seed, 5])
        words = [PRESENT if rng.random() < self.share else ABSENT for _ in range(_DRAWS)]
        hoped = observer.of_log_odds(
            [self._log_odds(self._foci(word, rng)) for word in words], [word == PRESENT for word in words]
        )
        found = observer.of_log_odds(
            [c.scores["log_odds"] for c in cases], [c.labels["metastasis"] == PRESENT for c in cases]
        )
        sees = "number, brightness and place of all foci, without noise"
        return observer.of_classes(found, hoped, task="metastasis", classes=(ABSENT, PRESENT), sees=sees)

    def _foci(self, word: str, rng: np.random.Generator) -> list[tuple[str, str]]:
        """Return the place and the brightness of each focus."""
        counts, places = _FOCI[word], self._places(word)
        number = int(rng.choice([*counts], p=[*counts.values()]))
        ratios = _RATIO[word]
        return [
            (str(rng.choice([*places], p=[*places.values()])), str(rng.choice([*ratios], p=[*ratios.values()])))
            for _ in range(number)
        ]

    def _places(self, word: str) -> dict[str, float]:
        table = {site: share for site, share in _PLACES[word].items() if site in self.sites}
        total = sum(table.values())
        # A tenth anywhere: no place proves anything.
        return {s: 0.9 * table.get(s, 0.0) / total + 0.1 / len(self.sites) for s in self.sites}

    def _log_odds(self, foci: Sequence[tuple[str, str]]) -> float:
        """Return the logarithm of the odds of metastases given the foci."""
        odds = np.log(self.share / (1.0 - self.share))
        number = len(foci)
        odds += np.log(_FOCI[PRESENT].get(number, 1e-12) / _FOCI[ABSENT].get(number, 1e-12))
        there, not_there = self._places(PRESENT), self._places(ABSENT)
        for place, ratio in foci:
            odds += np.log(there[place] / not_there[place]) + np.log(_RATIO[PRESENT][ratio] / _RATIO[ABSENT][ratio])
        return float(odds)

    def _lesion(self, patient: Patient, number: int, focus: tuple[str, str], *, word: str, primary: str) -> Lesion:
        place, brightness = focus
        rng = patient.chance(f"focus {number}")
        side = str(rng.choice(["left", "right"]))
        bone, centre = anatomy_sites.centre_of(
            patient, place, side=side, along=float(rng.random()), aside=float(rng.uniform(0, 0.6)), rng=rng
        )
        sick = word == PRESENT
        return Lesion(
            number=number,
            entity=f"{primary} metastasis" if sick else "harmless focus",
            group=Group.MALIGNANT if sick else Group.BENIGN,
            origin=primary if sick else None,
            bone=bone,
            region=Region.AXIAL,
            centre_mm=centre,
            size_mm=float(rng.uniform(12.0, 30.0)),
            matrix=Matrix.SCLEROTIC,
            mineral=float(rng.uniform(0.4, 0.8)),
            content=Content.SOLID,
            margin=Margin.IC,
            uptake_ratio=float(rng.uniform(*RATIOS[brightness])),
            seed=int(rng.integers(2**31)),
        )
