"""How much a lesion takes up on PET: the highest value, the metabolic volume and the total glycolysis."""

from __future__ import annotations

import numpy as np


def uptake(values: np.ndarray, mask: np.ndarray, *, voxel_ml: float) -> tuple[float, float, float]:
    """Return SUVmax, metabolic tumour volume (MTV, ml) and total lesion glycolysis (TLG, SUV ml), SUVmean x MTV.

    Args:
        values: SUV, of any shape.
        mask: Above 0 inside the lesion, of the same shape, and not empty.
        voxel_ml: Volume of one voxel.

    Example:
        >>> uptake(np.array([[[2.0, 4.0, 9.0]]]), np.array([[[1, 1, 0]]]), voxel_ml=0.5)
        (4.0, 1.0, 3.0)

    """
    inside = values[mask > 0]
    volume = float(inside.size * voxel_ml)
    return float(inside.max()), volume, float(inside.mean()) * volume
