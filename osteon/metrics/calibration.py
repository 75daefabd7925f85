"""Do probabilities mean what they say: Brier score, reliability curve, calibration error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.metrics.bootstrap import Statistic

BINS = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Reliability:
    """Bins of equal width over 0 to 1 that hold a row, shape (bins used,).

    Attributes:
        predicted: Mean probability.
        observed: Share of rows where it came true.
        counts: Rows.
        patients: Patients among them; the rows, where patients are not known.

    """

    predicted: np.ndarray
    observed: np.ndarray
    counts: np.ndarray
    patients: np.ndarray


def brier(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return each row's Brier score, (rows,); the score of a set is their mean.

    Args:
        truth: Class of each row, (rows,).
        probabilities: (rows, classes). With two classes the squared error of the second (0 to 1), with
            more the sum over the classes (0 to 2), as Brier (1950) and scikit-learn have it.

    """
    probabilities = np.asarray(probabilities, float)
    wanted = np.asarray(truth)[:, None] == np.arange(probabilities.shape[1])
    squared = ((probabilities - wanted) ** 2).sum(axis=1)
    return squared / 2.0 if probabilities.shape[1] == 2 else squared


def reliability(
    outcome: np.ndarray, probability: np.ndarray, *, patients: np.ndarray | None = None, bins: int = BINS
) -> Reliability:
    """Return how often `outcome` (rows,) came true for each bin of `probability` (rows,).

    Args:
        outcome: Whether it came true.
        probability: 0 to 1.
        patients: Of each row; None where each row is a patient.
        bins: How many, empty ones included.

    """
    member = _members(probability, bins)
    member = member[member.any(axis=1)]
    counts = member.sum(axis=1)
    predicted, observed = (member @ np.asarray(v, float) / counts for v in (probability, outcome))
    owners = np.arange(counts.sum()) if patients is None else np.asarray(patients)
    distinct = np.array([np.unique(owners[rows > 0]).size for rows in member], int)
    return Reliability(predicted=predicted, observed=observed, counts=counts.astype(int), patients=distinct)


def calibration_error_statistic(outcome: np.ndarray, probability: np.ndarray, *, bins: int = BINS) -> Statistic:
    """Return the weighted expected calibration error as a statistic for `bootstrap.resample`."""
    gaps = _members(probability, bins) * (np.asarray(outcome, float) - np.asarray(probability, float))

    def statistic(weights: np.ndarray) -> np.ndarray:
        total = weights.sum(axis=0)
        error = np.abs(gaps @ weights).sum(axis=0)
        return np.divide(error, total, out=np.full_like(total, np.nan), where=total > 0)

    return statistic


def expected_calibration_error(outcome: np.ndarray, probability: np.ndarray, *, bins: int = BINS) -> float:
    """Return the mean gap of what was predicted and what came true over bins of equal width; nan of no row.

    For several classes pass whether the most probable class was right, and its probability (Guo 2017).
    """
    return float(calibration_error_statistic(outcome, probability, bins=bins)(np.ones((len(outcome), 1)))[0])


def _members(probability: np.ndarray, bins: int) -> np.ndarray:
    """Return which bin each row is in, (bins, rows); a bin holds its upper edge."""
    inner = np.linspace(0.0, 1.0, bins + 1)[1:-1]
    bin_of = np.searchsorted(inner, np.asarray(probability, float), side="left")
    return (np.arange(bins)[:, None] == bin_of).astype(float)
