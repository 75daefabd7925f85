"""Line integrals through a volume along the rays of a view: the heart of every simulated radiograph.

Two ways: "siddon" is exact for voxels of one value each; "linear" takes voxels as samples and interpolates between
them, so that a curved edge throws a smooth shadow. Rays do not touch each other, so threads change no bit.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from typing import Any, Literal

import numpy as np

from osteon.errors import GeometryError
from osteon.geometry import matrix, to_index
from osteon.simulate.xray.view import View
from osteon.types import Grid

Method = Literal["linear", "siddon"]
_TILE = 16  # side of a tile of the detector: the voxels that its rays meet stay in the processor's cache


def integrals(volume: np.ndarray, *, grid: Grid, view: View, method: Method = "linear", threads: int = 1) -> np.ndarray:
    """Return the integral of a volume along each ray in value times mm, float32 of the view's shape.

    Args:
        volume: Of the grid's shape; outside it there is nothing.
        grid: With an affine, oblique or not.
        view: The rays.
        method: "linear" or "siddon".
        threads: That share the rows of the detector.

    Raises:
        GeometryError: The volume does not fit its grid.

    """
    _check(volume, grid)
    values = np.ascontiguousarray(volume, np.float32)
    out = np.empty(view.shape, np.float32)
    _run(_kernels().integrals, (values,), _Rays(grid, view, method), out=out, threads=threads)
    return out


def paths(  # noqa: PLR0913 - what is crossed, and by which rays
    labels: np.ndarray,
    *,
    count: int,
    grid: Grid,
    view: View,
    scale: np.ndarray | None = None,
    method: Method = "linear",
    threads: int = 1,
) -> np.ndarray:
    """Return the millimetres each ray runs in each label, float32 of shape (rows, columns, count).

    Args:
        labels: uint8 of the grid's shape, all less than `count`.
        count: Of labels.
        grid: As for `integrals`.
        view: The rays.
        scale: Factor on the length in each voxel; None for 1.
        method: "linear" shares a length between the labels around it.
        threads: That share the rows of the detector.

    Raises:
        GeometryError: The labels do not fit the grid, or one is not less than `count`.

    """
    _check(labels, grid)
    names = np.ascontiguousarray(labels, np.uint8)
    if names.size and names.max() >= count:
        msg = f"A label of {names.max()} was found where there are {count} labels from 0."
        raise GeometryError(msg)
    factors = np.ones((1, 1, 1), np.float32) if scale is None else np.ascontiguousarray(scale, np.float32)
    if scale is not None:
        _check(factors, grid)
    out = np.empty((*view.shape, count), np.float32)
    _run(_kernels().paths, (names, factors), _Rays(grid, view, method), out=out, threads=threads)
    return out


class _Rays:
    """A view in the voxels of a grid."""

    def __init__(self, grid: Grid, view: View, method: Method) -> None:
        points = np.stack([view.source_mm, view.corner_mm])
        self.step_mm = np.ascontiguousarray(matrix(grid)[:3, :3])
        steps = np.stack([view.down_mm, view.right_mm]) @ np.linalg.inv(self.step_mm).T
        self.frame = np.concatenate([to_index(grid, points), steps])
        self.exact = int(method == "siddon")

    def at(self, row: int, column: int) -> np.ndarray:
        """Return the frame whose first pixel is another."""
        frame = self.frame.copy()
        frame[1] += row * frame[2] + column * frame[3]
        return frame


def _run(
    kernel: Callable[..., None], volumes: tuple[np.ndarray, ...], rays: _Rays, *, out: np.ndarray, threads: int
) -> None:
    def tile(first: tuple[int, int]) -> None:
        row, column = first
        part = out[row : row + _TILE, column : column + _TILE]
        kernel(*volumes, rays.at(row, column), rays.step_mm, rays.exact, part)

    tiles = [(row, column) for row in range(0, out.shape[0], _TILE) for column in range(0, out.shape[1], _TILE)]
    if threads == 1:
        for first in tiles:
            tile(first)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(tile, tiles))


def _check(volume: np.ndarray, grid: Grid) -> None:
    if volume.ndim != 3 or volume.shape != grid.shape or 0 in volume.shape:
        msg = f"A volume of shape {volume.shape} does not lie on a grid of {grid.shape}; pass both of one image."
        raise GeometryError(msg)


@cache
def _kernels() -> Any:
    """Return the compiled module, on first use: numba takes long to import."""
    return import_module("osteon.simulate.xray.ray_kernels")
