"""Two scans of thick slices out of one finer volume: a stand-in where no set of people has two directions.

Both come from the same voxels, so they fit each other better than two acquisitions do, between which a patient moves;
and what the source lacks in resolution along its own slices, the second view lacks within its slices.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from osteon.errors import RequestError
from osteon.geometry import matrix, volume_grid
from osteon.types import Cohort, Grid, Image, Study

AXES = {"axial": (0, 1, 2), "coronal": (1, 0, 2)}
"""Which axes of an axial volume are the slices, rows and columns of each view."""


def two_views(cohort: Cohort, *, of: str, thick_mm: float = 6.5) -> Cohort:
    """Return the cohort with the volume `of` as the scans `axial` and `coronal`, each of slices about `thick_mm` thick.

    A slice is the mean of the slices it replaces, and a voxel is outlined where most of what it replaces is.
    Studies without that volume are left out.

    Args:
        cohort: Of axial volumes, outlined or not.
        of: Name of the volume.
        thick_mm: Thickness aimed at; the nearest whole number of source slices is taken.

    Raises:
        RequestError: `thick_mm` is not above 0, or no study has the volume.

    """
    if not thick_mm > 0:
        msg = f"Slices cannot be {thick_mm:g} mm thick; give a thickness above 0, such as 6.5."
        raise RequestError(msg)
    studies = tuple(_study(s, of, thick_mm) for s in cohort.studies if _is_volume(s, of))
    if not studies:
        msg = f"No study has a volume called {of}, so there is nothing to make two views of; name another."
        raise RequestError(msg)
    told = f"{cohort.fingerprint} two views of {of}, {thick_mm:g} mm"
    note = (
        f"Axial and coronal are made of one volume, {of}, by averaging its voxels to slices of about {thick_mm:g} mm."
    )
    return replace(
        cohort,
        studies=studies,
        notes=(*cohort.notes, note),
        fingerprint=hashlib.sha256(told.encode()).hexdigest(),
    )


def _is_volume(study: Study, name: str) -> bool:
    image = study.data.get(name)
    return isinstance(image, Image) and len(image.grid.shape) == 3 and image.grid.affine is not None


def _study(study: Study, of: str, thick_mm: float) -> Study:
    image = study.data[of]
    mask = None if study.truth is None else study.truth.masks.get(of)
    views = {name: _view(image, axes, thick_mm, _mean) for name, axes in AXES.items() if isinstance(image, Image)}
    truth = study.truth
    if truth is not None:
        outlines = {} if mask is None else {n: _view(mask, axes, thick_mm, _half) for n, axes in AXES.items()}
        truth = replace(truth, masks=outlines)
    return replace(study, data=views, truth=truth)


def _mean(blocks: np.ndarray) -> np.ndarray:
    return blocks.mean(axis=1, dtype=np.float32)


def _half(blocks: np.ndarray) -> np.ndarray:
    """Return where more than half is outlined; of just half the middle decides, or an outline would grow."""
    inside = blocks > 0
    share, middle = inside.mean(axis=1), inside[:, inside.shape[1] // 2]
    return ((share > 0.5) | ((share == 0.5) & middle)).astype(np.uint8)


def _view(image: Image, axes: tuple[int, int, int], thick_mm: float, joined: Callable[..., np.ndarray]) -> Image:
    """Return `image` with its axes in the order `axes`, and its first one in slices of about `thick_mm`."""
    grid = image.grid
    shape = [grid.shape[axis] for axis in axes]
    spacing = np.linalg.norm(matrix(grid)[:3, axes[0]])
    each = min(max(1, round(thick_mm / float(spacing))), shape[0])
    count = shape[0] // each

    def load() -> np.ndarray:
        values = image.read().transpose(axes)[: count * each]
        return joined(values.reshape(count, each, *values.shape[1:]))

    return replace(image, grid=_grid(grid, axes, (count, shape[1], shape[2]), each), load=load)


def _grid(grid: Grid, axes: tuple[int, int, int], shape: tuple[int, int, int], each: int) -> Grid:
    """Return the grid of slices of `each` source slices: the first one's centre is the middle of what it replaces."""
    affine = matrix(grid)[:, [*axes, 3]]
    affine[:, 3] += affine[:, 0] * (each - 1) / 2
    affine[:, 0] *= each
    return volume_grid(shape, affine)
