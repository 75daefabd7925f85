"""Trim every side of cropped volumes by a chance amount, so that a crop's edges no longer tell where its tumour lies.

A volume that was cut a fixed distance around its tumour gives the tumour's place and size away: an ellipsoid that
never looks at the image outlines it well. Whoever trains or judges on such crops trims them first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from osteon.errors import RequestError
from osteon.geometry import matrix, volume_grid
from osteon.types import Cohort, Image, Study, Truth

Sides = np.ndarray
"""Millimetres off (axis, low and high end), shape (3, 2)."""


def trimmed(cohort: Cohort, *, up_to_mm: float, seed: int = 0) -> Cohort:
    """Return the cohort with every side of every volume, and of its mask, trimmed by 0 to `up_to_mm`.

    The amounts are drawn by patient and seed, uniformly and for each side apart, and are the same for all volumes of
    a patient. No outlined voxel is cut off. Whatever is no volume stays as it is.

    Args:
        cohort: Of volumes cut around their lesions.
        up_to_mm: The most that a side loses: a little less than the margin of the crops.
        seed: Another seed, other amounts.

    Raises:
        RequestError: `up_to_mm` is not above 0.

    """
    if not up_to_mm > 0:
        msg = f"Sides cannot be trimmed by up to {up_to_mm:g} mm; give a length above 0, such as 45."
        raise RequestError(msg)
    told = f"{cohort.fingerprint} trimmed by up to {up_to_mm:g} mm, seed {seed}"
    note = f"Every side of every volume was trimmed by 0 to {up_to_mm:g} mm, by chance and by patient (seed {seed})."
    return replace(
        cohort,
        studies=tuple(_study(study, up_to_mm=up_to_mm, seed=seed) for study in cohort.studies),
        notes=(*cohort.notes, note),
        fingerprint=hashlib.sha256(told.encode()).hexdigest(),
    )


def _study(study: Study, *, up_to_mm: float, seed: int) -> Study:
    start = hashlib.sha256(f"{seed}/{study.patient}".encode()).digest()[:8]
    sides = np.random.default_rng(int.from_bytes(start, "big")).uniform(0.0, up_to_mm, size=(3, 2))
    masks = {} if study.truth is None else study.truth.masks
    boxes = {
        name: _box(datum, masks.get(name), sides)
        for name, datum in study.data.items()
        if isinstance(datum, Image) and len(datum.grid.shape) == 3 and datum.grid.affine is not None
    }
    data = {
        name: _cut(d, boxes[name]) if isinstance(d, Image) and name in boxes else d for name, d in study.data.items()
    }
    return replace(study, data=data, truth=_truth(study.truth, boxes))


def _truth(truth: Truth | None, boxes: Mapping[str, tuple[slice, ...]]) -> Truth | None:
    if truth is None:
        return None
    masks = {name: _cut(mask, boxes[name]) if name in boxes else mask for name, mask in truth.masks.items()}
    return replace(truth, masks=masks)


def _box(image: Image, mask: Image | None, sides: Sides) -> tuple[slice, ...]:
    """Return what is left of `image`: all that is outlined, and at least one voxel along each axis."""
    spacing = np.array(image.grid.spacing_mm or (1.0, 1.0, 1.0))
    shape = np.array(image.grid.shape)
    off = np.floor(sides / spacing[:, None]).astype(int)
    low, high = off[:, 0], shape - off[:, 1]
    outlined = (
        np.argwhere(mask.read() > 0) if mask is not None and mask.grid.shape == image.grid.shape else shape[None] // 2
    )
    if len(outlined):
        low, high = np.minimum(low, outlined.min(axis=0)), np.maximum(high, outlined.max(axis=0) + 1)
    return tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))


def _cut(image: Image, box: tuple[slice, ...]) -> Image:
    corner = np.array([*(s.start for s in box), 1.0])
    affine = matrix(image.grid)
    affine[:, 3] = affine @ corner
    shape = tuple(s.stop - s.start for s in box)
    grid = volume_grid((shape[0], shape[1], shape[2]), affine)
    return replace(image, grid=grid, load=lambda: np.ascontiguousarray(image.read()[box]))
