"""Soft voting of several members after each one's probability is moved by a threshold of its own.

Eweje 2021: p becomes p + (1 - p)(1 - t); t from 0.65 to 0.90 in steps of 0.01; the setting with the highest Youden
index among those with a sensitivity above 0.90 wins.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

THRESHOLDS = np.round(np.arange(0.65, 0.901, 0.01), 2)
LEAST_SENSITIVITY = 0.90


def moved(probability: np.ndarray, threshold: np.ndarray | float) -> np.ndarray:
    """Return p + (1 - p)(1 - t): itself at t = 1, 1 at t = 0, never lower.

    >>> moved(np.array([0.2, 0.2]), np.array([1.0, 0.0])).tolist()
    [0.2, 1.0]

    """
    return probability + (1 - probability) * (1 - threshold)


class SoftVote(ClassifierMixin, BaseEstimator):
    """The mean of the members' moved probabilities, columns of X; nan where a member is silent, 0.5 where all are.

    Fitted on patients that no member was fitted on: every setting of 26 thresholds a member is tried, the first of the
    best is kept.

    Args:
        least_sensitivity: What a setting must exceed; where none does, the highest Youden index alone decides.

    """

    def __init__(self, least_sensitivity: float = LEAST_SENSITIVITY) -> None:
        self.least_sensitivity = least_sensitivity

    def fit(self, X: np.ndarray, y: np.ndarray) -> SoftVote:  # noqa: N803 - scikit-learn's own name
        """Search the thresholds on X (patients, members) and y, 0 or 1."""
        votes, truth = np.asarray(X, dtype=float), np.asarray(y) > 0
        self.classes_ = np.array([0, 1])
        settings = (np.array(t) for t in product(THRESHOLDS, repeat=votes.shape[1]))
        self.thresholds_ = max(settings, key=lambda t: self._merit(votes, truth, t))
        return self

    def _merit(self, votes: np.ndarray, truth: np.ndarray, thresholds: np.ndarray) -> tuple[bool, float]:
        said = _mean(votes, thresholds) > 0.5
        sensitivity = said[truth].mean() if truth.any() else 0.0
        specificity = (~said[~truth]).mean() if (~truth).any() else 0.0
        return bool(sensitivity > self.least_sensitivity), float(sensitivity + specificity)

    def predict_proba(self, X: np.ndarray) -> np.ndarray:  # noqa: N803 - scikit-learn's own name
        """Return (patients, 2): 1 - p and p."""
        p = _mean(np.asarray(X, dtype=float), self.thresholds_)
        return np.stack([1 - p, p], axis=1)

    def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803 - scikit-learn's own name
        """Return 0 or 1."""
        return (self.predict_proba(X)[:, 1] > 0.5).astype(int)


def _mean(votes: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    there = ~np.isnan(votes)
    shifted = np.where(there, moved(np.nan_to_num(votes), thresholds), 0.0)
    return np.where(there.any(axis=1), shifted.sum(axis=1) / np.maximum(there.sum(axis=1), 1), 0.5)
