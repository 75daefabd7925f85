"""Temperature scaling: one number that makes probabilities mean what they say.

Guo C. et al., On calibration of modern neural networks, ICML 2017.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from osteon.errors import InputError

COLDEST, HOTTEST = 0.1, 10.0


def fit_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """Return the temperature that makes the held-out `truth` most likely.

    Above 1 the network was too sure of itself, below 1 not sure enough. The search keeps to 0.1 to 10,
    so a validation set that the network separates perfectly cannot drive it to 0.

    Args:
        logits: Of held-out studies, shape (n, k); logarithms of probabilities serve as well.
        truth: Index of the true class, shape (n,).

    Raises:
        InputError: When the shapes do not fit, a value is not finite, or a class index is impossible.

    >>> logits = np.array([[8.0, 0.0], [8.0, 0.0], [8.0, 0.0], [8.0, 0.0]])
    >>> round(fit_temperature(logits, np.array([0, 0, 0, 1])), 2)  # right in 3 of 4: ln 3 = 8 / 7.28
    7.28

    """
    logits, truth = _checked(logits, truth)

    def loss(log_t: float) -> float:
        logp = log_softmax(logits / np.exp(log_t), axis=1)
        return float(-logp[np.arange(len(truth)), truth].mean())

    best = minimize_scalar(loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded")
    return float(np.exp(best.x))


def apply(logits: np.ndarray, *, temperature: float) -> np.ndarray:
    """Return the calibrated probabilities of `logits`, both of shape (..., k).

    >>> apply(np.array([2.0, 0.0]), temperature=2.0).round(3).tolist()
    [0.731, 0.269]

    """
    if not temperature > 0:
        msg = f"A temperature of {temperature} cannot be applied; it must be above 0."
        raise InputError(msg)
    return softmax(np.asarray(logits, dtype=np.float64) / temperature, axis=-1)


def _checked(logits: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    logits = np.asarray(logits, dtype=np.float64)
    truth = np.asarray(truth)
    if logits.ndim != 2 or truth.shape != logits.shape[:1] or len(truth) == 0:
        msg = (
            f"Temperature scaling got logits of shape {logits.shape} and truth of shape {truth.shape}; "
            "it needs (n, k) and (n,) with at least one study."
        )
        raise InputError(msg)
    if not np.isfinite(logits).all():
        msg = "Temperature scaling got logits that are not finite; clip probabilities before taking logarithms."
        raise InputError(msg)
    truth = truth.astype(np.int64)
    if truth.min() < 0 or truth.max() >= logits.shape[1]:
        msg = f"Temperature scaling got class {int(truth.max())}; with {logits.shape[1]} classes 0 to k - 1 are meant."
        raise InputError(msg)
    return logits, truth
