"""A body as the photon transport wants it: axes in order, and the rays through it.

Arrays are (z, x, y), each rising in mm (LPS), so that a ray toward a camera in front or behind runs along memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numba
import numpy as np

from osteon.errors import GeometryError
from osteon.geometry import matrix

if TYPE_CHECKING:
    from osteon.simulate.person.body import Body
    from osteon.types import Grid


class Space(NamedTuple):
    """Matter in a box of voxels; positions are mm from its low corner.

    Attributes:
        tissue: uint8 of shape (z, x, y).
        density: g/cm3, float32 of that shape.
        voxel: (z, x, y) size in mm.
        size: (z, x, y) of the box in mm.
        corner: (z, x, y) of its low corner in mm of the patient (LPS).

    """

    tissue: np.ndarray
    density: np.ndarray
    voxel: tuple[float, float, float]
    size: tuple[float, float, float]
    corner: tuple[float, float, float]


def space(body: Body) -> Space:
    """Return the body's matter in the order of the transport.

    Raises:
        GeometryError: The grid's axes are not those of the patient.

    """
    voxel, corner = placed(body.grid)
    tissue = ordered(body.tissue, body.grid)
    return Space(
        tissue=tissue,
        density=ordered(body.density_g_per_cm3, body.grid).astype(np.float32),
        voxel=voxel,
        size=(tissue.shape[0] * voxel[0], tissue.shape[1] * voxel[1], tissue.shape[2] * voxel[2]),
        corner=corner,
    )


def placed(grid: Grid) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Return the voxel size and the low corner of a grid, both (z, x, y) in mm."""
    affine = _aligned(grid)
    steps = affine[[2, 0, 1], [0, 2, 1]]
    counts = np.array(grid.shape)[[0, 2, 1]]
    first = affine[[2, 0, 1], 3] - steps / 2
    return tuple(np.abs(steps).tolist()), tuple(np.minimum(first, first + steps * counts).tolist())


def ordered(volume: np.ndarray, grid: Grid) -> np.ndarray:
    """Return a volume (slices, rows, columns) as a contiguous (z, x, y), each axis rising in mm."""
    affine = _aligned(grid)
    signs = np.sign(affine[[2, 0, 1], [0, 2, 1]]).astype(int)
    return np.ascontiguousarray(volume.transpose(0, 2, 1)[:: signs[0], :: signs[1], :: signs[2]])


def _aligned(grid: Grid) -> np.ndarray:
    affine = matrix(grid)
    expected = np.zeros((3, 3), bool)
    expected[[2, 0, 1], [0, 2, 1]] = True
    if len(grid.shape) != 3 or np.abs(affine[:3, :3][~expected]).max() > 1e-6:
        msg = "A gamma camera needs a body on an axial grid (slices along z, rows along y, columns along x)."
        raise GeometryError(msg)
    return affine


@numba.njit(cache=True, nogil=True)
def _next_face(position: float, step: float, voxel: float, index: int) -> tuple[float, float]:
    """Return the path to the next face across one axis, and from face to face."""
    if step > 0.0:
        return ((index + 1) * voxel - position) / step, voxel / step
    if step < 0.0:
        return (index * voxel - position) / step, -voxel / step
    return np.inf, np.inf


@numba.njit(cache=True, nogil=True)
def index_of(position: float, voxel: float, count: int) -> int:
    """Return the voxel of a coordinate, held inside the box."""
    return min(max(int(position / voxel), 0), count - 1)


@numba.njit(cache=True, nogil=True)
def optical_depth(space: Space, mass: np.ndarray, at: tuple, toward: tuple) -> float:
    """Return the integral of attenuation from `at` to the edge of the box, exactly, voxel by voxel (Siddon).

    Args:
        space: The matter.
        mass: cm2/g by tissue, shape (256,).
        at: (z, x, y) in mm.
        toward: Unit vector.

    """
    nz, nx, ny = space.tissue.shape
    z, x, y = (
        index_of(at[0], space.voxel[0], nz),
        index_of(at[1], space.voxel[1], nx),
        index_of(at[2], space.voxel[2], ny),
    )
    face_z, step_z = _next_face(at[0], toward[0], space.voxel[0], z)
    face_x, step_x = _next_face(at[1], toward[1], space.voxel[1], x)
    face_y, step_y = _next_face(at[2], toward[2], space.voxel[2], y)
    move_z, move_x, move_y = (
        1 if toward[0] > 0 else -1,
        1 if toward[1] > 0 else -1,
        1 if toward[2] > 0 else -1,
    )
    depth, path = 0.0, 0.0
    while True:
        here = mass[space.tissue[z, x, y]] * space.density[z, x, y]
        if face_y <= face_x and face_y <= face_z:
            depth += here * (face_y - path)
            path, face_y, y = face_y, face_y + step_y, y + move_y
            if y < 0 or y >= ny:
                break
        elif face_x <= face_z:
            depth += here * (face_x - path)
            path, face_x, x = face_x, face_x + step_x, x + move_x
            if x < 0 or x >= nx:
                break
        else:
            depth += here * (face_z - path)
            path, face_z, z = face_z, face_z + step_z, z + move_z
            if z < 0 or z >= nz:
                break
    return 0.1 * depth
