"""Agreement of raters beyond chance: Cohen's kappa, plain and weighted, and Fleiss's for many raters.

Each is a statistic of row weights, so that it gets an interval from the patient-clustered bootstrap.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from osteon.errors import RequestError
from osteon.metrics.bootstrap import Statistic

Weighting = Literal["none", "linear", "quadratic"]


def cohen(first: np.ndarray, second: np.ndarray, *, classes: int, weighting: Weighting = "none") -> float:
    """Return Cohen's kappa of two raters, class numbers (rows,); nan where both always say the same one class.

    Args:
        first: Class number of each row, from 0.
        second: The other rater's, in the same order.
        classes: How many there are.
        weighting: "linear" or "quadratic" for classes with an order (Cohen 1968).

    Raises:
        RequestError: The raters did not rate the same rows, or a number is no class.

    Example:
        >>> round(cohen(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), classes=2), 2)
        0.5

    """
    statistic = cohen_statistic(first, second, classes=classes, weighting=weighting)
    return float(statistic(np.ones((np.size(first), 1)))[0])


def cohen_statistic(first: np.ndarray, second: np.ndarray, *, classes: int, weighting: Weighting = "none") -> Statistic:
    """Return Cohen's kappa as a statistic of row weights; arguments and errors as of `cohen`."""
    first, second = np.asarray(first), np.asarray(second)
    _check(np.stack([first, second], axis=-1) if first.shape == second.shape else None, classes)
    cell = np.zeros((classes * classes, first.size))
    cell[first * classes + second, np.arange(first.size)] = 1.0
    gap = np.abs(np.subtract.outer(np.arange(classes), np.arange(classes))).astype(float)
    cost = {"none": (gap > 0).astype(float), "linear": gap, "quadratic": gap**2}[weighting].ravel()

    def statistic(weights: np.ndarray) -> np.ndarray:
        table = (cell @ weights).reshape(classes, classes, -1)
        total = np.maximum(table.sum(axis=(0, 1)), 1e-300)
        chance = np.einsum("ir,jr->ijr", table.sum(axis=1), table.sum(axis=0)) / total
        expected = cost @ chance.reshape(classes * classes, -1)
        found = cost @ table.reshape(classes * classes, -1)
        return 1.0 - np.divide(found, expected, out=np.full_like(found, np.nan), where=expected > 0)

    return statistic


def fleiss(ratings: np.ndarray, *, classes: int) -> float:
    """Return Fleiss's kappa of `ratings` (rows, raters), class numbers from 0; nan where only one class occurs.

    Raises:
        RequestError: Fewer than two raters, or a number is no class.

    """
    return float(fleiss_statistic(ratings, classes=classes)(np.ones((len(ratings), 1)))[0])


def fleiss_statistic(ratings: np.ndarray, *, classes: int) -> Statistic:
    """Return Fleiss's kappa as a statistic of row weights; arguments and errors as of `fleiss`."""
    ratings = np.asarray(ratings)
    _check(ratings, classes)
    raters = ratings.shape[1]
    counts = np.stack([(ratings == k).sum(axis=1) for k in range(classes)]).astype(float)
    agree = (counts * (counts - 1)).sum(axis=0) / (raters * (raters - 1))

    def statistic(weights: np.ndarray) -> np.ndarray:
        total = np.maximum(weights.sum(axis=0), 1e-300)
        share = counts @ weights / (total * raters)
        chance = (share**2).sum(axis=0)
        gap = agree @ weights / total - chance
        return np.divide(gap, 1.0 - chance, out=np.full_like(gap, np.nan), where=chance < 1.0 - 1e-12)

    return statistic


def _check(ratings: np.ndarray | None, classes: int) -> None:
    """Raise unless two raters or more gave each row one of `classes`."""
    if ratings is None or ratings.ndim != 2 or ratings.shape[1] < 2 or not ratings.size:
        msg = "Agreement needs two raters at least, who rated the same rows; keep the rows that all of them rated."
        raise RequestError(msg)
    if not np.issubdtype(ratings.dtype, np.integer) or ratings.min() < 0 or ratings.max() >= classes:
        msg = f"Ratings must be class numbers from 0 to {classes - 1}; got {ratings.min()} to {ratings.max()}."
        raise RequestError(msg)
