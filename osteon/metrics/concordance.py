"""Harrell's concordance: of two patients, did the one at higher risk fail first."""

from __future__ import annotations

import numpy as np

from osteon.metrics.bootstrap import Statistic

_ROWS = 512  # pairs are compared this many rows at a time, so that memory grows with n, not n^2


def concordance_statistic(risk: np.ndarray, days: np.ndarray, event: np.ndarray) -> Statistic:
    """Return the weighted concordance as a statistic for `bootstrap.resample`; nan without a comparable pair."""
    risk, days, event = np.asarray(risk, float), np.asarray(days, float), np.asarray(event, bool)

    def statistic(weights: np.ndarray) -> np.ndarray:
        won, pairs = np.zeros(weights.shape[1]), np.zeros(weights.shape[1])
        for start in range(0, risk.size, _ROWS):
            rows = slice(start, start + _ROWS)
            later = (days[rows, None] < days) | ((days[rows, None] == days) & ~event)
            comparable = later & event[rows, None]
            wins = comparable * ((risk[rows, None] > risk) + 0.5 * (risk[rows, None] == risk))
            won += (weights[rows] * (wins @ weights)).sum(axis=0)
            pairs += (weights[rows] * (comparable @ weights)).sum(axis=0)
        return np.divide(won, pairs, out=np.full_like(won, np.nan), where=pairs > 0)

    return statistic


def concordance(risk: np.ndarray, days: np.ndarray, event: np.ndarray) -> float:
    """Return Harrell's C (1996); nan without a comparable pair.

    Args:
        risk: (rows,), higher is worse; ties count half.
        days: (rows,), to the event or to censoring.
        event: (rows,), whether it happened. A pair is comparable when the earlier of the two ends in the
            event; one that is censored on the very day of the other's event counts as later.

    Example:
        >>> concordance(np.array([3.0, 2.0, 1.0]), np.array([10, 20, 30]), np.array([True, True, False]))
        1.0

    """
    return float(concordance_statistic(risk, days, event)(np.ones((len(risk), 1)))[0])
