"""How large a lesion is: area, volume, longest diameter; in millimetres only where the image states them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import ndimage
from scipy.spatial import ConvexHull
from scipy.spatial.distance import cdist

from osteon.errors import GeometryError
from osteon.types import Grid


def measure(mask: np.ndarray, *, grid: Grid) -> Mapping[str, float]:
    """Return every size of `mask` that its grid allows; the unit is in the name.

    A flat image gives `area_mm2` and `longest_diameter_mm`, or `area_px` and `longest_diameter_px`
    where it states no spacing. A volume gives `volume_ml`, `longest_diameter_mm` (in space) and
    `longest_slice_diameter_mm` (within one slice, as response criteria want it), or `volume_voxels`.

    Area and volume are of all parts together; a diameter lies within one part, that which has the longest, since no
    one measures across the healthy tissue between two; `parts` says how many there are (touching at a corner is one).

    Args:
        mask: True (or above 0) inside, of `grid.shape`.
        grid: Of the image.

    Raises:
        GeometryError: The mask is on another grid.

    """
    mask = _checked(mask, grid)
    parts = _parts(mask)
    count = {"parts": float(len(parts))}
    flat, stated = mask.ndim == 2, grid.spacing_mm is not None
    if not flat and not stated:
        return {"volume_voxels": float(np.count_nonzero(mask)), **count}
    longest = max((_span(part, _steps(grid)) for part in parts), default=0.0)
    if not flat:
        return {
            "volume_ml": volume_ml(mask, grid=grid),
            "longest_diameter_mm": longest,
            "longest_slice_diameter_mm": longest_slice_diameter(mask, grid=grid),
            **count,
        }
    unit = ("mm2", "mm") if stated else ("px", "px")
    return {f"area_{unit[0]}": area(mask, grid=grid), f"longest_diameter_{unit[1]}": longest, **count}


def area(mask: np.ndarray, *, grid: Grid) -> float:
    """Return the area of a flat mask in mm2, or in pixels where `grid` states no spacing.

    Example:
        >>> area(np.ones((2, 3)), grid=Grid(shape=(2, 3), spacing_mm=(0.5, 0.5)))
        1.5

    """
    mask = _checked(mask, grid)
    if mask.ndim != 2:
        raise GeometryError("An area is asked of a volume; ask for volume_ml, or give one slice and its grid.")
    return float(np.count_nonzero(mask) * np.prod(grid.spacing_mm or (1.0, 1.0)))


def volume_ml(mask: np.ndarray, *, grid: Grid) -> float:
    """Return the volume of a mask in millilitres; `GeometryError` where `grid` states no spacing."""
    mask = _checked(mask, grid)
    if mask.ndim != 3 or grid.spacing_mm is None:
        raise GeometryError("A volume in millilitres needs an image of slices with a stated spacing.")
    return float(np.count_nonzero(mask) * abs(np.linalg.det(_steps(grid))) / 1000.0)


def longest_diameter(mask: np.ndarray, *, grid: Grid) -> float:
    """Return the largest distance between two corners of the mask's pixels, of all its parts; 0 for an empty mask.

    Exact: the ends of the longest line are corners of the convex hull, and all pairs of those are
    compared. In mm, or in pixels of a flat image without spacing. Measured from edge to edge, so
    that one pixel has the length of its diagonal, and a square lesion its true one.

    Example:
        >>> longest_diameter(np.ones((3, 4)), grid=Grid(shape=(3, 4)))
        5.0

    """
    mask = _checked(mask, grid)
    if mask.ndim == 3 and grid.spacing_mm is None:
        raise GeometryError("The volume states no spacing, and its voxels may be no cubes; no length can be told.")
    return _span(mask, _steps(grid))


def longest_slice_diameter(mask: np.ndarray, *, grid: Grid) -> float:
    """Return the largest `longest_diameter` within one part of one slice of a volume, in mm; 0 for an empty mask."""
    mask = _checked(mask, grid)
    if mask.ndim != 3 or grid.spacing_mm is None:
        raise GeometryError("A diameter by slice needs an image of slices with a stated spacing.")
    plane = Grid(shape=mask.shape[1:], spacing_mm=grid.spacing_mm[1:])
    return max((_span(part, _steps(plane)) for one in mask for part in _parts(one)), default=0.0)


def _checked(mask: np.ndarray, grid: Grid) -> np.ndarray:
    inside = np.asarray(mask) > 0
    if inside.shape != tuple(grid.shape) or inside.ndim not in (2, 3):
        why = f"The mask has shape {inside.shape}, its image {tuple(grid.shape)}; map it back to the image."
        raise GeometryError(why)
    return inside


def _steps(grid: Grid) -> np.ndarray:
    """Return the matrix whose columns are the steps along the axes: in mm, or 1 without a spacing."""
    if grid.affine is not None and len(grid.shape) == 3:
        return np.array(grid.affine, dtype=float)[:3, :3]
    return np.diag(grid.spacing_mm or (1.0,) * len(grid.shape)).astype(float)


def _parts(mask: np.ndarray) -> list[np.ndarray]:
    """Return the connected parts of `mask`, each cut to its own box."""
    marked, _ = ndimage.label(mask, structure=np.ones((3,) * mask.ndim))
    return [marked[box] == n for n, box in enumerate(ndimage.find_objects(marked), start=1)]


def _span(mask: np.ndarray, steps: np.ndarray) -> float:
    """Return the largest distance between two corners of the pixels of `mask`, whose axes have the columns `steps`."""
    corners = _corners(mask)
    if not len(corners):
        return 0.0
    points = corners @ steps.T
    points = points[ConvexHull(points).vertices]
    return max(float(cdist(points[i : i + 1024], points).max()) for i in range(0, len(points), 1024))


def _corners(mask: np.ndarray) -> np.ndarray:
    """Return the corners of the first and last pixel of every line along the last axis: the hull has no others."""
    lines = np.argwhere(mask.any(axis=-1))
    if not len(lines):
        return np.empty((0, mask.ndim))
    inside = mask[tuple(lines.T)]
    first = inside.argmax(axis=-1)
    last = inside.shape[-1] - inside[:, ::-1].argmax(axis=-1)
    ends = np.concatenate([np.column_stack([lines, first]), np.column_stack([lines, last])])
    sides = np.array([(*side, 0) for side in np.ndindex(*(2,) * (mask.ndim - 1))])
    return np.unique((ends[:, None] + sides).reshape(-1, mask.ndim), axis=0).astype(float)
