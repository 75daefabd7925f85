"""Views of a slice stack by a turning gamma camera: attenuation and a blur that grows with distance, and the adjoint.

Volumes are (z, x, y) on square pixels. For each view the volume is turned so that the camera looks along the last axis
from its start; a voxel gives to its four new neighbours what falls to each, so nothing is lost. The adjoint runs the
same steps backwards, so an expectation maximisation on it converges.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from osteon.simulate.nuclear.collimated import escaping, gathered, scattered_back


class Orbit(NamedTuple):
    """A turning camera and what stands in its way.

    Attributes:
        angles: Of the views in radians, 0 in front of the patient, rising to the patient's left.
        factors: Share that leaves toward the camera from each voxel of each turned volume, float32 (views, z, x, y).
        sigma_mm: Standard deviation of the blur of each layer, the nearest first.
        pixel_mm: (z, x) size of a voxel.

    """

    angles: np.ndarray
    factors: np.ndarray
    sigma_mm: np.ndarray
    pixel_mm: tuple[float, float]


def orbit(mu_per_mm: np.ndarray, *, views: int, sigma_mm: np.ndarray, pixel_mm: tuple[float, float]) -> Orbit:
    """Return a full turn of `views` around a body of attenuation (z, x, y)."""
    angles = 2 * np.pi * np.arange(views) / views
    factors = np.empty((views, *mu_per_mm.shape), np.float32)
    whole = np.ones(mu_per_mm.shape, np.float32)
    for view, angle in enumerate(angles):
        turned = np.zeros(mu_per_mm.shape, np.float32)
        _turn_back(np.ascontiguousarray(mu_per_mm, np.float32), np.cos(angle), -np.sin(angle), turned)
        escaping(whole, turned, pixel_mm[1], factors[view])
    return Orbit(angles=angles, factors=factors, sigma_mm=np.asarray(sigma_mm, float), pixel_mm=pixel_mm)


def forward(volume: np.ndarray, orbit: Orbit, view: int) -> np.ndarray:
    """Return one view (z, x) of an activity (z, x, y), float32: what air would show, times what leaves."""
    turned = np.zeros(volume.shape, np.float32)
    _turn(volume, np.cos(orbit.angles[view]), np.sin(orbit.angles[view]), turned)
    turned *= orbit.factors[view]
    return gathered(turned, sigma_mm=orbit.sigma_mm, pixel_mm=orbit.pixel_mm)


def backward(image: np.ndarray, orbit: Orbit, view: int, out: np.ndarray) -> None:
    """Add the adjoint of `forward` for one view to `out` (z, x, y)."""
    turned = scattered_back(image, sigma_mm=orbit.sigma_mm, pixel_mm=orbit.pixel_mm)
    turned *= orbit.factors[view]
    _turn_back(turned, np.cos(orbit.angles[view]), np.sin(orbit.angles[view]), out)


def em(counts: np.ndarray, orbit: Orbit, *, iterations: int, subsets: int) -> np.ndarray:
    """Return the activity that explains `counts` (views, z, x) by ordered-subset expectation maximisation.

    Args:
        counts: In the unit of `forward`'s views.
        orbit: The camera that took them.
        iterations: Over all views.
        subsets: Into which the views are cut, every n-th one together.

    """
    views, shape = counts.shape[0], orbit.factors.shape[1:]
    image = np.full(shape, counts.sum() / views / np.prod(shape), np.float32)
    for _ in range(iterations):
        for subset in range(subsets):
            back, whole = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
            for view in range(subset, views, subsets):
                seen = forward(image, orbit, view)
                ratio = np.divide(counts[view], seen, out=np.zeros_like(seen), where=seen > 1e-9 * seen.max())
                backward(ratio.astype(np.float32), orbit, view, back)
                backward(np.ones_like(seen), orbit, view, whole)
            image *= np.divide(back, whole, out=np.zeros_like(back), where=whole > 1e-6)
    return image


@numba.njit(cache=True, nogil=True)
def _places(x: int, y: int, cosine: float, sine: float, shape: tuple) -> tuple[int, int, float, float]:
    """Return where a pixel comes to lie: the lower neighbours and the shares of the upper ones."""
    u, v = x - (shape[1] - 1) / 2.0, y - (shape[2] - 1) / 2.0
    new_x = cosine * u + sine * v + (shape[1] - 1) / 2.0
    new_y = -sine * u + cosine * v + (shape[2] - 1) / 2.0
    low_x, low_y = int(np.floor(new_x)), int(np.floor(new_y))
    return low_x, low_y, new_x - low_x, new_y - low_y


@numba.njit(cache=True, nogil=True)
def _turn(volume: np.ndarray, cosine: float, sine: float, out: np.ndarray) -> None:
    """Add each pixel to its four neighbours in the turned slice; what leaves the square is lost."""
    shape = volume.shape
    for x in range(shape[1]):
        for y in range(shape[2]):
            low_x, low_y, over_x, over_y = _places(x, y, cosine, sine, shape)
            for i in range(2):
                for j in range(2):
                    to_x, to_y = low_x + i, low_y + j
                    if 0 <= to_x < shape[1] and 0 <= to_y < shape[2]:
                        share = np.float32((over_x if i else 1 - over_x) * (over_y if j else 1 - over_y))
                        for z in range(shape[0]):
                            out[z, to_x, to_y] += share * volume[z, x, y]


@numba.njit(cache=True, nogil=True)
def _turn_back(volume: np.ndarray, cosine: float, sine: float, out: np.ndarray) -> None:
    """Add the adjoint of `_turn`: to each pixel, what its four neighbours in the turned slice hold."""
    shape = volume.shape
    for x in range(shape[1]):
        for y in range(shape[2]):
            low_x, low_y, over_x, over_y = _places(x, y, cosine, sine, shape)
            for i in range(2):
                for j in range(2):
                    from_x, from_y = low_x + i, low_y + j
                    if 0 <= from_x < shape[1] and 0 <= from_y < shape[2]:
                        share = np.float32((over_x if i else 1 - over_x) * (over_y if j else 1 - over_y))
                        for z in range(shape[0]):
                            out[z, x, y] += share * volume[z, from_x, from_y]
