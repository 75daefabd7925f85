"""From a statistic of the rows to `Score` records with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from osteon.errors import RequestError
from osteon.metrics import bootstrap, catalogue
from osteon.metrics.bootstrap import Statistic
from osteon.metrics.proportion import clopper_pearson
from osteon.types import Evidence, Score

LEVEL = 0.95
FEW = 10


@dataclass(frozen=True, kw_only=True)
class Context:
    """Where scores come from; copied into each `Score`. `seed` is that of the bootstrap's draws."""

    task: str = ""
    unit: str
    split: str = ""
    cohort: str = ""
    evidence: Evidence
    seeds: int = 1
    note: str = ""
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure that is to become a `Score`.

    Attributes:
        metric: Name, as in `catalogue`, with a class in brackets where there are several.
        n, patients: Rows it is made of, and patients among them.
        events: Positives among the rows; None where the word means nothing.
        exact: An interval that is better than the bootstrap, and its name.
        perfect_of: Patients behind a perfect value, whose bootstrap would have no width; None: not asked.
        note: What a reader must know of this one.

    """

    metric: str
    n: int
    patients: int
    events: int | None = None
    exact: tuple[float, float, str] | None = None
    perfect_of: int | None = None
    note: str = ""


def count_patients(patients: np.ndarray, rows: np.ndarray | None = None) -> int:
    """Return how many patients there are (among `rows`, a boolean array)."""
    return int(np.unique(patients if rows is None else patients[rows]).size)


def scores(figures: Sequence[Figure], statistic: Statistic, *, patients: np.ndarray, context: Context) -> list[Score]:
    """Return a score for each figure: its exact interval where it has one, else the patient bootstrap.

    Args:
        figures: In the order of the statistic's rows.
        statistic: Weights (rows, resamples) to values (figures, resamples).
        patients: Of each row, (rows,).
        context: Copied into each score.

    Raises:
        RequestError: There is no row.

    """
    patients = np.asarray(patients)
    if not patients.size:
        msg = (
            "There is nothing to score: not one row has both a truth and a prediction. Check the labels and the split."
        )
        raise RequestError(msg)
    values = statistic(np.ones((patients.size, 1)))[:, 0]
    draws = bootstrap.resample(statistic, patients, rng=np.random.default_rng(context.seed))
    return [
        _score(figure, float(value), drawn, context=context)
        for figure, value, drawn in zip(figures, values, draws, strict=True)
    ]


def _score(figure: Figure, value: float, draws: np.ndarray, *, context: Context) -> Score:
    """Return the score of one figure from its value and its resamples."""
    low, high, method, remark = _interval(figure, value, draws)
    return Score(
        metric=figure.metric,
        value=value,
        low=low,
        high=high,
        level=LEVEL,
        method=method,
        unit=context.unit,
        n=figure.n,
        patients=figure.patients,
        events=figure.events,
        task=context.task,
        split=context.split,
        cohort=context.cohort,
        evidence=context.evidence,
        seeds=context.seeds,
        note="; ".join(part for part in (figure.note, remark, context.note) if part),
    )


def _interval(figure: Figure, value: float, draws: np.ndarray) -> tuple[float, float, str, str]:
    """Return low, high, the method and what must be said of it."""
    if np.isnan(value):
        return np.nan, np.nan, "none", f"undefined: it needs {catalogue.fact(figure.metric).needs}"
    if figure.exact is not None:
        return *figure.exact, ""
    found = bootstrap.percentile(draws, level=LEVEL)
    same = found.low == found.high == value
    if same and figure.perfect_of and value in (0.0, 1.0):
        low, high = clopper_pearson(figure.perfect_of if value else 0, figure.perfect_of, level=LEVEL)
        return low, high, "clopper-pearson on patients", "no resample differs: the interval is that of n of n patients"
    remarks = {
        f"{found.degenerate} of {found.resamples} resamples had no value and were left out": found.degenerate > 0,
        "no resample differs: the interval says nothing": same,
        f"{figure.patients} patients are few for a bootstrap: the interval is too narrow": figure.patients < FEW,
    }
    return found.low, found.high, "patient bootstrap", "; ".join(text for text, holds in remarks.items() if holds)
