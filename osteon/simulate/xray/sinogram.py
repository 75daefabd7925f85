"""Parallel projections of a slice and filtered back-projection: the inside of the simulated CT.

Rays are lines without width, one set of parallel rays a view, half a turn; a real scanner's fan is rebinned to this.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Literal

import numpy as np
from scipy import fft

from osteon.errors import RequestError

Kernel = Literal["soft", "bone", "ramp"]
_CUT_PER_MM = {"soft": 0.65, "bone": 1.3}  # line pairs at which the Hann window ends


@dataclass(frozen=True, kw_only=True)
class Beam:
    """The rays of a slice.

    Attributes:
        views: Over half a turn.
        bin_mm: Distance of neighbouring rays, at the middle.
        field_mm: Diameter that every view covers.

    """

    views: int = 720
    bin_mm: float = 0.6
    field_mm: float = 400.0

    @property
    def bins(self) -> int:
        """Rays of a view."""
        return int(np.ceil(self.field_mm / self.bin_mm)) + 1

    @property
    def angles(self) -> np.ndarray:
        """Of the views in radians, float64."""
        return np.arange(self.views) * (np.pi / self.views)


def project(maps: np.ndarray, *, pixel_mm: float, beam: Beam) -> np.ndarray:
    """Return the integral of each map along each ray, value times mm, float32 of shape (views, bins, maps).

    Args:
        maps: (rows, columns, maps), linear between pixels, nothing outside.
        pixel_mm: Of square pixels.
        beam: The rays about the middle of the maps.

    """
    _check(beam, pixel_mm)
    rows = np.pad(np.asarray(maps, np.float32), ((1, 1), (1, 1), (0, 0)))
    columns = np.ascontiguousarray(rows.transpose(1, 0, 2))
    out = np.empty((beam.views, beam.bins, maps.shape[-1]), np.float32)
    _kernels().project(rows, columns, beam.angles, beam.bin_mm / pixel_mm, out)
    return out * np.float32(pixel_mm)


def reconstruct(
    sinogram: np.ndarray, *, beam: Beam, shape: tuple[int, int], pixel_mm: float, kernel: Kernel = "soft"
) -> np.ndarray:
    """Return the slice whose line integrals are given, in values per mm, float32 of `shape`.

    Args:
        sinogram: (views, bins).
        beam: Its rays.
        shape: (rows, columns) of the slice about the same middle.
        pixel_mm: Of its square pixels.
        kernel: "ramp" is the inverse; "soft" and "bone" end it softly at 0.65 and 1.3 line pairs per mm
            (half of the contrast is left at half of that).

    """
    _check(beam, pixel_mm)
    filtered = _filtered(sinogram, beam, kernel)
    out = np.empty(shape, np.float32)
    _kernels().back_project(filtered, beam.angles, pixel_mm / beam.bin_mm, out)
    return out


def _filtered(sinogram: np.ndarray, beam: Beam, kernel: Kernel) -> np.ndarray:
    """Return the views convolved with the ramp, sampled in space so that nothing is lost at frequency 0."""
    bins = sinogram.shape[1]
    size = fft.next_fast_len(2 * bins, real=True)
    at = np.minimum(np.arange(size), size - np.arange(size))
    ramp = np.zeros(size)
    ramp[0] = 0.25
    odd = at % 2 == 1
    ramp[odd] = -1.0 / (np.pi * at[odd]) ** 2
    response = fft.rfft(ramp / beam.bin_mm).real * _window(fft.rfftfreq(size, beam.bin_mm), kernel)
    return fft.irfft(fft.rfft(sinogram, size, axis=1) * response.astype(np.float32), size, axis=1)[:, :bins].astype(
        np.float32
    )


def _window(per_mm: np.ndarray, kernel: Kernel) -> np.ndarray:
    if kernel == "ramp":
        return np.ones_like(per_mm)
    if kernel not in _CUT_PER_MM:
        msg = f'The kernel "{kernel}" was asked for; there are ramp, {", ".join(_CUT_PER_MM)}.'
        raise RequestError(msg)
    return 0.5 * (1.0 + np.cos(np.pi * np.minimum(per_mm / _CUT_PER_MM[kernel], 1.0)))


def _check(beam: Beam, pixel_mm: float) -> None:
    if beam.views < 2 or not min(beam.bin_mm, beam.field_mm, pixel_mm) > 0:
        msg = f"A scan needs at least two views and positive sizes in mm; got {beam} and pixels of {pixel_mm} mm."
        raise RequestError(msg)


@cache
def _kernels() -> Any:
    """Return the compiled module, on first use: numba takes long to import."""
    return import_module("osteon.simulate.xray.sinogram_kernels")
