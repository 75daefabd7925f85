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


def counted(score: Score) -> str:
    """Return what a score counts, and whose they are.

    >>> from osteon.types import Evidence
    >>> counted(Score(metric="auc", value=0.8, low=0.7, high=1, method="", unit="spectrum", n=303, patients=101,
    ...               evidence=Evidence.REAL))
    '303 spectra of 101 patients'

    """
    patients = f"{score.patients:,} patient{'s' * (score.patients != 1)}"
    return patients if score.unit == "patient" else f"{score.n:,} {several(score.unit)} of {patients}"


def several(unit: str) -> str:
    """Return the plural of a unit."""
    return {"spectrum": "spectra", "study": "studies"}.get(unit, f"{unit}s")


def whole(score: Score) -> str:
    """Return a score with its interval in brackets; of an undefined one a dash alone."""
    return f"{number(score.value)} ({interval(score)})" if math.isfinite(score.value) else DASH
