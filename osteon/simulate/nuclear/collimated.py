"""The projection of an attenuated activity through a parallel-hole collimator, layer by layer.

What starts in a layer is attenuated along its own line. The layers are then gathered from the farthest to the nearest;
between two of them the image is spread by the difference of their variances, in taps of three that hold variance and
sum exactly (after McCarthy and Miller 1991).
"""

from __future__ import annotations

import numba
import numpy as np

_STABLE = 0.4


@numba.njit(cache=True, nogil=True)
def escaping(activity: np.ndarray, mu_per_mm: np.ndarray, step_mm: float, out: np.ndarray) -> None:
    """Write to `out` what leaves along the last axis toward its start, each voxel's own attenuation averaged within it.

    All arrays have the shape (z, x, y).
    """
    for z in range(activity.shape[0]):
        for x in range(activity.shape[1]):
            depth = 0.0
            for y in range(activity.shape[2]):
                own = mu_per_mm[z, x, y] * step_mm
                if activity[z, x, y] != 0.0:
                    mean = (1.0 - np.exp(-own)) / own if own > 1e-6 else 1.0
                    out[z, x, y] = activity[z, x, y] * np.exp(-depth) * mean
                else:
                    out[z, x, y] = 0.0
                depth += own


def gathered(layers: np.ndarray, *, sigma_mm: np.ndarray, pixel_mm: tuple[float, float]) -> np.ndarray:
    """Return the sum over the last axis of `layers` (z, x, y), each layer blurred by its own Gaussian; float32.

    Args:
        layers: The nearest layer first.
        sigma_mm: Standard deviation of each, rising.
        pixel_mm: (z, x) size of a voxel.

    """
    variance = np.asarray(sigma_mm, float) ** 2
    steps = np.diff(variance, prepend=0.0)
    image = np.zeros(layers.shape[:2], np.float32)
    work = np.empty_like(image)
    for layer in range(layers.shape[2])[::-1]:
        _add_layer(image, layers, layer)
        _spread(image, work, steps[layer] / pixel_mm[0] ** 2, steps[layer] / pixel_mm[1] ** 2)
    return image


def scattered_back(image: np.ndarray, *, sigma_mm: np.ndarray, pixel_mm: tuple[float, float]) -> np.ndarray:
    """Return the adjoint of `gathered`: an image (z, x) blurred into each layer as it would be; float32 (z, x, y)."""
    steps = np.diff(np.asarray(sigma_mm, float) ** 2, prepend=0.0)
    layers = np.empty((*image.shape, steps.size), np.float32)
    current = np.array(image, np.float32)
    work = np.empty_like(current)
    for layer, step in enumerate(steps):
        _spread(current, work, step / pixel_mm[0] ** 2, step / pixel_mm[1] ** 2)
        layers[:, :, layer] = current
    return layers


@numba.njit(cache=True, nogil=True)
def _add_layer(image: np.ndarray, layers: np.ndarray, layer: int) -> None:
    for z in range(image.shape[0]):
        for x in range(image.shape[1]):
            image[z, x] += layers[z, x, layer]


@numba.njit(cache=True, nogil=True)
def _spread(image: np.ndarray, work: np.ndarray, rows: float, columns: float) -> None:
    """Blur by a variance in pixels squared along each axis; what leaves the image is lost."""
    for axis in range(2):
        variance = rows if axis == 0 else columns
        times = max(1, int(np.ceil(variance / _STABLE)))
        side = variance / times / 2.0
        for _ in range(times):
            if axis == 0:
                _along_rows(image, work, side)
            else:
                _along_columns(image, work, side)
            image[:] = work


@numba.njit(cache=True, nogil=True)
def _along_rows(image: np.ndarray, out: np.ndarray, share: float) -> None:
    side = np.float32(share)
    last = image.shape[0] - 1
    for z in range(image.shape[0]):
        for x in range(image.shape[1]):
            value = image[z, x] * (np.float32(1.0) - np.float32(2.0) * side)
            if z > 0:
                value += side * image[z - 1, x]
            if z < last:
                value += side * image[z + 1, x]
            out[z, x] = value


@numba.njit(cache=True, nogil=True)
def _along_columns(image: np.ndarray, out: np.ndarray, share: float) -> None:
    side = np.float32(share)
    last = image.shape[1] - 1
    for z in range(image.shape[0]):
        for x in range(image.shape[1]):
            value = image[z, x] * (np.float32(1.0) - np.float32(2.0) * side)
            if x > 0:
                value += side * image[z, x - 1]
            if x < last:
                value += side * image[z, x + 1]
            out[z, x] = value


def overlap(count: int, voxel_mm: float, *, pixels: int, pixel_mm: float, low_mm: float) -> np.ndarray:
    """Return the share of each of `count` voxels from 0 mm that falls into each pixel from `low_mm`, (pixels, count).

    >>> overlap(2, 2.0, pixels=3, pixel_mm=1.0, low_mm=0.0).tolist()
    [[0.5, 0.0], [0.5, 0.0], [0.0, 0.5]]
    """
    pixel = low_mm + pixel_mm * np.arange(pixels)[:, None]
    voxel = voxel_mm * np.arange(count)[None, :]
    shared = np.minimum(pixel + pixel_mm, voxel + voxel_mm) - np.maximum(pixel, voxel)
    return np.clip(shared, 0.0, None) / voxel_mm
