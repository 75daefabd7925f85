"""Filtered images: Laplacian of Gaussian, and the eight sub-bands of an undecimated wavelet (coiflet 1)."""

from __future__ import annotations

import itertools
import math

import numpy as np
import SimpleITK as sitk  # noqa: N813 - its usual name
from scipy import ndimage

from osteon.errors import GeometryError

_ROOT = math.sqrt(7)
_LOW = np.array([-3 + _ROOT, 1 - _ROOT, 14 - 2 * _ROOT, 14 + 2 * _ROOT, 5 + _ROOT, 1 - _ROOT]) / (16 * math.sqrt(2))
_HIGH = _LOW[::-1] * np.array([-1, 1, -1, 1, -1, 1])
SUB_BANDS = tuple("".join(b) for b in itertools.product("LH", repeat=3))
BANDS = (*SUB_BANDS[1:], SUB_BANDS[0])
LEAST_VOXELS = 4


def laplacian_of_gaussian(image: np.ndarray, *, spacing_mm: tuple[float, ...], sigma_mm: float) -> np.ndarray:
    """Return the Laplacian of `image` blurred by `sigma_mm`, times sigma squared, so that scales compare; float32.

    Raises:
        GeometryError: A side has fewer than 4 voxels.

    """
    if min(image.shape) < LEAST_VOXELS:
        msg = (
            f"An image of {image.shape} voxels is too thin for the Laplacian of Gaussian, which needs {LEAST_VOXELS} "
            "along each side; leave `log_sigmas_mm` out."
        )
        raise GeometryError(msg)
    volume = sitk.GetImageFromArray(image.astype(np.float64))
    volume.SetSpacing(tuple(float(s) for s in spacing_mm[::-1]))
    found = sitk.LaplacianRecursiveGaussian(volume, sigma=float(sigma_mm), normalizeAcrossScale=True)
    return sitk.GetArrayFromImage(found)


def wavelet(image: np.ndarray) -> dict[str, np.ndarray]:
    """Return the sub-bands of `image` (slices, rows, columns), float64, by the name of `BANDS`.

    The letters say low or high pass along columns, rows and slices (x, y, z). The image goes on as if tiled.
    """
    found = {"": image.astype(np.float64)}
    for axis in (2, 1, 0):
        found = {
            name + letter: _pass(values, taps, axis)
            for name, values in found.items()
            for letter, taps in (("L", _LOW), ("H", _HIGH))
        }
    return {name: found[name] for name in BANDS}


def _pass(values: np.ndarray, taps: np.ndarray, axis: int) -> np.ndarray:
    return ndimage.convolve1d(values, taps, axis=axis, mode="wrap", origin=0)
