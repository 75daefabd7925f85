"""A volume's values at the voxels of another volume's grid, through the millimetres of both headers."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from osteon.geometry import between, same_place
from osteon.types import Grid


def onto(values: np.ndarray, grid: Grid, target: Grid, *, nearest: bool = False) -> np.ndarray:
    """Return `values` (on `grid`) at the voxels of `target`, float32; beyond the edges the nearest value goes on.

    Linear between voxels, or the `nearest` one's for label maps.
    """
    if same_place(grid, target):
        return np.asarray(values, dtype=np.float32)
    theta = torch.from_numpy(between(target, grid)).float()[None]
    places = functional.affine_grid(theta, [1, 1, *target.shape], align_corners=False)
    volume = torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))[None, None]
    mode = "nearest" if nearest else "bilinear"
    return functional.grid_sample(volume, places, mode=mode, padding_mode="border", align_corners=False)[0, 0].numpy()
