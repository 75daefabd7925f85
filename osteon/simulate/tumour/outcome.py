"""What becomes of the patient: local recurrence, lung metastasis, death, with hazards that are known.

The first of the three is drawn from cause-specific Weibull hazards, exp(covariates x log hazards) on each; after a
recurrence or metastasis the patient may still die, at a hazard of its own. Follow-up ends at random.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from osteon.errors import RequestError
from osteon.types import Outcome

DAYS = 365.25
NONE = -1
"""In `Course.cause`: followed to the end without an event."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A cause-specific hazard: cumulative (t / scale)^shape x exp(sum of log hazards x covariates).

    Attributes:
        name: "local_recurrence", "lung_metastasis" or "death".
        shape: Above 1 the hazard rises with time, below it falls.
        scale_days: When the cumulative hazard of the reference patient is 1.
        log_hazards: Covariate to the logarithm of its hazard ratio; those not named have none.
        death_median_days: From this event to death in the median reference patient; None if it is death.

    """

    name: str
    shape: float
    scale_days: float
    log_hazards: Mapping[str, float] = field(default_factory=dict)
    death_median_days: float | None = None


@dataclass(frozen=True, kw_only=True)
class Prognosis:
    """All causes, and how patients are followed.

    Attributes:
        causes: One of them is named "death".
        after: Log hazards of death once an event has happened.
        follow_up_years: Patients enter evenly over a time, so their follow-up at the end lies between these.
        lost_per_year: Hazard of being lost before.

    """

    causes: tuple[Cause, ...]
    after: Mapping[str, float] = field(default_factory=dict)
    follow_up_years: tuple[float, float] = (2.0, 10.0)
    lost_per_year: float = 0.03


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """Patients' courses, arrays (patients,).

    Attributes:
        days: To the first event, or to the end of follow-up.
        cause: Index into the causes, `NONE` where there was no event.
        death_days: To death from whatever cause, or to the end of follow-up.
        death: Whether the patient died.

    """

    days: np.ndarray
    cause: np.ndarray
    death_days: np.ndarray
    death: np.ndarray


def covariates(
    *, grade: int, size_mm: float, necrosis_percent: float | None, axial: bool, age_years: float, hidden: float = 0.0
) -> dict[str, float]:
    """Return the covariates of a patient; all 0 for the reference: grade 2, 8 cm, a good response, limb, 20 years.

    Args:
        grade: 1 to 3; 0 counts as 1.
        size_mm: Longest diameter.
        necrosis_percent: After chemotherapy; below 90 the response is poor; None where there was none.
        axial: Whether the tumour lies in the trunk.
        age_years: Age.
        hidden: A cause that only some other modality shows, in standard deviations.

    """
    return {
        "grade": float(max(grade, 1) - 2),
        "size_5cm": size_mm / 50.0 - 1.6,
        "poor_response": float(necrosis_percent is not None and necrosis_percent < 90.0),
        "axial": float(axial),
        "age_decades": age_years / 10.0 - 2.0,
        "hidden": hidden,
    }


OSTEOSARCOMA = Prognosis(
    causes=(
        Cause(
            name="local_recurrence", shape=1.1, scale_days=25_000.0, death_median_days=1_500.0,
            log_hazards={"grade": 0.3, "size_5cm": 0.25, "poor_response": 0.7, "axial": 0.9, "hidden": 0.3},
        ),
        Cause(
            name="lung_metastasis", shape=1.2, scale_days=6_500.0, death_median_days=900.0,
            log_hazards={"grade": 0.6, "size_5cm": 0.35, "poor_response": 0.9, "axial": 0.4, "hidden": 0.5},
        ),
        Cause(
            name="death", shape=1.0, scale_days=90_000.0,
            log_hazards={"age_decades": 0.35, "axial": 0.3},
        ),
    ),
    after={"axial": 0.3, "age_decades": 0.1},
)  # fmt: skip
"""Of the size that trials report: reference patients are free of events after five years in about 75 %."""

GIANT_CELL_TUMOUR = Prognosis(
    causes=(
        Cause(
            name="local_recurrence", shape=0.9, scale_days=6_500.0, death_median_days=60_000.0,
            log_hazards={"size_5cm": 0.2, "age_decades": -0.25, "hidden": 0.8},
        ),
        Cause(
            name="lung_metastasis", shape=1.0, scale_days=90_000.0, death_median_days=6_000.0,
            log_hazards={"hidden": 0.4},
        ),
        Cause(name="death", shape=1.0, scale_days=150_000.0, log_hazards={"age_decades": 0.5}),
    ),
    follow_up_years=(2.0, 9.5),
)  # fmt: skip
"""After curettage; follow-up as in He 2019."""


def risk(values: Mapping[str, np.ndarray | float], *, cause: Cause) -> np.ndarray:
    """Return the logarithm of the hazard ratio of a cause against the reference patient: the best possible score."""
    parts = [beta * np.asarray(values[name], float) for name, beta in cause.log_hazards.items()]
    return np.asarray(sum(parts, np.zeros(())))


def draw(values: Mapping[str, np.ndarray], *, prognosis: Prognosis, rng: np.random.Generator) -> Course:
    """Return the courses of patients.

    Args:
        values: Covariate to (patients,), as `covariates` names them.
        prognosis: The hazards.
        rng: Draws everything.

    Raises:
        RequestError: A covariate is missing, or no cause is death.

    """
    _check(values, prognosis)
    count = len(next(iter(values.values())))
    first = np.stack(
        [
            cause.scale_days * (rng.exponential(size=count) / np.exp(risk(values, cause=cause))) ** (1.0 / cause.shape)
            for cause in prognosis.causes
        ]
    )
    low, high = prognosis.follow_up_years
    ends = DAYS * rng.uniform(low, high, count)
    ends = np.minimum(ends, DAYS * rng.exponential(1.0 / max(prognosis.lost_per_year, 1e-9), count))
    cause, days = first.argmin(axis=0), first.min(axis=0)
    dies = days + _survived(values, prognosis=prognosis, cause=cause, rng=rng)
    return Course(
        days=np.minimum(days, ends),
        cause=np.where(days <= ends, cause, NONE),
        death_days=np.minimum(dies, ends),
        death=dies <= ends,
    )


def endpoints(course: Course, *, prognosis: Prognosis, row: int = 0) -> dict[str, Outcome]:
    """Return the outcomes of one patient of a course, as `patients.csv` has them.

    `local_recurrence` and `lung_metastasis` count as first events, censored by whatever else came first; `death`
    is overall survival, and `event` the first of any.
    """
    days, cause = max(1.0, round(float(course.days[row]))), int(course.cause[row])
    found = {
        one.name: Outcome(days=days, event=cause == index)
        for index, one in enumerate(prognosis.causes)
        if one.name != "death"
    }
    found["event"] = Outcome(days=days, event=cause != NONE)
    death = max(1.0, round(float(course.death_days[row])))
    return found | {"death": Outcome(days=death, event=bool(course.death[row]))}


def _survived(
    values: Mapping[str, np.ndarray], *, prognosis: Prognosis, cause: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return the days from each patient's first event to death, 0 where it is death."""
    medians = np.array([one.death_median_days or 0.0 for one in prognosis.causes])
    ratio = np.exp(sum((beta * values[name] for name, beta in prognosis.after.items()), np.zeros(len(cause))))
    return medians[cause] / np.log(2.0) * rng.exponential(size=len(cause)) / ratio


def _check(values: Mapping[str, np.ndarray], prognosis: Prognosis) -> None:
    needed = {name for cause in prognosis.causes for name in cause.log_hazards} | set(prognosis.after)
    lacking = sorted(needed - set(values))
    if lacking or not any(cause.name == "death" for cause in prognosis.causes):
        msg = (
            f"A course needs a cause named death and every covariate of its hazards; missing are "
            f"{', '.join(lacking) or 'the cause death'}. Pass all of `outcome.covariates`."
        )
        raise RequestError(msg)
