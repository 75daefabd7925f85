"""Smooth noise on a slide, fixed in its micrometres: any tile, cut anywhere, sees the same texture."""

from __future__ import annotations

import math

import numba
import numpy as np

SIDE = 256
_TO_UNIT = 1.0 / 9007199254740992.0  # 2**-53


@numba.njit(cache=True, nogil=True)
def unit(i: int, j: int, seed: int) -> float:
    """Return the number in [0, 1) that belongs to a whole place of the lattice."""
    h = (
        np.uint64(seed)
        ^ (np.uint64(i) * np.uint64(0x9E3779B97F4A7C15))
        ^ (np.uint64(j) * np.uint64(0xC2B2AE3D27D4EB4F))
    )
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    h = h ^ (h >> np.uint64(31))
    return float(h >> np.uint64(11)) * _TO_UNIT


@numba.njit(cache=True, nogil=True)
def knots(seed: int) -> np.ndarray:
    """Return the numbers between which the smooth noise of a section runs, float32 (256, 256)."""
    table = np.empty((SIDE, SIDE), np.float32)
    for i in range(SIDE):
        for j in range(SIDE):
            table[i, j] = unit(i, j, seed)
    return table


@numba.njit(cache=True, nogil=True)
def smooth(x: float, y: float, layer: int, table: np.ndarray) -> float:
    """Return smooth noise between 0 and 1 that changes over a distance of 1 and comes again after 256.

    Each `layer` is shifted elsewhere on the `table`.
    """
    i, j = math.floor(x), math.floor(y)
    a, b = x - i, y - j
    a, b = a * a * (3.0 - 2.0 * a), b * b * (3.0 - 2.0 * b)
    i, j = (i + 97 * layer) & (SIDE - 1), (j + 61 * layer) & (SIDE - 1)
    m, n = (i + 1) & (SIDE - 1), (j + 1) & (SIDE - 1)
    top = table[j, i] * (1.0 - a) + table[j, m] * a
    low = table[n, i] * (1.0 - a) + table[n, m] * a
    return top * (1.0 - b) + low * b


@numba.njit(cache=True, nogil=True)
def rough(x: float, y: float, layer: int, table: np.ndarray) -> float:
    """Return noise between 0 and 1 of two scales, 1 and a little under a half, askew to one another."""
    u, v = 0.8 * x - 0.6 * y, 0.6 * x + 0.8 * y
    return 0.65 * smooth(u, v, layer, table) + 0.35 * smooth(2.17 * x + 11.3, 2.17 * y - 5.7, layer + 1, table)


@numba.njit(cache=True, nogil=True)
def fibre(x: float, y: float, layer: int, table: np.ndarray) -> float:
    """Return how much of a wavy fibre, about 1 across and many long, lies at a place, 0 to 1."""
    bend = 14.0 * smooth(x / 22.0, y / 22.0, layer, table) + 4.0 * smooth(x / 6.0, y / 6.0, layer + 1, table)
    return 1.0 - abs(2.0 * smooth(x / 14.0, y + bend, layer + 2, table) - 1.0)


@numba.njit(cache=True, nogil=True)
def wall(x: float, y: float, layer: int, table: np.ndarray) -> float:
    """Return how far a place is from the border of its Voronoi cell; cells are about 1 across."""
    i, j = math.floor(x), math.floor(y)
    first, second = 9.0, 9.0
    for m in range(i - 1, i + 2):
        for n in range(j - 1, j + 2):
            p, q = (m + 97 * layer) & (SIDE - 1), (n + 61 * layer) & (SIDE - 1)
            across, down = m + 0.15 + 0.7 * table[q, p] - x, n + 0.15 + 0.7 * table[p, q] - y
            far = math.sqrt(across * across + down * down)
            if far < first:
                first, second = far, first
            elif far < second:
                second = far
    return 0.5 * (second - first)
