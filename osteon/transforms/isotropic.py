"""A volume's field on cubic voxels, and volumes of other grids brought to it."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage
from torch.nn import functional

from osteon.geometry import between, matrix, volume_grid
from osteon.types import Grid


def grid(of: Grid, *, spacing_mm: float) -> Grid:
    """Return the grid of cubic voxels of `spacing_mm` over the field of `of`, its axes kept, centred on it."""
    affine = matrix(of)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    shape = np.maximum(np.round(np.array(of.shape) * spacing / spacing_mm), 1).astype(int)
    fine = affine.copy()
    fine[:3, :3] *= spacing_mm / spacing
    middle = affine[:3, :3] @ ((np.array(of.shape) - 1) / 2) + affine[:3, 3]
    fine[:3, 3] = middle - fine[:3, :3] @ ((shape - 1) / 2)
    return volume_grid((int(shape[0]), int(shape[1]), int(shape[2])), fine)


def onto(values: np.ndarray, grid: Grid, target: Grid) -> np.ndarray:
    """Return `values` (on `grid`) at the voxels of `target`, float32: smoothed to its spacing, linear, 0 beyond."""
    spacing, wanted = (np.linalg.norm(matrix(g)[:3, :3], axis=0) for g in (grid, target))
    smooth = ndimage.gaussian_filter(
        np.asarray(values, dtype=np.float32), 0.4 * np.sqrt(np.maximum((wanted / spacing) ** 2 - 1, 0)), mode="nearest"
    )
    theta = torch.from_numpy(between(target, grid)).float()[None]
    places = functional.affine_grid(theta, [1, 1, *target.shape], align_corners=False)
    return functional.grid_sample(torch.from_numpy(smooth)[None, None], places, align_corners=False)[0, 0].numpy()
