"""The receiver operating characteristic and the area under it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.metrics import bootstrap
from osteon.metrics.bootstrap import Statistic


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """Points of the curve from (0, 0) to (1, 1).

    Attributes:
        false_positive_rate, true_positive_rate: Rising, shape (points,).
        thresholds: Score from which on a row counts as positive; the first is inf.

    """

    false_positive_rate: np.ndarray
    true_positive_rate: np.ndarray
    thresholds: np.ndarray


def curve(truth: np.ndarray, scores: np.ndarray) -> Curve:
    """Return the curve of `scores` (rows,) for `truth` (rows,), 1 or True where positive.

    Rates are nan where their class has no row.
    """
    truth, scores = np.asarray(truth, bool), np.asarray(scores, float)
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.diff(scores[order], append=-np.inf))
    hits, alarms = np.cumsum(truth[order])[ends], np.cumsum(~truth[order])[ends]
    with np.errstate(invalid="ignore"):
        return Curve(
            false_positive_rate=np.append(0, alarms) / np.float64((~truth).sum()),
            true_positive_rate=np.append(0, hits) / np.float64(truth.sum()),
            thresholds=np.append(np.inf, scores[order][ends]),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Band:
    """Pointwise interval of the true positive rate at each false positive rate, shape (points,)."""

    false_positive_rate: np.ndarray
    low: np.ndarray
    high: np.ndarray


def band(truth: np.ndarray, scores: np.ndarray, *, patients: np.ndarray, rng: np.random.Generator) -> Band:
    """Return the pointwise 95 % interval of the curve from the patient-clustered bootstrap.

    Args:
        truth: (rows,), 1 or True where positive.
        scores: (rows,).
        patients: Of each row.
        rng: Where the draws come from.

    """
    truth, scores = np.asarray(truth, bool), np.asarray(scores, float)
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.diff(scores[order], append=-np.inf))
    rate, hit = np.linspace(0.0, 1.0, 101), truth[order][:, None]

    def heights(weights: np.ndarray) -> np.ndarray:
        drawn, start = weights[order], np.zeros((1, weights.shape[1]))
        hits = np.vstack([start, np.cumsum(drawn * hit, axis=0)[ends]])
        alarms = np.vstack([start, np.cumsum(drawn * ~hit, axis=0)[ends]])
        with np.errstate(invalid="ignore"):
            curves = zip((alarms / alarms[-1]).T, (hits / hits[-1]).T, strict=True)
        return np.stack([np.interp(rate, *curve) for curve in curves], axis=-1)

    draws = bootstrap.resample(heights, np.asarray(patients), rng=rng)
    sides = [bootstrap.percentile(at) for at in draws]
    return Band(false_positive_rate=rate, low=np.array([s.low for s in sides]), high=np.array([s.high for s in sides]))


def auc_statistic(truth: np.ndarray, scores: np.ndarray) -> Statistic:
    """Return the weighted area under the curve as a statistic for `bootstrap.resample`.

    The rows are sorted once. The area is the weight of the pairs in which the positive row scores higher,
    ties counting half, over the weight of all pairs; nan where a class has no weight.
    """
    truth, scores = np.asarray(truth, bool), np.asarray(scores, float)
    positive, negative = np.flatnonzero(truth), np.flatnonzero(~truth)
    negative = negative[np.argsort(scores[negative], kind="stable")]
    positive = positive[np.argsort(scores[positive], kind="stable")]
    below = np.searchsorted(scores[negative], scores[positive], side="left")
    up_to = np.searchsorted(scores[negative], scores[positive], side="right")
    tied = bool((below != up_to).any())

    def statistic(weights: np.ndarray) -> np.ndarray:
        seen = np.zeros((negative.size + 1, weights.shape[1]))
        np.cumsum(weights[negative], axis=0, out=seen[1:])
        mine = weights[positive]
        lower = (seen[below] + seen[up_to]) / 2.0 if tied else seen[below]
        pairs = mine.sum(axis=0) * seen[-1]
        won = np.einsum("rb,rb->b", mine, lower)
        return np.divide(won, pairs, out=np.full_like(won, np.nan), where=pairs > 0)

    return statistic


def auc(truth: np.ndarray, scores: np.ndarray) -> float:
    """Return the area under the curve; nan when there is one class only.

    Args:
        truth: (rows,), 1 or True where positive.
        scores: (rows,), higher for more believed positive; ties count half.

    Example:
        >>> auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
        0.75

    """
    return float(auc_statistic(truth, scores)(np.ones((len(truth), 1)))[0])


def one_versus_rest(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return the area of each class against the others, shape (classes,); nan for a class that is absent.

    Args:
        truth: (rows,), index of the class.
        probabilities: (rows, classes).

    """
    truth = np.asarray(truth)
    return np.array([auc(truth == k, column) for k, column in enumerate(np.asarray(probabilities).T)])


def macro_auc(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the plain mean of the one-versus-rest areas; nan when any class is absent or fills the set."""
    return float(np.mean(one_versus_rest(truth, probabilities)))
