"""Do two measurements of one quantity agree: correlation, intraclass correlation, Bland and Altman."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata, t


@dataclass(frozen=True, kw_only=True)
class BlandAltman:
    """Bias (mean of measured - truth), limits of agreement, and 95 % intervals of all three, in the data's unit."""

    bias: float
    bias_interval: tuple[float, float]
    lower: float
    lower_interval: tuple[float, float]
    upper: float
    upper_interval: tuple[float, float]
    n: int


def pearson(first: np.ndarray, second: np.ndarray) -> float:
    """Return the correlation of two arrays (rows,); nan when one is constant or there is one row."""
    a, b = (np.asarray(v, float) - np.mean(v) for v in (first, second))
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(np.clip(a @ b / scale, -1.0, 1.0)) if scale > 0 else float("nan")


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Return the correlation of the ranks, ties at their mean; nan when one is constant."""
    return pearson(rankdata(first), rankdata(second))


def intraclass(ratings: np.ndarray) -> float:
    """Return ICC(2,1): absolute agreement of single ratings, two-way random (Shrout and Fleiss 1979).

    Args:
        ratings: (rows, raters), two of each at least; else nan.

    """
    ratings = np.asarray(ratings, float)
    n, k = ratings.shape
    if n < 2 or k < 2:
        return float("nan")
    grand, of_row, of_rater = ratings.mean(), ratings.mean(axis=1), ratings.mean(axis=0)
    rows = k * ((of_row - grand) ** 2).sum() / (n - 1)
    raters = n * ((of_rater - grand) ** 2).sum() / (k - 1)
    rest = ((ratings - of_row[:, None] - of_rater + grand) ** 2).sum() / ((n - 1) * (k - 1))
    total = rows + (k - 1) * rest + k * (raters - rest) / n
    return float((rows - rest) / total) if total > 0 else float("nan")


def bland_altman(measured: np.ndarray, truth: np.ndarray, *, level: float = 0.95) -> BlandAltman:
    """Return bias and limits of agreement of two arrays (rows,), one row a patient.

    The limits are bias -+ 1.96 standard deviations, their variance 3 s^2 / n (Bland and Altman 1986); ends are nan
    of fewer than two rows.
    """
    gaps = np.asarray(measured, float) - np.asarray(truth, float)
    n = gaps.size
    bias = float(gaps.mean()) if n else float("nan")
    spread = float(gaps.std(ddof=1)) if n > 1 else float("nan")
    reach = float(t.ppf(0.5 + level / 2.0, n - 1)) * spread / n**0.5 if n > 1 else float("nan")
    lower, upper = bias - 1.96 * spread, bias + 1.96 * spread

    def around(centre: float, half: float) -> tuple[float, float]:
        return centre - half, centre + half

    return BlandAltman(
        bias=bias,
        bias_interval=around(bias, reach),
        lower=lower,
        lower_interval=around(lower, reach * 3**0.5),
        upper=upper,
        upper_interval=around(upper, reach * 3**0.5),
        n=n,
    )
