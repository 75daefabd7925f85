"""The surface of a mask by marching cubes, halfway between voxels inside and outside: its area and what it encloses.

The table of triangles is not written down but worked out: on each face of a cell the surface turns around every run
of inside corners (two that lie across stay apart), and the turns of the six faces join to closed loops. A cell's area
depends on its case alone and its part of the volume on its case and slice, so counting cases is enough; no mesh is
ever built.
"""

from __future__ import annotations

from functools import cache

import numpy as np

# Corners are numbered 4 z + 2 y + x. Each face lists its corners counterclockwise, seen from outside.
FACES = ((0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5))
CORNERS = np.array([(c >> 2 & 1, c >> 1 & 1, c & 1) for c in range(8)], float)


def area_and_volume(mask: np.ndarray, *, spacing_mm: tuple[float, float, float]) -> tuple[float, float]:
    """Return the area in mm2 and the enclosed volume in mm3 of a boolean `mask` (slices, rows, columns)."""
    inside = np.pad(mask, 1).astype(np.uint8)
    ends = [(slice(None, -1), slice(1, None))[int(b)] for b in (0, 1)]
    case = np.zeros(tuple(n - 1 for n in inside.shape), np.uint8)
    for number, corner in enumerate(CORNERS.astype(int)):
        case |= inside[tuple(ends[b] for b in corner)] << number
    slices = case.shape[0]
    keys = case.reshape(slices, -1) + (np.arange(slices, dtype=np.int64) * 256)[:, None]
    counts = np.bincount(keys.ravel(), minlength=256 * slices).reshape(slices, 256)
    area, lifted, flat = _measures(spacing_mm)
    heights = np.arange(slices) * spacing_mm[0]
    return float((counts @ area).sum()), float((counts @ lifted).sum() + heights @ (counts @ flat))


def vertices(mask: np.ndarray) -> np.ndarray:
    """Return the corners of the surface in half voxels, int64 (n, 3): middles between inside and outside."""
    inside = np.pad(mask, 1)
    found = []
    for axis in range(3):
        places = np.argwhere(np.diff(inside, axis=axis)) * 2
        places[:, axis] += 1
        found.append(places)
    return np.concatenate(found)


def _measures(spacing_mm: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return per case the area, the integral of the height over its shadow on a slice, and that shadow, (256,)."""
    corners, case = _table()
    corners = corners * spacing_mm
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2
    each = np.linalg.norm(normals, axis=1), normals[:, 0] * corners[:, :, 0].mean(1), normals[:, 0]
    area, lifted, flat = (np.bincount(case, weights=w, minlength=256) for w in each)
    return area, lifted, flat


@cache
def _table() -> tuple[np.ndarray, np.ndarray]:
    """Return all triangles, (n, 3, 3), and the case of each, (n,)."""
    found = [triangles(case) for case in range(256)]
    return np.concatenate(found), np.repeat(np.arange(256), [len(t) for t in found])


@cache
def triangles(case: int) -> np.ndarray:
    """Return the triangles of a cell whose inside corners are the bits of `case`, corners in voxels: (n, 3, 3).

    A loop that is not flat is cut as in the classical table: the fan of the largest area.
    """
    after = _turns(case)
    found = []
    while after:
        loop = [next(iter(after))]
        while after[loop[-1]] != loop[0]:
            loop.append(after[loop[-1]])
        for edge in loop:
            del after[edge]
        places = np.array([CORNERS[list(edge)].mean(0) for edge in loop])
        fans = [_fan(np.roll(places, -n, axis=0)) for n in range(len(places))]
        found += max(fans, key=lambda fan: round(_area(fan), 9))
    return np.array(found).reshape(-1, 3, 3)


def _fan(places: np.ndarray) -> list[np.ndarray]:
    """Return the triangles of a loop, all with its first place."""
    return [places[[0, n, n + 1]] for n in range(1, len(places) - 1)]


def _area(fan: list[np.ndarray]) -> float:
    return float(sum(np.linalg.norm(np.cross(t[1] - t[0], t[2] - t[0])) / 2 for t in fan))


def _turns(case: int) -> dict[tuple[int, int], tuple[int, int]]:
    """Return, of each edge that the surface cuts, the next one of its loop."""
    after = {}
    for face in FACES:
        inside = [case >> c & 1 for c in face]
        for n in range(4):
            if inside[n] and not inside[n - 1]:  # a run of inside corners begins
                end = n
                while inside[(end + 1) % 4]:
                    end += 1
                leaves, enters = (face[end % 4], face[(end + 1) % 4]), (face[n - 1], face[n])
                after[min(leaves), max(leaves)] = (min(enters), max(enters))
    return after
