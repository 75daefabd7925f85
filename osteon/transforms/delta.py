"""What changed between two exams: the ratio and the difference of named features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from osteon.errors import InputError

KINDS = ("ratio", "difference")


def names(features: Sequence[str]) -> tuple[str, ...]:
    """Return the names of what `delta` returns: all ratios, then all differences.

    >>> names(["volume_ml"])
    ('delta_ratio_volume_ml', 'delta_difference_volume_ml')

    """
    return tuple(f"delta_{kind}_{name}" for kind in KINDS for name in features)


def delta(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return after / before and after - before of features in one order, float32, shape (2 x features,).

    A ratio to nothing is nan (the estimators impute it); so is what follows from a feature that is nan.

    Args:
        before: (features,), of the first exam.
        after: The same features of the second.

    Raises:
        InputError: The two do not hold the same number of features.

    """
    before, after = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if before.shape != after.shape or before.ndim != 1:
        msg = (
            f"The exams have features of {before.shape} and {after.shape}; measure both with the same settings, one "
            "vector each."
        )
        raise InputError(msg)
    ratio = np.divide(after, before, out=np.full_like(after, np.nan), where=before != 0)
    return np.concatenate([ratio, after - before]).astype(np.float32)
