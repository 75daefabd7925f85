"""DeLong's variance of the area under the curve, in O(n log n) (Sun and Xu 2014): one row a patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, rankdata

from osteon.errors import RequestError
from osteon.metrics.proportion import clopper_pearson


@dataclass(frozen=True, kw_only=True, eq=False)
class Areas:
    """Areas of several scores on the same rows, shape (scores,), and their covariance (scores, scores)."""

    auc: np.ndarray
    covariance: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The first area less the second, its interval and the two-sided p; p is nan without any variance."""

    value: float
    low: float
    high: float
    p: float


def areas(truth: np.ndarray, scores: np.ndarray) -> Areas:
    """Return the areas under the curve of `scores` (scores, rows) and their covariance.

    Args:
        truth: (rows,), 1 or True where positive.
        scores: (scores, rows), higher for more believed positive.

    Raises:
        RequestError: `scores` does not fit `truth`.

    """
    truth, scores = np.asarray(truth, bool), np.atleast_2d(np.asarray(scores, float))
    if scores.shape[1:] != truth.shape:
        msg = f"DeLong's variance needs one score a row; got truth of {truth.shape} and scores of {scores.shape}."
        raise RequestError(msg)
    m, n = int(truth.sum()), int((~truth).sum())
    if min(m, n) < 1:
        empty = np.full((len(scores), len(scores)), np.nan)
        return Areas(auc=empty[0].copy(), covariance=empty)
    positive, negative = scores[:, truth], scores[:, ~truth]
    pooled = rankdata(np.hstack([positive, negative]), axis=1)
    won = (pooled[:, :m] - rankdata(positive, axis=1)) / n
    lost = 1.0 - (pooled[:, m:] - rankdata(negative, axis=1)) / m
    spread = _covariance(won) / m + _covariance(lost) / n
    return Areas(auc=won.mean(axis=1), covariance=spread)


def interval(truth: np.ndarray, scores: np.ndarray, *, level: float = 0.95) -> tuple[float, float, float]:
    """Return the area, and its interval: normal, cut to 0 and 1.

    Where the scores separate the classes without fault the variance is 0 and says nothing. The end then comes
    from min(positives, negatives) disjoint pairs, all of them right: the exact interval of n of n.

    Args:
        truth: (rows,), 1 or True where positive.
        scores: (rows,).
        level: Of confidence.

    """
    found = areas(truth, scores)
    area, variance = float(found.auc[0]), float(found.covariance[0, 0])
    pairs = int(min(np.sum(truth), len(truth) - np.sum(truth)))
    if pairs and area in (0.0, 1.0):
        return (area, *clopper_pearson(pairs if area else 0, pairs, level=level))
    half = float(norm.ppf(0.5 + level / 2.0)) * variance**0.5
    return area, float(np.clip(area - half, 0, 1)), float(np.clip(area + half, 0, 1))


def paired_test(truth: np.ndarray, first: np.ndarray, second: np.ndarray, *, level: float = 0.95) -> Difference:
    """Return the difference of two areas on the same rows, with DeLong's test (1988).

    Args:
        truth: (rows,), 1 or True where positive.
        first: Scores of one system, (rows,).
        second: Scores of the other.
        level: Of confidence.

    """
    found = areas(truth, np.stack([first, second]))
    value = float(found.auc[0] - found.auc[1])
    contrast = np.array([1.0, -1.0])
    variance = max(float(contrast @ found.covariance @ contrast), 0.0)
    half = float(norm.ppf(0.5 + level / 2.0)) * variance**0.5
    p = float(2 * norm.sf(abs(value) / variance**0.5)) if variance > 1e-18 else float("nan")
    return Difference(value=value, low=max(value - half, -1.0), high=min(value + half, 1.0), p=p)


def _covariance(components: np.ndarray) -> np.ndarray:
    """Return the covariance of `components` (scores, rows); nan when there is one row only."""
    if components.shape[1] < 2:
        return np.full((len(components), len(components)), np.nan)
    return np.atleast_2d(np.cov(components))
