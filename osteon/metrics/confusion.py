"""The confusion matrix and what is read off it.

A matrix has shape (classes, classes, ...): truth along the first axis, prediction along the second; further
axes (the resamples of a bootstrap) pass through. A ratio without a denominator is nan.
"""

from __future__ import annotations

import numpy as np

from osteon.errors import RequestError


def matrix(truth: np.ndarray, predicted: np.ndarray, *, classes: int, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the counts (classes, classes), or with `weights` (rows, resamples) the counts of each resample.

    Args:
        truth: Class of each row, (rows,), 0 to classes - 1.
        predicted: The same, as predicted.
        classes: How many there are.
        weights: How often each row counts in each resample.

    Raises:
        RequestError: A class outside the range, or arrays that do not fit each other.

    """
    truth, predicted = np.asarray(truth), np.asarray(predicted)
    both = np.concatenate([truth.ravel(), predicted.ravel()])
    if truth.shape != predicted.shape or truth.ndim != 1 or (both.size and not 0 <= both.min() <= both.max() < classes):
        msg = (
            f"A confusion matrix needs two arrays (rows,) of classes 0 to {classes - 1}; "
            f"got shapes {truth.shape} and {predicted.shape}. Number the classes in their order."
        )
        raise RequestError(msg)
    cell = truth * classes + predicted
    if weights is None:
        return np.bincount(cell, minlength=classes * classes).reshape(classes, classes)
    member = (np.arange(classes * classes)[:, None] == cell).astype(float)
    return (member @ weights).reshape(classes, classes, -1)


def accuracy(counts: np.ndarray) -> np.ndarray:
    """Return the share of rows that are right, shape (...)."""
    return _ratio(_hits(counts).sum(axis=0), counts.sum(axis=(0, 1)))


def sensitivity(counts: np.ndarray) -> np.ndarray:
    """Return, for each class, the share of its rows that were found (recall), shape (classes, ...)."""
    return _ratio(_hits(counts), counts.sum(axis=1))


def specificity(counts: np.ndarray) -> np.ndarray:
    """Return, for each class, the share of the other rows that were not called it, shape (classes, ...)."""
    hits, total = _hits(counts), counts.sum(axis=(0, 1))
    others = total - counts.sum(axis=1)
    return _ratio(others - (counts.sum(axis=0) - hits), others)


def precision(counts: np.ndarray) -> np.ndarray:
    """Return, for each class, the share of the rows called it that are it, shape (classes, ...)."""
    return _ratio(_hits(counts), counts.sum(axis=0))


def f1(counts: np.ndarray) -> np.ndarray:
    """Return, for each class, 2 TP / (2 TP + FP + FN), shape (classes, ...)."""
    return _ratio(2 * _hits(counts), counts.sum(axis=0) + counts.sum(axis=1))


def balanced_accuracy(counts: np.ndarray) -> np.ndarray:
    """Return the mean sensitivity of the classes, shape (...); nan when a class has no row."""
    return sensitivity(counts).mean(axis=0)


def _hits(counts: np.ndarray) -> np.ndarray:
    """Return the diagonal, shape (classes, ...)."""
    return np.moveaxis(np.diagonal(counts), -1, 0)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole; nan where there is no whole."""
    whole = np.asarray(whole, float)
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
