"""Average precision: the area under the steps of precision over recall."""

from __future__ import annotations

import numpy as np

from osteon.metrics.bootstrap import Statistic


def average_precision_statistic(truth: np.ndarray, scores: np.ndarray) -> Statistic:
    """Return the weighted average precision as a statistic for `bootstrap.resample`.

    Each threshold adds its gain in recall times its precision; nothing is interpolated. nan without positives.
    """
    truth, scores = np.asarray(truth, bool), np.asarray(scores, float)
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.diff(scores[order], append=-np.inf))
    hit = truth[order][:, None]

    def statistic(weights: np.ndarray) -> np.ndarray:
        called = np.cumsum(weights[order], axis=0)[ends]
        found = np.cumsum(weights[order] * hit, axis=0)[ends]
        gain = np.diff(found, axis=0, prepend=0.0)
        precision = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
        area, total = (gain * precision).sum(axis=0), found[-1]
        return np.divide(area, total, out=np.full_like(total, np.nan), where=total > 0)

    return statistic


def average_precision(truth: np.ndarray, scores: np.ndarray) -> float:
    """Return the average precision of `scores` (rows,) for `truth` (rows,); nan without positives.

    Example:
        >>> round(average_precision(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])), 4)
        0.8333

    """
    return float(average_precision_statistic(truth, scores)(np.ones((len(truth), 1)))[0])
