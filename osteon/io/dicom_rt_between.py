"""Contours that do not lie in an image's slices: their region in space, interpolated by shape.

Between neighbouring contour planes the signed distance to the outline is interpolated (Raya and Udupa, IEEE Trans Med
Imaging 1990, doi 10.1109/42.52980); the outermost planes reach half a plane distance further, and so do those at a gap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from osteon.errors import GeometryError
from osteon.geometry import to_mm
from osteon.io.polygons import filled
from osteon.types import Grid

FLAT_MM = 0.1
"""Contours must be flat, and their planes parallel, within this many mm."""

GAP = 1.5
"""Planes farther apart than this many usual distances have nothing between them."""

_MARGIN = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class _Stack:
    """Signed distances to the outlines, mm, positive inside: (planes, v, u), and where they lie.

    `axes` are rows u, v, n; a place in mm is at `axes @ mm - origin`, over `pixel_mm` in u and v, at `depths` along n.
    """

    distances: np.ndarray
    axes: np.ndarray
    origin: np.ndarray
    depths: np.ndarray
    pixel_mm: float
    apart_mm: float


def mask(contours: Sequence[np.ndarray], *, grid: Grid) -> np.ndarray:
    """Return the region within closed flat contours in parallel planes on `grid`, bool of its shape.

    Args:
        contours: Each (points, 3) in mm.
        grid: Of the image, in the same frame of reference.

    Raises:
        GeometryError: The contours are not flat or not parallel, or enclose nothing of the grid.

    """
    stack = _stack(contours, grid)
    found = np.zeros(grid.shape, bool)
    rows_columns = np.moveaxis(np.indices(grid.shape[1:]), 0, -1)
    for index in range(grid.shape[0]):
        places = to_mm(grid, np.concatenate([np.full((*grid.shape[1:], 1), index), rows_columns], axis=-1))
        found[index] = _inside(places, stack)
    if not found.any():
        why = "The contours enclose no voxel of the image: they were drawn on another part of the patient."
        raise GeometryError(why)
    return found


def _stack(contours: Sequence[np.ndarray], grid: Grid) -> _Stack:
    axes = _axes(max(contours, key=lambda points: float(np.linalg.norm(_normal(points)))), grid)
    local = [points @ axes.T for points in contours]
    if max(np.ptp(points[:, 2]) for points in local) > FLAT_MM:
        why = "The contours are not flat, or lie in planes that are not parallel; export the region as a DICOM SEG."
        raise GeometryError(why)
    pixel = min(grid.spacing_mm or (1.0,)) / 2
    low = np.min([points.min(axis=0) for points in local], axis=0)[:2] - _MARGIN * pixel
    high = np.max([points.max(axis=0) for points in local], axis=0)[:2] + _MARGIN * pixel
    size = tuple(int(n) for n in np.ceil((high - low) / pixel)[::-1] + 1)
    planes: dict[int, list[np.ndarray]] = {}
    for points in local:
        planes.setdefault(round(float(points[:, 2].mean()) / FLAT_MM), []).append(
            (points[:, 1::-1] - low[::-1]) / pixel
        )
    order = sorted(planes)
    depths = np.array(order) * FLAT_MM
    shapes = [_signed(filled(planes[key], shape=(size[0], size[1]))) * pixel for key in order]
    usual = float(np.median(np.diff(depths))) if len(depths) > 1 else (grid.spacing_mm or (1.0,))[0]
    return _Stack(
        distances=np.stack(shapes), axes=axes, origin=low, depths=depths, pixel_mm=pixel, apart_mm=usual
    )  # fmt: skip


def _normal(points: np.ndarray) -> np.ndarray:
    """Return the normal of a polygon, as long as twice its area."""
    return np.cross(points, np.roll(points, -1, axis=0)).sum(axis=0) if len(points) else np.zeros(3)


def _axes(points: np.ndarray, grid: Grid) -> np.ndarray:
    """Return unit vectors u, v in the contours' plane and n across it, as rows; u along the image's rows if it can."""
    normal = _normal(points - points.mean(axis=0))
    normal = normal / np.linalg.norm(normal)
    directions = np.array(grid.affine, float)[:3, :3]
    nearest = directions[:, int(np.argmin(np.abs(normal @ (directions / np.linalg.norm(directions, axis=0)))))]
    across = nearest - (nearest @ normal) * normal
    across /= np.linalg.norm(across)
    return np.stack([across, np.cross(normal, across), normal])


def _signed(inside: np.ndarray) -> np.ndarray:
    """Return the distance to the edge in pixels, positive inside."""
    if not inside.any():
        return np.full(inside.shape, -np.inf)
    return (
        ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside) - np.where(inside, 0.5, -0.5)
    )


def _inside(places: np.ndarray, stack: _Stack) -> np.ndarray:
    local = places @ stack.axes.T
    u, v = (local[..., i] - stack.origin[i] for i in (0, 1))
    depth = local[..., 2]
    at = np.interp(depth, stack.depths, np.arange(len(stack.depths)))
    near = np.abs(depth - stack.depths[np.rint(at).astype(int)]) <= stack.apart_mm / 2
    below = np.clip(np.floor(at).astype(int), 0, max(len(stack.depths) - 2, 0))
    gaps = np.diff(stack.depths) if len(stack.depths) > 1 else np.array([0.0])
    between = (depth >= stack.depths[0]) & (depth <= stack.depths[-1]) & (gaps[below] <= GAP * stack.apart_mm)
    at = np.where(between, at, np.rint(at))
    known = np.maximum(stack.distances, -1e6)
    where = np.stack([at, v / stack.pixel_mm, u / stack.pixel_mm])
    values = ndimage.map_coordinates(known, where, order=1, mode="constant", cval=-1e6)
    return (values > 0) & (near | between)
