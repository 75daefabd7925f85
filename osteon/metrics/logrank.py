"""The log-rank test: do the groups of a reader or a system live equally long."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from osteon.errors import RequestError


@dataclass(frozen=True, kw_only=True)
class LogRank:
    """Observed and expected events of each group in `groups`, the statistic, and its p."""

    groups: tuple[str, ...]
    observed: tuple[float, ...]
    expected: tuple[float, ...]
    chi2: float
    p: float


def logrank(group: np.ndarray, days: np.ndarray, event: np.ndarray) -> LogRank:
    """Return the log-rank test (Mantel 1966) of two or more groups, ties by the hypergeometric variance.

    Args:
        group: (patients,), any labels; one row a patient.
        days: (patients,), to the event or to censoring.
        event: (patients,), whether it happened.

    Raises:
        RequestError: There is one group, or no event.

    Example:
        >>> test = logrank(np.array(["a", "a", "b", "b"]), np.array([1, 2, 3, 4]), np.ones(4))
        >>> test.observed, round(test.chi2, 3)
        ((2.0, 2.0), 2.882)

    """
    names, which = np.unique(np.asarray(group, dtype=str), return_inverse=True)
    days, event = np.asarray(days, float), np.asarray(event, bool)
    if names.size < 2 or not event.any():
        msg = f"A log-rank test needs two groups and an event; there are {names.size} groups, {event.sum()} events."
        raise RequestError(msg)
    member = which == np.arange(names.size)[:, None]
    observed, expected, variance = np.zeros(names.size), np.zeros(names.size), np.zeros((names.size, names.size))
    for day in np.unique(days[event]):
        at_risk = (member & (days >= day)).sum(axis=1)
        died = (member & (days == day) & event).sum(axis=1)
        n, d = at_risk.sum(), died.sum()
        share = at_risk / n
        observed += died
        expected += d * share
        if n > 1:
            variance += d * (n - d) / (n - 1) * (np.diag(share) - np.outer(share, share))
    excess = (observed - expected)[:-1]
    statistic = float(excess @ np.linalg.pinv(variance[:-1, :-1]) @ excess)
    return LogRank(
        groups=tuple(map(str, names)),
        observed=tuple(map(float, observed)),
        expected=tuple(map(float, expected)),
        chi2=statistic,
        p=float(chi2.sf(statistic, names.size - 1)),
    )
