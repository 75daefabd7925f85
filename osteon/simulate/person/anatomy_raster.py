"""Shapes to voxels: signed distance to every shape near a block of voxels, on any grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from osteon.geometry import matrix
from osteon.simulate.person.anatomy_shapes import (
    AXES,
    BONE,
    BOUND,
    CAP,
    COLUMNS,
    CUT,
    FLAT,
    GLOW,
    HALF_A,
    INSIDE,
    LENGTH,
    PAINT,
    SHELL,
    SPONGY,
    Part,
    boxes,
)
from osteon.simulate.person.body import Body
from osteon.simulate.person.texture import noise
from osteon.simulate.person.tissues import Tissue
from osteon.types import Grid

SIDE = 4
"""Voxels along a block; a shape that is farther from its middle than its half diagonal is left out."""

GRAIN_MM = 1.3
"""Distance of the knots of the trabecular texture."""


class _Maps(NamedTuple):
    """What is painted into."""

    tissue: np.ndarray
    bone: np.ndarray
    density: np.ndarray
    uptake: np.ndarray


class _Job(NamedTuple):
    """One part as the kernels take it: codes are shell, core, cavity, bone, does; numbers factor, grain, seed."""

    shapes: np.ndarray
    carved: np.ndarray
    codes: np.ndarray
    numbers: np.ndarray
    affine: np.ndarray


def rasterise(parts: Sequence[Part], grid: Grid, *, seed: int = 0) -> Body:
    """Return the body of `parts`, painted in order, on `grid`; what no part covers is air.

    Args:
        parts: Later ones lie over earlier ones.
        grid: Any volume in the body's frame (LPS mm), oblique too.
        seed: Of the trabecular texture.

    """
    affine = matrix(grid)
    shape = grid.shape
    # A texture finer than the voxels averages out.
    grain = 0.45 * min(1.0, GRAIN_MM / float(np.linalg.norm(affine[:3, :3], axis=0).max()))
    maps = _Maps(
        tissue=np.full(shape, Tissue.AIR, np.uint8),
        bone=np.zeros(shape, np.uint8),
        density=np.ones(shape, np.float32),
        uptake=np.ones(shape, np.float32),
    )
    for part in parts:
        shapes = part.shapes[_reaching(part.shapes, affine, shape)]
        lows, highs = _index_box(shapes, affine, shape)
        if (lows < highs).all():
            job = _Job(
                shapes=shapes,
                carved=np.zeros((0, COLUMNS)) if part.carved is None else part.carved,
                codes=np.array([part.shell, part.core, part.cavity, part.bone, part.does], np.int64),
                numbers=np.array([part.factor, grain, seed]),
                affine=affine,
            )
            _paint(job, _blocks(lows, highs), highs, maps)
    return Body(
        grid=grid, tissue=maps.tissue, bone=maps.bone, lesion=np.zeros(shape, np.uint8), density_scale=maps.density,
        uptake_scale=maps.uptake,
    )  # fmt: skip


def _reaching(rows: np.ndarray, affine: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Return whether the box of each shape meets the box of the grid and a voxel about it, (n,) bool."""
    corners = np.array(np.meshgrid(*((-1, n) for n in shape))).reshape(3, -1).T @ affine[:3, :3].T + affine[:3, 3]
    lows, highs = boxes(rows)
    meets = (lows <= corners.max(axis=0)) & (highs >= corners.min(axis=0))
    return np.asarray(meets.all(axis=1))


