"""A DICOM SEG on a grid of its own: its planes as one volume, to be put on the image's grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from osteon.errors import GeometryError
from osteon.geometry import to_index, volume_grid
from osteon.io import regrid
from osteon.types import Grid

TOLERANCE_VOXELS = 0.02
EVEN = 0.1
"""Planes may lie off their even place by this share of their distance."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Plane:
    """One frame of a segment: where its pixels lie, mm, the stated distance of planes, and pixels (rows, columns)."""

    origin: np.ndarray
    down: np.ndarray
    right: np.ndarray
    apart: float | None
    thickness: float | None
    pixels: np.ndarray

    def index(self, grid: Grid, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the fractional index into `grid` of its pixels, (pixels, 3)."""
        return to_index(grid, self.origin + rows[:, None] * self.down + columns[:, None] * self.right)

    def fits(self, grid: Grid) -> bool:
        """Return whether its pixels are the grid's own, wherever they lie on its lattice."""
        ends = np.array([[0, 0], [1, 0], [0, 1], [self.pixels.shape[0] - 1, self.pixels.shape[1] - 1]])
        index = self.index(grid, ends[:, 0], ends[:, 1])
        steps = np.abs(index[1:3] - index[0]).max(axis=1)
        return bool(
            np.abs(steps - 1).max() < TOLERANCE_VOXELS and np.abs(index - np.rint(index)).max() < TOLERANCE_VOXELS
        )

    def within(self, grid: Grid) -> bool:
        """Return whether all of it lies on the grid."""
        rows, columns = np.array([0, self.pixels.shape[0] - 1]), np.array([0, self.pixels.shape[1] - 1])
        index = np.rint(self.index(grid, rows, columns))
        return bool((index >= 0).all() and (index < grid.shape).all())


def merged(data: Dataset, group: Dataset) -> Dataset:
    """Return the functional groups of one frame: the shared ones, and its own over them."""
    both = Dataset()
    both.update((data.get("SharedFunctionalGroupsSequence") or [Dataset()])[0])
    both.update(group)
    return both


def plane(groups: Dataset, pixels: np.ndarray) -> Plane:
    """Return a frame's place from its functional groups."""
    cosines = np.array(groups.PlaneOrientationSequence[0].ImageOrientationPatient, dtype=float)
    measures = groups.PixelMeasuresSequence[0]
    spacing = [float(v) for v in measures.PixelSpacing]
    apart, thickness = measures.get("SpacingBetweenSlices"), measures.get("SliceThickness")
    return Plane(
        origin=np.array(groups.PlanePositionSequence[0].ImagePositionPatient, dtype=float),
        down=cosines[3:] * spacing[0],
        right=cosines[:3] * spacing[1],
        apart=abs(float(apart)) if apart else None,
        thickness=float(thickness) if thickness else None,
        pixels=pixels,
    )


def resampled(planes: Sequence[Plane], *, every: Sequence[Plane], target: Grid, file: str) -> np.ndarray:
    """Return one segment's planes on `target`, each voxel as the nearest of theirs.

    Args:
        planes: Of one segment; frames left out are empty.
        every: The planes of all segments, which tell how far apart they lie.
        target: Grid of the image.
        file: For messages.

    Raises:
        GeometryError: The planes are not parallel or not evenly spaced, or mark nothing within the image.

    """
    first = every[0]
    normal = np.cross(first.right, first.down)
    normal /= np.linalg.norm(normal)
    places = [
        (p.down, p.right, (p.origin - first.origin) - ((p.origin - first.origin) @ normal) * normal) for p in every
    ]
    parallel = all(np.allclose(np.stack(place), np.stack(places[0]), atol=1e-2) for place in places)
    depths = np.unique(np.round([p.origin @ normal for p in every], 3))
    step = first.apart or _distance(depths) or first.thickness or float(np.linalg.norm(first.down))
    number = (depths - depths[0]) / step
    if not parallel or np.abs(number - np.rint(number)).max() > EVEN:
        why = "has planes that are not parallel and even, so it cannot be put on the image's grid; resample it first."
        raise GeometryError(why, file=file)
    affine = np.eye(4)
    affine[:3, :3] = np.stack([normal * step, first.down, first.right], axis=1)
    affine[:3, 3] = first.origin + (depths[0] - first.origin @ normal) * normal
    volume = np.zeros((round(float(number[-1])) + 1, *first.pixels.shape), first.pixels.dtype)
    for one in planes:
        volume[round((float(one.origin @ normal) - depths[0]) / step)] = one.pixels
    return regrid.onto(volume, volume_grid(volume.shape, affine), target, file=file)


def _distance(depths: np.ndarray) -> float | None:
    """Return the least distance of planes, which is theirs unless each one's neighbours were left out as empty."""
    return float(np.diff(depths).min()) if len(depths) > 1 else None
