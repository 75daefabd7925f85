"""The patient-clustered bootstrap.

Patients are drawn with replacement, each with all their rows. A resample is then nothing but a whole-number
weight on each row: how often its patient was drawn. So nothing is copied or sorted again, and a statistic
that takes a block of weights does many resamples at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from osteon.errors import RequestError

Statistic = Callable[[np.ndarray], np.ndarray]
"""Weights of shape (rows, resamples), float64 whole numbers, to values (resamples,) or (figures, resamples)."""

RESAMPLES = 2000
_BLOCK = 1 << 16  # weights held at once: 512 KiB, so that a block stays in the cache
_FEWEST = 0.5  # an interval needs at least this share of its resamples to have a value


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A percentile interval.

    Attributes:
        low, high: Its ends; nan when fewer than half of the resamples gave a value.
        resamples: How many were drawn.
        degenerate: How many of them gave no value (one class only, say) and were left out.

    """

    low: float
    high: float
    resamples: int
    degenerate: int


def resample(
    statistic: Statistic, patients: np.ndarray, *, rng: np.random.Generator, resamples: int = RESAMPLES
) -> np.ndarray:
    """Return the statistic of each resample.

    Args:
        statistic: Values of a block of weights; nan where a resample has none.
        patients: Patient of each row, any hashable kind, shape (rows,).
        rng: Where the draws come from.
        resamples: How many.

    Returns:
        Shape (resamples,), or (figures, resamples); all nan of a single patient, who says nothing of another.

    Raises:
        RequestError: There is no row, or no resample is asked for.

    """
    patients = np.asarray(patients)
    if patients.ndim != 1 or not patients.size or resamples < 1:
        msg = f"A bootstrap needs one patient a row and one resample at least; got {patients.shape} and {resamples}."
        raise RequestError(msg)
    names, row_patient = np.unique(patients, return_inverse=True)
    width = max(1, min(resamples, _BLOCK // row_patient.size))
    blocks = []
    for start in range(0, resamples, width):
        counts = _draw(names.size, min(width, resamples - start), rng=rng)
        blocks.append(np.asarray(statistic(counts[row_patient])))
    drawn = np.concatenate(blocks, axis=-1)
    return drawn if names.size > 1 else np.full(drawn.shape, np.nan)


def percentile(values: np.ndarray, *, level: float = 0.95) -> Interval:
    """Return the percentile interval of `values` (resamples,), leaving out and counting nan."""
    valid = values[np.isfinite(values)]
    lost = values.size - valid.size
    if valid.size < _FEWEST * values.size:
        return Interval(low=np.nan, high=np.nan, resamples=values.size, degenerate=lost)
    tail = (1.0 - level) / 2.0
    low, high = (float(v) for v in np.quantile(valid, [tail, 1.0 - tail]))
    return Interval(low=low, high=high, resamples=values.size, degenerate=lost)


def mean(values: np.ndarray) -> Statistic:
    """Return the statistic that is the weighted mean of `values` (rows,), or of each row of (figures, rows).

    Rows whose value is nan are left out of their own figure.
    """
    known = np.isfinite(values).astype(float)
    filled = np.where(known > 0, values, 0.0)

    def statistic(weights: np.ndarray) -> np.ndarray:
        total = known @ weights
        return np.divide(filled @ weights, total, out=np.full_like(total, np.nan), where=total > 0)

    return statistic


def median(values: np.ndarray) -> Statistic:
    """Return the statistic that is the weighted median of `values` (rows,), one figure; nan rows are left out."""
    order = np.argsort(values[np.isfinite(values)], kind="stable")
    rows = np.flatnonzero(np.isfinite(values))[order]

    def statistic(weights: np.ndarray) -> np.ndarray:
        if not rows.size:
            return np.full((1, weights.shape[1]), np.nan)
        reached = np.cumsum(weights[rows], axis=0)
        half = reached[-1] / 2
        low, high = ((reached < half).sum(axis=0), (reached <= half).sum(axis=0))
        last = rows.size - 1
        found = (values[rows[np.minimum(low, last)]] + values[rows[np.minimum(high, last)]]) / 2
        return np.where(half > 0, found, np.nan)[None]

    return statistic


def repeated(figures: Callable[[np.ndarray], np.ndarray]) -> Statistic:
    """Return a statistic from one that takes row numbers (rows,), repeated as drawn; slow, but for any figure.

    Args:
        figures: Row numbers to values (figures,).

    """

    def statistic(weights: np.ndarray) -> np.ndarray:
        counts = weights.astype(np.intp)
        rows = np.arange(len(counts))
        return np.stack([figures(np.repeat(rows, column)) for column in counts.T], axis=-1)

    return statistic


def _draw(patients: int, resamples: int, *, rng: np.random.Generator) -> np.ndarray:
    """Return how often each patient was drawn, float64 of shape (patients, resamples)."""
    drawn = rng.integers(0, patients, size=(patients, resamples), dtype=np.uint32).astype(np.intp)
    cells = drawn * resamples + np.arange(resamples)
    return np.bincount(cells.ravel(), minlength=patients * resamples).reshape(patients, resamples).astype(float)
