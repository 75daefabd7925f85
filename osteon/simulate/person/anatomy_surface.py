"""Points on the surface of shapes, and which shapes lie within others."""

from __future__ import annotations

import numpy as np
from numba import njit

from osteon.simulate.person.anatomy_raster import depth_of
from osteon.simulate.person.anatomy_shapes import AXES, CAP, CUT, FLAT, HALF_A, LENGTH, ORIGIN

ALONG, ABOUT = 5, 8
"""Rings of points along a shape, and points of a ring."""


def surface(rows: np.ndarray) -> np.ndarray:
    """Return points (n, ALONG * ABOUT + 2, 3) on the surface of each shape in mm: rings, and both tips.

    A point that a shape's half space cuts away is NaN; a flat end's tip is its middle.
    """
    t = np.linspace(0.0, 1.0, ALONG)[None, :, None]
    angle = np.linspace(0.0, 2 * np.pi, ABOUT, endpoint=False)[None, None, :]
    first, last = rows[:, HALF_A : HALF_A + 2], rows[:, HALF_A + 2 : HALF_A + 4]
    half = first[:, None, None] + t[..., None] * (last - first)[:, None, None]
    length = rows[:, LENGTH]
    u, v = half[..., 0] * np.cos(angle), half[..., 1] * np.sin(angle)
    w = np.broadcast_to(t * length[:, None, None], u.shape)
    ring = np.stack([u, v, w], axis=-1).reshape(len(rows), -1, 3)
    cap = np.where(rows[:, FLAT] > 0.0, 0.0, rows[:, CAP])
    tips = np.zeros((len(rows), 2, 3))
    tips[:, 0, 2], tips[:, 1, 2] = -cap, length + cap
    axes = rows[:, AXES : AXES + 9].reshape(-1, 3, 3)
    points = np.concatenate([ring, tips], axis=1) @ axes + rows[:, None, ORIGIN : ORIGIN + 3]
    beyond = (points * rows[:, None, CUT : CUT + 3]).sum(axis=-1) > rows[:, None, CUT + 3] + 1e-6
    points[beyond] = np.nan
    return points


def hidden(rows: np.ndarray, within: np.ndarray) -> np.ndarray:
    """Return whether no point of `surface` of each shape lies outside the union of the shapes `within`, (n,) bool."""
    return ~_beyond(np.ascontiguousarray(surface(rows)), np.ascontiguousarray(within))


@njit(cache=True, error_model="numpy")
def _beyond(points: np.ndarray, within: np.ndarray) -> np.ndarray:
    found = np.zeros(points.shape[0], np.bool_)
    for i in range(points.shape[0]):
        for j in range(points.shape[1]):
            p = points[i, j]
            if not np.isnan(p[0]) and depth_of(within, p[0], p[1], p[2]) > 0.0:
                found[i] = True
                break
    return found
