"""The closed surface of a field at a level, by the marching cubes that radiomics measures shape with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.errors import InputError
from osteon.transforms.radiomics.mesh import CORNERS, triangles


@dataclass(frozen=True, kw_only=True, eq=False)
class Surface:
    """Triangles that close off a body.

    Attributes:
        points: (n, 3) float64.
        faces: (m, 3) int64, counterclockwise seen from outside.

    """

    points: np.ndarray
    faces: np.ndarray

    @property
    def volume(self) -> float:
        """What is enclosed, in the cube of the points' unit."""
        a, b, c = (self.points[self.faces[:, n]] for n in range(3))
        return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)

    @property
    def area(self) -> float:
        """In the square of the points' unit."""
        a, b, c = (self.points[self.faces[:, n]] for n in range(3))
        return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)

    def closed(self) -> bool:
        """Whether every edge is run along as often in one direction as in the other."""
        ends = np.concatenate([self.faces[:, [0, 1]], self.faces[:, [1, 2]], self.faces[:, [2, 0]]])
        count = len(self.points)
        one, other = (np.sort(ends[:, a] * count + ends[:, b]) for a, b in ((0, 1), (1, 0)))
        return bool(np.array_equal(one, other))

    def moved(self, affine: np.ndarray) -> Surface:
        """Return the surface with its points through the 4x4 `affine`; one that mirrors turns the triangles."""
        points = self.points @ affine[:3, :3].T + affine[:3, 3]
        mirrors = np.linalg.det(affine[:3, :3]) < 0
        return Surface(points=points, faces=self.faces[:, ::-1] if mirrors else self.faces)


def surface(field: np.ndarray, *, level: float = 0.0) -> Surface:
    """Return where `field` (slices, rows, columns) passes `level`, in voxels; below it is inside.

    Each corner lies on the line between two neighbouring voxels, where the field between them reaches the level.

    Raises:
        InputError: Nothing is inside, or the inside reaches the border of the field, where no surface can close it.

    """
    inside = np.asarray(field) < level
    core = inside[1:-1, 1:-1, 1:-1]
    if not core.any() or np.count_nonzero(core) != np.count_nonzero(inside):
        msg = "The field has no inside, or one that reaches its border; give one with an empty frame around the body."
        raise InputError(msg)
    corners = _corners(inside)
    keys, faces = np.unique(corners @ _strides(field.shape), return_inverse=True)
    halves = np.stack(np.unravel_index(keys, [2 * n for n in field.shape]), axis=1)
    points = _between(np.asarray(field, dtype=np.float64), halves, level)
    return Surface(points=points, faces=_outward(faces.reshape(-1, 3), points))


def _corners(inside: np.ndarray) -> np.ndarray:
    """Return the corners of all triangles in half voxels, int64 (3 x triangles, 3)."""
    ends = (slice(None, -1), slice(1, None))
    case = np.zeros([n - 1 for n in inside.shape], np.uint8)
    for number, corner in enumerate(CORNERS.astype(int)):
        case |= inside[tuple(ends[b] for b in corner)].astype(np.uint8) << number
    found = []
    for kind in np.unique(case[(case > 0) & (case < 255)]):
        cells = np.argwhere(case == kind)
        shape = np.rint(2 * triangles(int(kind))).astype(np.int64)
        found.append((2 * cells[:, None, None] + shape[None]).reshape(-1, 3))
    return np.concatenate(found)


def _strides(shape: tuple[int, ...]) -> np.ndarray:
    return np.array([4 * shape[1] * shape[2], 2 * shape[2], 1], dtype=np.int64)


def _between(field: np.ndarray, halves: np.ndarray, level: float) -> np.ndarray:
    """Return the points in voxels on the lines that `halves` are the middles of."""
    low, high = halves // 2, (halves + 1) // 2
    first, second = field[tuple(low.T)], field[tuple(high.T)]
    share = (level - first) / (second - first)
    return low + (high - low) * share[:, None]


def _outward(faces: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the triangles turned so that what they enclose counts as positive."""
    return faces if Surface(points=points, faces=faces).volume > 0 else faces[:, ::-1]
