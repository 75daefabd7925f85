"""Size and form of a region, in mm, whatever its intensities."""

from __future__ import annotations

import numba
import numpy as np
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from osteon.transforms.radiomics import mesh

NAMES = (
    "Elongation", "Flatness", "LeastAxisLength", "MajorAxisLength", "Maximum2DDiameterColumn", "Maximum2DDiameterRow",
    "Maximum2DDiameterSlice", "Maximum3DDiameter", "MeshVolume", "MinorAxisLength", "Sphericity", "SurfaceArea",
    "SurfaceVolumeRatio", "VoxelVolume",
)  # fmt: skip
NAMES_2D = (
    "Elongation", "MajorAxisLength", "MaximumDiameter", "MeshSurface", "MinorAxisLength", "Perimeter",
    "PerimeterSurfaceRatio", "PixelSurface", "Sphericity",
)  # fmt: skip


def shape(mask: np.ndarray, *, spacing_mm: tuple[float, float, float]) -> np.ndarray:
    """Return the numbers of `NAMES` of a boolean `mask` (slices, rows, columns).

    Diameters join corners of the surface; axes are those of the ellipsoid of the same second moments.
    """
    area, volume = mesh.area_and_volume(mask, spacing_mm=spacing_mm)
    corners = mesh.vertices(mask)
    least, minor, major = _axes(mask, spacing_mm)
    # PyRadiomics names a plane by the axis that it looks along: "column" spans slices and columns.
    across = {
        name: _widest_in_planes(corners, spacing_mm, axis) for axis, name in enumerate(("slice", "column", "row"))
    }
    places = corners * (np.array(spacing_mm) / 2)
    hull = places[ConvexHull(places).vertices]
    return np.array([
        *(minor / major if major else 1.0, least / major if major else 1.0, least, major),
        *(across["column"], across["row"], across["slice"], pdist(hull).max()),
        *(volume, minor, (36 * np.pi * volume**2) ** (1 / 3) / area, area, area / volume),
        np.count_nonzero(mask) * np.prod(spacing_mm),
    ])  # fmt: skip


def shape_2d(mask: np.ndarray, *, spacing_mm: tuple[float, float]) -> np.ndarray:
    """Return the numbers of `NAMES_2D` of a boolean `mask` (rows, columns); the outline is by marching squares."""
    inside = np.pad(mask, 1).astype(np.int64)
    cells = inside[:-1, :-1] + inside[:-1, 1:] + inside[1:, :-1] + inside[1:, 1:]
    diagonal = (cells == 2) & (inside[:-1, :-1] == inside[1:, 1:])
    upright = (cells == 2) & (inside[:-1, :-1] == inside[1:, :-1])
    slant, single = np.hypot(*spacing_mm) / 2, np.isin(cells, (1, 3)).sum() + 2 * diagonal.sum()
    level = (cells == 2).sum() - diagonal.sum() - upright.sum()
    perimeter = single * slant + upright.sum() * spacing_mm[0] + level * spacing_mm[1]
    shares = (cells == 1).sum() / 8 + (cells == 2).sum() / 2 + (cells == 3).sum() * 7 / 8 + (cells == 4).sum()
    surface = (shares - diagonal.sum() / 4) * np.prod(spacing_mm)
    minor, major = _axes(mask, spacing_mm)
    corners = mesh.vertices(mask[None])
    flat = corners[corners[:, 0] == 2]
    return np.array([
        *(minor / major if major else 1.0, major, _widest_in_planes(flat, (1.0, *spacing_mm), 0), surface, minor),
        *(perimeter, perimeter / surface, np.count_nonzero(mask) * np.prod(spacing_mm)),
        2 * np.sqrt(np.pi * surface) / perimeter,
    ])  # fmt: skip


def _axes(mask: np.ndarray, spacing_mm: tuple[float, ...]) -> np.ndarray:
    """Return the lengths in mm of the axes, the least first; 0 of a single voxel.

    The covariance is that of a sample, as the standard's values have it; PyRadiomics divides by the number of voxels.
    """
    places = np.argwhere(mask) * np.array(spacing_mm)
    if len(places) == 1:
        return np.zeros(mask.ndim)
    moments = np.cov(places.T)
    return 4 * np.sqrt(np.maximum(np.linalg.eigvalsh(moments), 0.0))


def _widest_in_planes(corners: np.ndarray, spacing_mm: tuple[float, float, float], axis: int) -> float:
    """Return the longest distance in mm of two corners, in half voxels, that lie in one plane across `axis`."""
    first, second = (a for a in range(3) if a != axis)
    squared = _widest(corners[:, [axis, first, second]], spacing_mm[first] / 2, spacing_mm[second] / 2)
    return float(np.sqrt(squared))


@numba.njit(cache=True, nogil=True)
def _widest(corners: np.ndarray, row_mm: float, column_mm: float) -> float:
    """Return the largest squared distance of two of `corners` (plane, row, column); only the ends of rows matter."""
    planes, rows = corners[:, 0].max() + 1, corners[:, 1].max() + 1
    low, high = np.full((planes, rows), np.int64(1 << 40)), np.full((planes, rows), np.int64(-1))
    for n in range(corners.shape[0]):
        p, r, c = corners[n]
        low[p, r], high[p, r] = min(low[p, r], c), max(high[p, r], c)
    best = 0.0
    for p in range(planes):
        for r in range(rows):
            for s in range(r, rows):
                if high[p, r] >= 0 and high[p, s] >= 0:
                    across = max(high[p, s] - low[p, r], high[p, r] - low[p, s]) * column_mm
                    best = max(best, ((s - r) * row_mm) ** 2 + across * across)
    return best
