"""How well a set of features tells a class out of fold, by patient: an area under the curve and its interval."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FOLDS = 5
PENALTY = 10.0
DEVIATIONS = 3.0
"""Standard errors of the interval: as many classes and inputs are looked at, 2 would often be chance."""
FEWEST = 10
"""Patients that a class and its rest each need; below, the interval is as wide as the scale."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """What features tell of one class: area under the curve, its interval, and the number of patients."""

    word: str
    value: float
    low: float
    high: float
    patients: int


def given_away(features: np.ndarray, *, words: Sequence[str], patients: Sequence[str]) -> Given | None:
    """Return the class of `words` that `features` tell best, None where no class has enough patients.

    A ridge regression on the class (one against the rest) scores every row when its patient is held
    out; a patient's rows of one side are averaged, since they are no more than one witness.

    Args:
        features: (rows, features).
        words: The class of each row.
        patients: The patient of each row.

    """
    names = np.asarray(patients)
    fold = _folds(words, patients)
    best: Given | None = None
    for word in sorted(set(words)):
        is_word = np.asarray([w == word for w in words])
        if min(len(set(names[is_word])), len(set(names[~is_word]))) < FEWEST:
            continue
        positive, negative = _witnesses(_scores(features, is_word, fold), is_word, names)
        value, error = auc(positive, negative)
        low, high = max(value - DEVIATIONS * error, 0.0), min(value + DEVIATIONS * error, 1.0)
        if best is None or low > best.low:
            best = Given(word=word, value=value, low=low, high=high, patients=len(set(patients)))
    return best


def auc(positive: np.ndarray, negative: np.ndarray) -> tuple[float, float]:
    """Return the area under the curve and its standard error (Hanley and McNeil 1982).

    Example:
        >>> auc(np.array([2.0, 3.0]), np.array([0.0, 1.0]))[0]
        1.0

    """
    order = np.sort(negative)
    below = np.searchsorted(order, positive, side="left")
    ties = np.searchsorted(order, positive, side="right") - below
    n, m = len(positive), len(negative)
    value = float((below + ties / 2).sum() / (n * m))
    q1, q2 = value / (2 - value), 2 * value**2 / (1 + value)
    variance = (value * (1 - value) + (n - 1) * (q1 - value**2) + (m - 1) * (q2 - value**2)) / (n * m)
    return value, float(np.sqrt(max(variance, 0.0)))


def _folds(words: Sequence[str], patients: Sequence[str]) -> np.ndarray:
    """Return a fold for each row: patients dealt in turn, class by class, in an order that only their name decides."""
    word_of = dict(zip(patients, words, strict=True))
    order = sorted(word_of, key=lambda p: (word_of[p], hashlib.sha256(p.encode()).digest()))
    place = {patient: number % FOLDS for number, patient in enumerate(order)}
    return np.asarray([place[patient] for patient in patients])


def _scores(features: np.ndarray, is_word: np.ndarray, fold: np.ndarray) -> np.ndarray:
    scores = np.zeros(len(features))
    for held in range(FOLDS):
        out = fold == held
        x, y = features[~out].astype(np.float64), is_word[~out].astype(np.float64)
        if not out.any() or not len(x):
            continue
        mean, scale = x.mean(axis=0), x.std(axis=0)
        scale[scale < 1e-9] = 1.0
        x = (x - mean) / scale
        weights = np.linalg.solve(x.T @ x + PENALTY * np.eye(x.shape[1]), x.T @ (y - y.mean()))
        scores[out] = (features[out] - mean) / scale @ weights + y.mean()
    return scores


def _witnesses(scores: np.ndarray, is_word: np.ndarray, names: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    sides = []
    for side in (is_word, ~is_word):
        _, index = np.unique(names[side], return_inverse=True)
        sides.append(np.bincount(index, weights=scores[side]) / np.bincount(index))
    return sides[0], sides[1]
