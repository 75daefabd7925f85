"""A gamma camera with a parallel-hole collimator: what it accepts, and where two opposed heads stand.

The collimator is its angular acceptance, averaged over the place of the holes: a photon whose direction has the
tangent t to the normal passes with a probability of exp(-t^2 / 2 s^2), s = hole / length / 2.355. A point at the
distance d is then a Gaussian whose width grows with d, and is counted equally well at every distance. Penetration of
the septa, the table and scatter inside the camera are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from osteon.errors import RequestError
from osteon.simulate.nuclear.photon_space import Space
from osteon.simulate.nuclear.photon_tables import Window

_LEAD_PER_MM = 2.71  # attenuation of lead at 140 keV


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A head with a low-energy high-resolution collimator.

    Attributes:
        hole_mm, length_mm: Width and length of the collimator's holes.
        back_mm: From the collimator's back to where the crystal absorbs.
        intrinsic_mm: Full width at half maximum of the crystal's own blur.
        cps_per_mbq: Counts a second in the window per MBq in air, collimator and crystal included.
        window: Of energy.

    """

    hole_mm: float = 1.11
    length_mm: float = 24.05
    back_mm: float = 5.0
    intrinsic_mm: float = 3.8
    cps_per_mbq: float = 90.0
    window: Window = field(default_factory=Window)

    @property
    def tangent(self) -> float:
        """The standard deviation of the tangents of accepted photons."""
        return self.hole_mm / (self.length_mm - 2.0 / _LEAD_PER_MM) / 2.3548

    @property
    def throw_mm(self) -> float:
        """From the collimator's face to where the crystal absorbs."""
        return self.length_mm + self.back_mm

    def blur_mm(self, distance_mm: np.ndarray | float) -> np.ndarray:
        """Return the standard deviation of a point's image at a distance from the face, without the crystal's part."""
        return self.tangent * (np.asarray(distance_mm, float) + self.throw_mm)


@dataclass(frozen=True, kw_only=True)
class Bed:
    """Two heads that look at a lying patient from in front and from behind.

    Attributes:
        shape: Rows and columns of an image, head up.
        pixel_mm: Size of a square pixel.
        gap_mm: From the body, where it is thickest, to the face of each collimator.

    """

    shape: tuple[int, int] = (1024, 256)
    pixel_mm: float = 2.4
    gap_mm: float = 30.0

    def __post_init__(self) -> None:
        """Raise `RequestError` for a camera without pixels, or inside the body."""
        if min(self.shape) < 1 or self.pixel_mm <= 0 or self.gap_mm < 0:
            msg = (
                f"A camera of {self.shape[0]} x {self.shape[1]} pixels of {self.pixel_mm:g} mm, {self.gap_mm:g} mm "
                "away, cannot be meant; give at least one pixel, a size above 0 and a gap of 0 or more."
            )
            raise RequestError(msg)


class Heads(NamedTuple):
    """The two heads in the frame of a `Space`, for compiled code: index 0 in front, 1 behind.

    Attributes:
        front_mm, back_mm: y of the planes where the crystals absorb.
        left_mm, low_mm: x of the first column of the anterior image, and z of the lower edge of the last row.
        pixel_mm, rows, columns: Of the image.
        tangent: See `Camera.tangent`.
        mean_cosine: Mean of cos^3 over accepted tangents, which makes the weight of a source in air one.

    """

    front_mm: float
    back_mm: float
    left_mm: float
    low_mm: float
    pixel_mm: float
    rows: int
    columns: int
    tangent: float
    mean_cosine: float


def heads(inside: Space, *, camera: Camera, bed: Bed) -> Heads:
    """Return where the heads are: the body's box in the middle of the image, the planes off its matter."""
    thick = np.flatnonzero((inside.tissue > 0).any(axis=(0, 1)))
    first, last = (thick[0], thick[-1] + 1) if thick.size else (0, inside.tissue.shape[2])
    away = bed.gap_mm + camera.throw_mm
    rows, columns = bed.shape
    return Heads(
        front_mm=float(first * inside.voxel[2] - away),
        back_mm=float(last * inside.voxel[2] + away),
        left_mm=(inside.size[1] - columns * bed.pixel_mm) / 2,
        low_mm=(inside.size[0] - rows * bed.pixel_mm) / 2,
        pixel_mm=bed.pixel_mm,
        rows=rows,
        columns=columns,
        tangent=camera.tangent,
        mean_cosine=mean_cosine(camera.tangent),
    )


def mean_cosine(tangent: float) -> float:
    """Return the mean of cos^3 over tangents of a two-dimensional Gaussian of that standard deviation.

    >>> round(mean_cosine(0.02), 4)
    0.9988
    """
    squares = np.linspace(0, 40, 40001)  # t^2 / s^2 follows exp(-q/2) / 2
    values = (1 + tangent**2 * squares) ** -1.5 * np.exp(-squares / 2) / 2
    return float(np.trapezoid(values, squares))
