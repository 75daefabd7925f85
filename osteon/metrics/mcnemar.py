"""McNemar's exact test: do two systems err on the same patients equally often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest


@dataclass(frozen=True, kw_only=True)
class McNemar:
    """Rows that only the first, and only the second had right, and the exact two-sided p."""

    only_first: int
    only_second: int
    p: float


def mcnemar(first_right: np.ndarray, second_right: np.ndarray) -> McNemar:
    """Return the exact test of two boolean arrays (rows,): was each row right. One row a patient.

    p is 1 when the two never disagree.

    Example:
        >>> first = np.array([True] * 9 + [False])
        >>> mcnemar(first, ~first).p
        0.021484375

    """
    first_right, second_right = np.asarray(first_right, bool), np.asarray(second_right, bool)
    b, c = int((first_right & ~second_right).sum()), int((~first_right & second_right).sum())
    p = float(binomtest(b, b + c, 0.5).pvalue) if b + c else 1.0
    return McNemar(only_first=b, only_second=c, p=p)
