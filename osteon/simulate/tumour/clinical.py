"""The clinical row of a simulated patient: complaints and blood, as its tumour makes them.

Every number depends on the tumour only through what is stated here, so it says nothing that the tumour does not;
people differ by the stated spreads. Values are in the range of the literature, not fitted to any cohort.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from osteon.errors import RequestError
from osteon.simulate.tumour.lesion import Content, Group, Lesion, Margin, Matrix
from osteon.types import Record

AGGRESSION: Mapping[Margin, float] = {Margin.IA: 0.0, Margin.IB: 0.5, Margin.IC: 1.0, Margin.II: 1.5, Margin.III: 2.0}
SPREAD = {"alp_u_per_l": 0.28, "ldh_u_per_l": 0.22, "crp_mg_per_l": 0.8, "duration_weeks": 0.8}
"""Standard deviation of the logarithm between people."""
MALIGNANT = {"alp_u_per_l": 0.10, "ldh_u_per_l": 0.18, "crp_mg_per_l": 0.5, "duration_weeks": -0.5}
"""Change of the mean logarithm by malignancy; grade, size and bone formation come on top."""


@dataclass(frozen=True, kw_only=True)
class Burden:
    """What of the tumours the body feels; all 0 for a healthy one.

    Attributes:
        malignant: Whether any is malignant.
        grade: The highest, 0 to 3.
        volume_dl: Of all together, in decilitres.
        forming: How much bone they make, 0 to 1.
        aggression: Of the fastest, 0 (IA) to 2 (III).
        soft_tissue: Whether any reaches beyond its bone.
        breach: The largest share of destroyed cortex.

    """

    malignant: bool = False
    grade: int = 0
    volume_dl: float = 0.0
    forming: float = 0.0
    aggression: float = 0.0
    soft_tissue: bool = False
    breach: float = 0.0


def burden(lesions: tuple[Lesion, ...]) -> Burden:
    """Return what the body feels of its tumours."""
    if not lesions:
        return Burden()
    bone = [one.mineral * (one.matrix in (Matrix.OSTEOID, Matrix.SCLEROTIC, Matrix.MIXED)) for one in lesions]
    return Burden(
        malignant=any(one.group == Group.MALIGNANT for one in lesions),
        grade=max(one.grade for one in lesions),
        volume_dl=sum(_volume_dl(one) for one in lesions),
        forming=min(1.0, sum(bone)),
        aggression=max(AGGRESSION[one.margin] for one in lesions),
        soft_tissue=any(one.soft_tissue_mm > 0 for one in lesions),
        breach=max(one.breach for one in lesions),
    )


def mean_logs(felt: Burden, *, age_years: float, sex: str) -> dict[str, float]:
    """Return the mean logarithm of each number of `SPREAD`, from which a patient's are drawn.

    Growing bone makes alkaline phosphatase, so children have three times as much; so does tumour bone. Lactate
    dehydrogenase rises with the mass and the turnover of the tumour.
    """
    growing = age_years < (15.0 if sex == "female" else 17.0)
    size = float(np.log1p(felt.volume_dl))
    base = {"alp_u_per_l": np.log(230.0 if growing else 72.0), "ldh_u_per_l": np.log(185.0)}
    base |= {"crp_mg_per_l": np.log(2.0), "duration_weeks": np.log(30.0)}
    means = {name: float(value + felt.malignant * MALIGNANT[name]) for name, value in base.items()}
    means["alp_u_per_l"] += 0.9 * felt.forming * size
    means["ldh_u_per_l"] += 0.10 * felt.grade + 0.12 * size
    means["crp_mg_per_l"] += 0.3 * size
    means["duration_weeks"] -= 0.3 * felt.aggression
    return means


def complaint_odds(felt: Burden) -> dict[str, float]:
    """Return the log odds of each complaint."""
    size = float(np.log1p(felt.volume_dl))
    return {
        "pain": -2.6 + 0.9 * felt.aggression + 1.1 * felt.malignant + 0.8 * size + 1.2 * (felt.volume_dl > 0),
        "night_pain": -4.0 + 1.0 * felt.aggression + 1.3 * felt.malignant,
        "swelling": -3.5 + 2.2 * felt.soft_tissue + 0.9 * size,
        "fracture": -4.0 + 3.0 * felt.breach + 0.4 * felt.aggression,
    }


def row(
    lesions: tuple[Lesion, ...],
    *,
    age_years: float,
    sex: str,
    site: str | None,
    rng: np.random.Generator,
    missing: float = 0.0,
) -> Record:
    """Return the clinical row of a patient.

    Args:
        lesions: Its tumours; none for a healthy one.
        age_years: Age.
        sex: "female" or "male".
        site: Where the main tumour lies, a word of the cohort (`bones.site`), or None.
        rng: Draws what differs between people.
        missing: Share of the complaints and of the blood that was not recorded, and is None.

    Returns:
        `age_years`, `sex`, `site`, complaints as 0 or 1, and blood with the unit in the name.

    Raises:
        RequestError: `missing` is no share.

    """
    if not 0.0 <= missing < 1.0:
        msg = f"The share of missing values lies between 0 and 1, 1 not included; got {missing:g}."
        raise RequestError(msg)
    felt = burden(lesions)
    values: dict[str, float | str | None] = {"age_years": round(age_years, 1), "sex": sex, "site": site}
    drawn: dict[str, float] = {}
    for name, odds in complaint_odds(felt).items():
        drawn[name] = float(rng.random() < 1.0 / (1.0 + np.exp(-odds)))
    for name, mean in mean_logs(felt, age_years=age_years, sex=sex).items():
        drawn[name] = round(float(np.exp(rng.normal(mean, SPREAD[name]))), 1)
    for name, value in drawn.items():
        values[name] = None if rng.random() < missing else value
    return Record(values=values)


def _volume_dl(one: Lesion) -> float:
    """Return the volume in dl of a lesion as an ellipsoid, with its soft-tissue mass; fluid counts for a tenth."""
    across = one.size_mm / one.elongation + 2.0 * one.soft_tissue_mm
    volume = np.pi / 6.0 * one.size_mm * across**2 / 1e5
    return float(volume * (0.1 if one.content in (Content.FLUID, Content.BLOOD) else 1.0))
