"""Whether features look like those a network was trained on.

Lee K. et al., A simple unified framework for detecting out-of-distribution samples, NeurIPS 2018 (class means, one
shared covariance), in the leading principal components; what these leave over is judged by its length. The covariance
is shrunk as in Ledoit and Wolf 2004.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from osteon.errors import InputError

COMPONENTS = 64
PASS = 0.96
"""Share of held-out studies that lie within the limit."""


def fit(
    features: np.ndarray, classes: np.ndarray, *, held_out: np.ndarray | None = None, share: float = PASS
) -> dict[str, np.ndarray]:
    """Return the statistics that `score` needs; small enough to lie beside the weights.

    Args:
        features: Of the training studies, shape (n, d).
        classes: Their class, shape (n,); any labels. One constant label fits a single cloud.
        held_out: Features of studies the network was not trained on, shape (m, d), which set the limit. Without
            them the limit comes from five folds of `features`, too strict where the network has overfitted.
        share: Of the held-out studies that shall pass.

    Raises:
        InputError: When shapes do not fit, a value is not finite, or there are fewer than ten studies.

    """
    features, classes = _checked(features, classes)
    stats = _fit(features, classes)
    if held_out is None:
        found = _out_of_fold(features, classes)
    else:
        found = _distances(stats, np.atleast_2d(np.asarray(held_out, dtype=np.float64)))
    return recalibrate(stats, found, share=share)


def recalibrate(stats: Mapping[str, np.ndarray], found: np.ndarray, *, share: float = PASS) -> dict[str, np.ndarray]:
    """Return `stats` with the limit set so that `share` of `found` (n, 2), made by `distances`, pass."""
    unit = np.maximum(np.median(found, axis=0), 1e-12)
    joint = np.linalg.norm(found / unit, axis=1)
    limit = np.quantile(joint, share)
    return {
        **stats,
        "unit": unit.astype(np.float32),
        "limit": np.array(limit, dtype=np.float32),
        "quantiles": np.quantile(joint / limit, np.linspace(0, 1, 101)).astype(np.float32),
    }


def distances(stats: Mapping[str, np.ndarray], features: np.ndarray) -> np.ndarray:
    """Return (distance to the nearest class, length of what the components leave over), shape (m, 2), of (m, d)."""
    features = np.atleast_2d(np.asarray(features, dtype=np.float64))
    if features.shape[1] != stats["centre"].shape[0]:
        msg = (
            f"The out-of-distribution statistics are of {stats['centre'].shape[0]} features and the network gave "
            f"{features.shape[1]}; the weights folder mixes two trainings."
        )
        raise InputError(msg)
    return _distances(stats, features)


def score(stats: Mapping[str, np.ndarray], features: np.ndarray) -> float:
    """Return how far `features` (d,) lie from the training data: up to 1 inside, above 1 out of distribution.

    Features that are not finite are infinitely far.
    """
    if not np.isfinite(features).all():
        return float("inf")
    joint = np.linalg.norm(distances(stats, features)[0] / stats["unit"])
    return float(joint / np.asarray(stats["limit"]).item())


def _fit(features: np.ndarray, classes: np.ndarray) -> dict[str, np.ndarray]:
    centre = features.mean(axis=0)
    scale = features.std(axis=0)
    scale = np.where(scale > 1e-6 * max(float(scale.max()), 1e-12), scale, 1.0)
    z = (features - centre) / scale
    _, _, axes = np.linalg.svd(z, full_matrices=False)
    axes = axes[: min(COMPONENTS, z.shape[1], max(1, len(z) // 4))]
    low = z @ axes.T
    names, index = np.unique(classes, return_inverse=True)
    means = np.stack([low[index == i].mean(axis=0) for i in range(len(names))])
    covariance = _shrunk(low - means[index])
    stats = {
        "centre": centre,
        "scale": scale,
        "axes": axes,
        "means": means,
        "precision": np.linalg.pinv(covariance, hermitian=True),
    }
    return {name: np.ascontiguousarray(value, dtype=np.float32) for name, value in stats.items()}


def _shrunk(centred: np.ndarray) -> np.ndarray:
    """Return the covariance of rows (n, p) about 0, shrunk towards a multiple of the identity."""
    n, p = centred.shape
    plain = centred.T @ centred / n
    mean = np.trace(plain) / p
    squared = centred**2
    noise = ((squared.T @ squared).sum() / n - (plain**2).sum()) / (n * p)
    spread = ((plain**2).sum() - 2 * mean * np.trace(plain) + p * mean**2) / p
    share = min(max(noise, 0.0), spread) / spread if spread > 0 else 0.0
    return (1 - share) * plain + share * mean * np.eye(p)


def _distances(stats: Mapping[str, np.ndarray], features: np.ndarray) -> np.ndarray:
    s = {name: np.asarray(stats[name], dtype=np.float64) for name in ("centre", "scale", "axes", "means", "precision")}
    z = (features - s["centre"]) / s["scale"]
    low = z @ s["axes"].T
    away = low[:, None, :] - s["means"][None]
    near = np.einsum("ncd,de,nce->nc", away, s["precision"], away).min(axis=1)
    left = np.linalg.norm(z - low @ s["axes"], axis=1)
    return np.stack([np.sqrt(np.maximum(near, 0)), left], axis=1)


def _out_of_fold(features: np.ndarray, classes: np.ndarray) -> np.ndarray:
    fold = np.arange(len(features)) % 5
    found = np.empty((len(features), 2))
    for k in range(5):
        found[fold == k] = _distances(_fit(features[fold != k], classes[fold != k]), features[fold == k])
    return found


def _checked(features: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    features = np.asarray(features, dtype=np.float64)
    classes = np.asarray(classes)
    if features.ndim != 2 or classes.shape != features.shape[:1] or len(features) < 10:
        msg = (
            f"Out-of-distribution statistics got features of shape {features.shape} and classes of shape "
            f"{classes.shape}; they need (n, d) and (n,) with n of at least 10."
        )
        raise InputError(msg)
    if not np.isfinite(features).all():
        msg = "Out-of-distribution statistics got features that are not finite; the training has diverged."
        raise InputError(msg)
    return features, classes
