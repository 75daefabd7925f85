"""Noise that is fixed in the body's millimetres, so that every modality sees the same texture."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def knot(i: int, j: int, k: int, seed: int) -> float:
    """Return the number between -1 and 1 at a whole place of the lattice."""
    h = np.uint64(i * 73856093) ^ np.uint64(j * 19349663) ^ np.uint64(k * 83492791) ^ np.uint64(seed * 2654435761)
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    h = h ^ (h >> np.uint64(31))
    return float(h >> np.uint64(11)) * (2.0 / 9007199254740992.0) - 1.0


@njit(cache=True, error_model="numpy")
def noise(x: float, y: float, z: float, seed: int) -> float:
    """Return smooth noise between -1 and 1: numbers at the whole places, blended between them."""
    i, j, k = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
    a, b, c = x - i, y - j, z - k
    a, b, c = a * a * (3.0 - 2.0 * a), b * b * (3.0 - 2.0 * b), c * c * (3.0 - 2.0 * c)
    total = 0.0
    for di in range(2):
        for dj in range(2):
            for dk in range(2):
                weight = (a if di else 1.0 - a) * (b if dj else 1.0 - b) * (c if dk else 1.0 - c)
                total += weight * knot(i + di, j + dj, k + dk, seed)
    return total
