"""Linear probes: what tells the training films from pictures of another kind (chests, bone scans, slices, tiles).

A distance alone lets through what differs along one direction that films vary in anyway, as a chest does from a
shoulder. A probe looks along that direction only. Its limit is set on held-out films, so it costs few of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module

import numpy as np

STRENGTH = 1e-4
"""Inverse of the ridge on standardised descriptions; small, since a kind may be known from a single patient."""
PASS = 0.995


def fit(films: np.ndarray, others: Mapping[str, np.ndarray], *, held_out: np.ndarray) -> dict[str, np.ndarray]:
    """Return one probe for each kind of `others`, as tensors for `scores`; nothing of the pictures remains.

    Args:
        films: Descriptions of training films, shape (n, d).
        others: Kind to descriptions, shape (m, d).
        held_out: Descriptions of films that were not trained on; 99.5 % of them pass each probe.

    """
    centre, scale = films.mean(axis=0), films.std(axis=0) + 1e-6
    regression = import_module("sklearn.linear_model").LogisticRegression  # a film that is read needs `scores` only
    weights, biases = [], []
    for rows in others.values():
        x = (np.concatenate([films, rows]) - centre) / scale
        y = np.r_[np.zeros(len(films)), np.ones(len(rows))]
        probe = regression(C=STRENGTH, class_weight="balanced", max_iter=500).fit(x, y)
        found = probe.decision_function((held_out - centre) / scale)
        limit = np.quantile(found, PASS)
        spread = max(float(limit - np.median(found)), 1e-6)
        # Folded into the weights: 0 is the median film, 1 the limit.
        weights.append(probe.coef_[0] / scale / spread)
        biases.append((probe.intercept_[0] - np.median(found)) / spread - weights[-1] @ centre)
    return {
        "stranger_weights": np.array(weights, dtype=np.float32).reshape(len(others), films.shape[1]),
        "stranger_biases": np.array(biases, dtype=np.float32),
    }


def scores(stats: Mapping[str, np.ndarray], description: np.ndarray) -> np.ndarray:
    """Return how much `description` (d,) is like each kind of stranger: 0 as the median film, above 1 too much."""
    return np.asarray(stats["stranger_weights"], dtype=np.float64) @ description + stats["stranger_biases"]


def likest(names: Sequence[str], found: np.ndarray) -> str:
    """Return the name of the kind that a picture is most like."""
    return names[int(np.argmax(found))]
