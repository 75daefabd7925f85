"""What is measured of one pair of masks, so that the masks themselves need not be kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.metrics import surface
from osteon.metrics.overlap import Overlap, overlap


@dataclass(frozen=True, kw_only=True)
class MaskCase:
    """One case of a segmentation.

    Attributes:
        patient: Pseudonym.
        overlap: Voxel counts, with Dice, IoU, Hammoude distance and volume error.
        hausdorff95, surface_distance: In `unit`; nan when a mask is empty.
        unit: "mm", or "px" where the image states no spacing.
        voxel_size: ml of a voxel, mm^2 of a pixel, 1 where there is no spacing; times voxels it is the size.
        size_unit: "ml", "mm2" or "px".
        slice_dice: Mean Dice of the slices of a volume whose truth is not empty; nan of a picture.

    """

    patient: str
    overlap: Overlap
    hausdorff95: float
    surface_distance: float
    unit: str
    voxel_size: float
    size_unit: str
    slice_dice: float = float("nan")


def measure(
    predicted: np.ndarray, truth: np.ndarray, *, patient: str, spacing_mm: tuple[float, ...] | None
) -> MaskCase:
    """Return what is measured of a predicted mask against the truth.

    Args:
        predicted: 2-D or 3-D; anything but 0 belongs to the mask.
        truth: Of the same shape.
        patient: Pseudonym.
        spacing_mm: Along each axis; None where not stated, and then lengths are in pixels.

    Raises:
        GeometryError: Shapes and spacing do not fit each other.

    """
    truth = np.asarray(truth)
    counts = overlap(predicted, truth)
    distances = surface.distances(predicted, truth, spacing_mm=spacing_mm or (1.0,) * truth.ndim)
    volume = spacing_mm is not None and truth.ndim == 3
    size = float(np.prod(spacing_mm)) if spacing_mm is not None else 1.0
    return MaskCase(
        patient=patient,
        overlap=counts,
        hausdorff95=surface.hausdorff(distances),
        surface_distance=surface.average(distances),
        unit="px" if spacing_mm is None else "mm",
        voxel_size=size / 1000.0 if volume else size,
        size_unit="ml" if volume else "px" if spacing_mm is None else "mm2",
        slice_dice=_slice_dice(np.asarray(predicted), truth) if truth.ndim == 3 else float("nan"),
    )


def _slice_dice(predicted: np.ndarray, truth: np.ndarray) -> float:
    found = [overlap(p, t).dice for p, t in zip(predicted, truth, strict=True) if t.any()]
    return float(np.mean(found)) if found else float("nan")
