"""A score as every table shows it: three digits, an interval beside it, a dash where it is undefined."""

from __future__ import annotations

import math

from osteon.types import Score

DASH = "-"


def number(value: float) -> str:
    """Return a figure with three digits.

    >>> number(0.81449), number(-0.05), number(float("nan"))
    ('0.814', '-0.050', '-')

    """
    return f"{value:.3f}" if math.isfinite(value) else DASH


def interval(score: Score) -> str:
    """Return the interval of a score; of an undefined one, or one that cannot be bounded, a dash.

    >>> from osteon.types import Evidence
    >>> score = Score(metric="auc", value=0.8, low=0.71, high=1, method="", unit="", n=1, patients=1,
    ...               evidence=Evidence.REAL)
    >>> interval(score)
    '0.710 to 1.000'

    """
    ends = (score.low, score.high)
    return " to ".join(map(number, ends)) if any(map(math.isfinite, ends)) else DASH


def whole(score: Score) -> str:
    """Return a score with its interval in brackets; of an undefined one a dash alone."""
    return f"{number(score.value)} ({interval(score)})" if math.isfinite(score.value) else DASH
