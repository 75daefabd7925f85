"""The broad fluorescence under a Raman spectrum, taken off."""

from __future__ import annotations

import numpy as np
from pybaselines import Baseline


def remove_baseline(counts: np.ndarray, *, stiffness: float = 1e5, asymmetry: float = 1e-2) -> np.ndarray:
    """Return `counts` (points,) less a baseline by asymmetric least squares (Eilers and Boelens 2005).

    `stiffness` (lambda) sets how broad a band must be to be taken off; `asymmetry` (p) how far
    the baseline stays below. Peak positions are kept.
    """
    baseline, _ = Baseline().asls(counts, lam=stiffness, p=asymmetry, max_iter=20)
    return counts - baseline
