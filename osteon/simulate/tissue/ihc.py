"""Immunohistochemistry as a pathologist reports it: Ki-67 in percent, SATB2 and MDM2 as H-scores.

The mean of each kind of tumour is typical of the literature, from memory and fitted to no data (SATB2 marks
osteoblastic differentiation, MDM2 the low-grade osteosarcomas that amplify it); tumours of one kind differ, and a
pathologist counts a few hundred cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from osteon.types import Record

STAINS = ("ki67", "satb2", "mdm2")
COUNTED = 500
"""Cells that are counted for each stain."""
SPREAD = 0.7
"""Standard deviation of the logit of the stained share between tumours of one kind and grade."""
GRADE_LOGIT = 0.8
"""By how much the logit of the Ki-67 share rises with a grade."""


@dataclass(frozen=True, kw_only=True)
class Stained:
    """Mean share of stained nuclei of a kind of tumour, at grade 1 for Ki-67.

    Attributes:
        ki67, satb2, mdm2: Between 0 and 1.
        mdm2_low_grade: The share of MDM2 at grade 1, where it differs.

    """

    ki67: float
    satb2: float
    mdm2: float = 0.02
    mdm2_low_grade: float | None = None


KINDS: Mapping[str, Stained] = {
    "osteosarcoma": Stained(ki67=0.08, satb2=0.80, mdm2=0.06, mdm2_low_grade=0.70),
    "Ewing sarcoma": Stained(ki67=0.12, satb2=0.05),
    "chondrosarcoma": Stained(ki67=0.03, satb2=0.10),
    "giant cell tumour": Stained(ki67=0.10, satb2=0.45),
    "fibrous dysplasia": Stained(ki67=0.015, satb2=0.70),
    "aneurysmal bone cyst": Stained(ki67=0.05, satb2=0.40),
    "simple bone cyst": Stained(ki67=0.01, satb2=0.10),
    "enchondroma": Stained(ki67=0.008, satb2=0.06),
    "osteochondroma": Stained(ki67=0.008, satb2=0.15),
    "non-ossifying fibroma": Stained(ki67=0.02, satb2=0.20),
    "chordoma": Stained(ki67=0.03, satb2=0.06),
    "myeloma": Stained(ki67=0.10, satb2=0.05),
    "schwannoma": Stained(ki67=0.015, satb2=0.02),
    "neurofibroma": Stained(ki67=0.01, satb2=0.02),
    "soft-tissue sarcoma": Stained(ki67=0.10, satb2=0.08, mdm2=0.05, mdm2_low_grade=0.40),
    "metastasis": Stained(ki67=0.20, satb2=0.04),
}
OTHER = Stained(ki67=0.05, satb2=0.10)
"""Of a kind that is not in `KINDS`."""


@dataclass(frozen=True, kw_only=True)
class Intensities:
    """Counted cells by strength of their stain: none, weak, moderate, strong."""

    none: int
    weak: int
    moderate: int
    strong: int

    @property
    def percent(self) -> float:
        """Stained cells in percent."""
        return 100.0 * (self.weak + self.moderate + self.strong) / (self.none + self.weak + self.moderate + self.strong)

    @property
    def h_score(self) -> float:
        """Percent weak + 2 x percent moderate + 3 x percent strong, 0 to 300.

        Example:
            >>> Intensities(none=20, weak=30, moderate=30, strong=20).h_score
            150.0

        """
        total = self.none + self.weak + self.moderate + self.strong
        return 100.0 * (self.weak + 2 * self.moderate + 3 * self.strong) / total


def mean_shares(entity: str, *, grade: int) -> dict[str, float]:
    """Return the share of stained cells in the median tumour of a kind and grade, by stain."""
    kind = KINDS["metastasis"] if entity.endswith("metastasis") else KINDS.get(entity, OTHER)
    low = grade == 1 and kind.mdm2_low_grade is not None
    ki67 = _sigmoid(logit(kind.ki67) + GRADE_LOGIT * max(grade - 1, 0))
    mdm2 = kind.mdm2_low_grade if low else kind.mdm2
    return {"ki67": ki67, "satb2": kind.satb2, "mdm2": float(mdm2 or kind.mdm2)}


def count(share: float, *, rng: np.random.Generator, cells: int = COUNTED) -> Intensities:
    """Return the counted cells of a tumour whose true share of stained cells is `share`.

    The more cells are stained the stronger they are: a stained cell is one step stronger than weak, twice, with a
    probability of the square root of `share`.
    """
    strength = np.sqrt(share)
    split = np.array([(1 - strength) ** 2, 2 * strength * (1 - strength), strength**2])
    drawn = rng.multinomial(cells, [1 - share, *(share * split)])
    return Intensities(none=int(drawn[0]), weak=int(drawn[1]), moderate=int(drawn[2]), strong=int(drawn[3]))


def logits(entity: str, *, grade: int, rng: np.random.Generator) -> dict[str, float]:
    """Return the logit of the share of stained cells in one tumour of a kind and grade, by stain."""
    return {stain: float(rng.normal(logit(mean), SPREAD)) for stain, mean in mean_shares(entity, grade=grade).items()}


def row(entity: str, *, grade: int, rng: np.random.Generator) -> Record:
    """Return `ki67_percent`, `satb2_h_score`, `mdm2_percent` and `mdm2_h_score` of a tumour."""
    return report(logits(entity, grade=grade, rng=rng), rng=rng)


def report(shares: Mapping[str, float], *, rng: np.random.Generator) -> Record:
    """Return what a pathologist counts in a tumour of these `logits`, as `row` does."""
    found = {stain: count(_sigmoid(value), rng=rng) for stain, value in shares.items()}
    return Record(
        values={
            "ki67_percent": round(found["ki67"].percent, 1),
            "satb2_h_score": round(found["satb2"].h_score, 1),
            "mdm2_percent": round(found["mdm2"].percent, 1),
            "mdm2_h_score": round(found["mdm2"].h_score, 1),
        }
    )


def logit(share: float) -> float:
    """Return the logarithm of the odds of a share between 0 and 1."""
    return float(np.log(share / (1.0 - share)))


def _sigmoid(value: float) -> float:
    return float(1.0 / (1.0 + np.exp(-value)))