def _index_box(rows: np.ndarray, affine: np.ndarray, shape: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the half-open index box around the shapes, cut to the grid; an empty one around none."""
    if not len(rows):
        return np.zeros(3, np.int64), np.zeros(3, np.int64)
    lows, highs = boxes(rows)
    corners = np.array(np.meshgrid(*zip(lows.min(axis=0), highs.max(axis=0), strict=True))).reshape(3, -1).T
    inside = (corners - affine[:3, 3]) @ np.linalg.inv(affine[:3, :3]).T
    first = np.clip(np.floor(inside.min(axis=0)), 0, shape).astype(np.int64)
    last = np.clip(np.ceil(inside.max(axis=0)) + 1, 0, shape).astype(np.int64)
    return first, last


def _blocks(lows: np.ndarray, highs: np.ndarray) -> np.ndarray:
    """Return the first index of every block of the box, (n, 3)."""
    starts = [np.arange(low, high, SIDE) for low, high in zip(lows, highs, strict=True)]
    return np.stack(np.meshgrid(*starts, indexing="ij"), axis=-1).reshape(-1, 3)


@njit(cache=True, error_model="numpy")
def _local(s: np.ndarray, x: float, y: float, z: float) -> tuple[float, float, float, float, float]:
    """Return a point in the shape's frame: u, v, how far beyond the ends, the place along (0 to 1), w."""
    dx, dy, dz = x - s[0], y - s[1], z - s[2]
    u = dx * s[AXES] + dy * s[AXES + 1] + dz * s[AXES + 2]
    v = dx * s[AXES + 3] + dy * s[AXES + 4] + dz * s[AXES + 5]
    w = dx * s[AXES + 6] + dy * s[AXES + 7] + dz * s[AXES + 8]
    inside = min(max(w, 0.0), s[LENGTH])
    t = inside / s[LENGTH] if s[LENGTH] > 0.0 else 0.0
    return u, v, w - inside, t, w


@njit(cache=True, error_model="numpy")
def _bound(s: np.ndarray, x: float, y: float, z: float) -> float:
    """Return a number no larger in size than the distance to the surface, negative inside."""
    u, v, beyond, t, w = _local(s, x, y, z)
    a = s[HALF_A] + t * (s[HALF_A + 2] - s[HALF_A])
    b = s[HALF_A + 1] + t * (s[HALF_A + 3] - s[HALF_A + 1])
    if s[FLAT] > 0.0:
        bound = (np.sqrt((u / a) ** 2 + (v / b) ** 2) - 1.0) * s[BOUND]
        bound = max(bound, abs(w - 0.5 * s[LENGTH]) - 0.5 * s[LENGTH])
    else:
        bound = (np.sqrt((u / a) ** 2 + (v / b) ** 2 + (beyond / s[CAP]) ** 2) - 1.0) * s[BOUND]
    return max(bound, s[CUT] * x + s[CUT + 1] * y + s[CUT + 2] * z - s[CUT + 3])


@njit(cache=True, error_model="numpy")
def _distance(s: np.ndarray, x: float, y: float, z: float) -> tuple[float, float]:
    """Return the distance to the surface to first order, negative inside, and the place along the shape."""
    u, v, beyond, t, w = _local(s, x, y, z)
    a = s[HALF_A] + t * (s[HALF_A + 2] - s[HALF_A])
    b = s[HALF_A + 1] + t * (s[HALF_A + 3] - s[HALF_A + 1])
    c = s[CAP]
    flat_ends = s[FLAT] > 0.0
    if flat_ends:
        beyond = 0.0
    q = np.sqrt((u / a) ** 2 + (v / b) ** 2 + (beyond / c) ** 2)
    slope = np.sqrt((u / (a * a)) ** 2 + (v / (b * b)) ** 2 + (beyond / (c * c)) ** 2)
    near = -min(a, b) if q < 1e-6 else (q - 1.0) * q / slope
    if flat_ends:
        near = max(near, abs(w - 0.5 * s[LENGTH]) - 0.5 * s[LENGTH])
    return max(near, s[CUT] * x + s[CUT + 1] * y + s[CUT + 2] * z - s[CUT + 3]), t


@njit(cache=True, error_model="numpy")
def _near(shapes: np.ndarray, x: float, y: float, z: float, reach: float, found: np.ndarray) -> tuple[int, float]:
    """Collect the shapes within `reach` of a point; return their number and the deepest bound."""
    n, deepest = 0, 1e9
    for i in range(shapes.shape[0]):
        bound = _bound(shapes[i], x, y, z)
        if bound < reach:
            found[n] = i
            n += 1
            deepest = min(deepest, bound)
    return n, deepest


@njit(cache=True, error_model="numpy")
def _depth(shapes: np.ndarray, found: np.ndarray, x: float, y: float, z: float) -> tuple[float, float, float]:
    """Return the distance to the union, the thickness of its shell there and how spongy it is."""
    best, shell, spongy = 1e9, 0.0, 1.0
    for k in found:
        s = shapes[k]
        d, t = _distance(s, x, y, z)
        if d < best:
            best = d
            shell = s[SHELL] + t * (s[SHELL + 1] - s[SHELL])
            spongy = s[SPONGY] + t * (s[SPONGY + 1] - s[SPONGY])
    return best, shell, spongy


@njit(cache=True, error_model="numpy")
def depth_of(shapes: np.ndarray, x: float, y: float, z: float) -> float:
    """Return the distance of a point to the union of `shapes` (rows), negative inside."""
    best = 1e9
    for s in shapes:
        if _bound(s, x, y, z) < best:
            best = min(best, _distance(s, x, y, z)[0])
    return best


@njit(cache=True, error_model="numpy")
def nearest(shapes: np.ndarray, x: float, y: float, z: float) -> int:
    """Return the index of the shape in which a point lies deepest, or to which it is nearest."""
    found, best = 0, 1e9
    for i in range(shapes.shape[0]):
        d = _distance(shapes[i], x, y, z)[0]
        if d < best:
            found, best = i, d
    return found


@njit(cache=True, error_model="numpy")
def _place(a: np.ndarray, i: float, j: float, k: float) -> tuple[float, float, float]:
    """Return the millimetres of an index."""
    x = a[0, 0] * i + a[0, 1] * j + a[0, 2] * k + a[0, 3]
    y = a[1, 0] * i + a[1, 1] * j + a[1, 2] * k + a[1, 3]
    z = a[2, 0] * i + a[2, 1] * j + a[2, 2] * k + a[2, 3]
    return x, y, z


@njit(cache=True, error_model="numpy")
def _paint(job: _Job, blocks: np.ndarray, highs: np.ndarray, maps: _Maps) -> None:
    """Paint one part, block by block."""
    half = 0.5 * (SIDE - 1)
    span = np.abs(job.affine[:3, :3]).sum(axis=1)
    reach = 0.5 * SIDE * np.sqrt(span[0] ** 2 + span[1] ** 2 + span[2] ** 2)
    thick = job.shapes[:, SHELL : SHELL + 2].max() + 0.5
    found, hollow = np.zeros(job.shapes.shape[0], np.int64), np.zeros(job.carved.shape[0], np.int64)
    for block in blocks:
        x, y, z = _place(job.affine, block[0] + half, block[1] + half, block[2] + half)
        n, deepest = _near(job.shapes, x, y, z, reach, found)
        if n == 0:
            continue
        m, _ = _near(job.carved, x, y, z, reach + thick, hollow)
        ends = np.minimum(block + SIDE, highs)
        if job.codes[4] == PAINT and m == 0 and deepest < -reach - thick:
            maps.tissue[block[0] : ends[0], block[1] : ends[1], block[2] : ends[2]] = job.codes[1]
            maps.bone[block[0] : ends[0], block[1] : ends[1], block[2] : ends[2]] = 0
            maps.density[block[0] : ends[0], block[1] : ends[1], block[2] : ends[2]] = 1.0
        else:
            _paint_block(job, block, ends, found[:n], hollow[:m], maps)


@njit(cache=True, error_model="numpy")
def _paint_block(
    job: _Job, block: np.ndarray, ends: np.ndarray, found: np.ndarray, hollow: np.ndarray, maps: _Maps
) -> None:
    """Paint one block with the shapes that come near it."""
    for i in range(block[0], ends[0]):
        for j in range(block[1], ends[1]):
            for k in range(block[2], ends[2]):
                x, y, z = _place(job.affine, i, j, k)
                d, shell, spongy = _depth(job.shapes, found, x, y, z)
                if d < 0.0 and hollow.size > 0:
                    hole, _, _ = _depth(job.carved, hollow, x, y, z)
                    d = max(d, -hole)
                if d >= 0.0:
                    continue
                if job.codes[4] == BONE:
                    rough = noise(x / GRAIN_MM, y / GRAIN_MM, z / (1.7 * GRAIN_MM), int(job.numbers[2]))
                    _put_bone((i, j, k), d + shell, spongy, rough, job, maps)
                else:
                    _put((i, j, k), d + shell, job, maps)


@njit(cache=True, error_model="numpy")
def _put(at: tuple[int, int, int], outer: float, job: _Job, maps: _Maps) -> None:
    """Set one voxel of what is no bone; `outer` is above 0 in the shell."""
    does, value = job.codes[4], job.codes[3]
    if does == GLOW:
        if maps.bone[at] > 0 and (value == 0 or maps.bone[at] == value):
            maps.uptake[at] *= job.numbers[0]
        return
    if does == INSIDE and maps.bone[at] != value:
        return
    maps.tissue[at] = job.codes[0] if outer > 0.0 else job.codes[1]
    maps.bone[at] = value
    maps.density[at] = 1.0


@njit(cache=True, error_model="numpy")
def _put_bone(at: tuple[int, int, int], outer: float, spongy: float, rough: float, job: _Job, maps: _Maps) -> None:
    """Set one voxel of bone: cortex (`outer` above 0), trabeculae with their texture, or marrow."""
    maps.bone[at] = job.codes[3]
    maps.density[at] = 1.0
    if outer > 0.0:
        maps.tissue[at] = job.codes[0]
        maps.density[at] = 0.5 + 0.5 * job.numbers[0]
    elif spongy + 0.25 * rough < 0.5:
        maps.tissue[at] = job.codes[2]
    else:
        maps.tissue[at] = job.codes[1]
        mineral = (0.88 + 0.16 * spongy) * (0.6 + 0.4 * job.numbers[0])
        maps.density[at] = mineral * (1.0 + 0.5 * job.numbers[1] * rough)
