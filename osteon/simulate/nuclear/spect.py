"""SPECT of a simulated body after a bone tracer: projections of a turning camera, and their reconstruction.

Attenuation at the photopeak and the collimator's distance-dependent blur are those of the planar scan. Scatter is
taken as already corrected: it is neither added nor does it add noise. The camera turns on a circle and the tracer does
not decay while it does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy.ndimage import gaussian_filter

from osteon.errors import RequestError
from osteon.geometry import volume_grid
from osteon.simulate.nuclear import bone_scan
from osteon.simulate.nuclear.gamma_camera import Camera
from osteon.simulate.nuclear.pet import resampled
from osteon.simulate.nuclear.photon_space import placed, space
from osteon.simulate.nuclear.photon_tables import tables
from osteon.simulate.nuclear.spect_projection import Orbit, em, forward, orbit
from osteon.simulate.nuclear.tomogram import fan, filtered_back_projection
from osteon.simulate.person.body import Body
from osteon.types import Grid, Image


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a SPECT is made.

    Attributes:
        tracer: Dose, time and patient, as for the planar scan.
        camera: The head.
        voxel_mm: Of the projections and of the image, a cube.
        radius_mm: From the axis to the collimator's face; None for 30 mm off the body's corner.
        views, seconds: Angles over a full turn, and the time spent at each by all heads together.
        method: "osem" with attenuation and resolution, or "fbp" without either.
        iterations, subsets: Of the former.
        cut_off: Of the latter's filter, cycles a pixel.
        filter_mm: Full width at half maximum of the filter after the former.
        noise: Whether counts are drawn.

    """

    tracer: bone_scan.Settings = field(default_factory=bone_scan.Settings)
    camera: Camera = field(default_factory=Camera)
    voxel_mm: float = 4.8
    radius_mm: float | None = None
    views: int = 60
    seconds: float = 30.0
    method: Literal["osem", "fbp"] = "osem"
    iterations: int = 4
    subsets: int = 10
    cut_off: float = 0.2
    filter_mm: float = 6.0
    noise: bool = True

    def __post_init__(self) -> None:
        """Raise `RequestError` for what cannot be meant."""
        if min(self.voxel_mm, self.seconds, self.iterations) <= 0 or not 1 <= self.subsets <= self.views:
            msg = f"A SPECT needs voxels, a time and iterations above 0 and 1 to {self.views} subsets."
            raise RequestError(msg)


def scan(body: Body, settings: Settings, rng: np.random.Generator) -> Image:
    """Return the reconstructed SPECT in Bq/ml, on cubes around the body's field.

    Raises:
        GeometryError: The body's grid is not axial.

    """
    activity, mu, grid = _volumes(body, settings)
    around = _orbit(mu, settings)
    counts = projections(activity, around, settings, rng)
    per_unit = _counts_per_bq_per_ml(settings)
    if settings.method == "osem":
        image = em(counts, around, iterations=settings.iterations, subsets=settings.subsets)
        image = gaussian_filter(image, settings.filter_mm / 2.3548 / settings.voxel_mm, mode="nearest")
    else:
        image = _filtered(counts, settings)
    pixels = np.ascontiguousarray((image / per_unit).transpose(0, 2, 1), dtype=np.float32)
    pixels = _cropped(pixels, grid)
    notes = ("This SPECT is simulated; scatter is taken as corrected.", *body.notes)
    return Image(grid=grid, modality="NM", unit="Bq/ml", load=pixels.copy, facts=_facts(settings), notes=notes)


def projections(activity: np.ndarray, around: Orbit, settings: Settings, rng: np.random.Generator) -> np.ndarray:
    """Return the counts of all views, float32 (views, z, x), of an activity (z, x, y) in Bq/ml."""
    scaled = (activity * _counts_per_bq_per_ml(settings)).astype(np.float32)
    views = np.stack([forward(scaled, around, view) for view in range(settings.views)])
    sigma = settings.camera.intrinsic_mm / 2.3548 / settings.voxel_mm
    views = np.maximum(gaussian_filter(views, (0, sigma, sigma), mode="nearest"), 0.0)
    return rng.poisson(views).astype(np.float32) if settings.noise else views


def _counts_per_bq_per_ml(settings: Settings) -> float:
    """Return the counts of one view of a voxel in air that holds 1 Bq/ml."""
    return settings.voxel_mm**3 / 1000.0 / 1e6 * settings.camera.cps_per_mbq * settings.seconds


def _volumes(body: Body, settings: Settings) -> tuple[np.ndarray, np.ndarray, Grid]:
    """Return activity (Bq/ml) and attenuation (1/mm) as squares (z, x, y), and the grid of the image cut from them."""
    grid = cubes(body.grid, voxel_mm=settings.voxel_mm)
    inside = space(body)
    mass = (0.1 * tables(settings.camera.window).total[-1]).astype(np.float32)
    mu = mass[body.tissue] * body.density_g_per_cm3
    side = int(np.ceil(np.hypot(inside.size[1], inside.size[2]) / settings.voxel_mm)) + 1
    side += (side - grid.shape[1]) % 2
    activity, mu = (
        _squared(resampled(one, body.grid, grid).transpose(0, 2, 1), side)
        for one in (bone_scan.activity_bq_per_ml(body, settings.tracer), mu)
    )
    return activity, mu, grid


def cubes(grid: Grid, *, voxel_mm: float) -> Grid:
    """Return an axial grid of cubes around the field of `grid`, its rows and columns both odd in number."""
    voxel, corner = placed(grid)
    extent = np.array([n * v for n, v in zip(np.array(grid.shape)[[0, 2, 1]], voxel, strict=True)])
    counts = np.ceil(extent / voxel_mm - 1e-6).astype(int)
    counts[1:] += 1 - counts[1:] % 2
    first = np.array(corner) + (extent - counts * voxel_mm) / 2 + voxel_mm / 2
    affine = np.array(
        [[0, 0, voxel_mm, first[1]], [0, voxel_mm, 0, first[2]], [voxel_mm, 0, 0, first[0]], [0, 0, 0, 1]]
    )
    return volume_grid((int(counts[0]), int(counts[2]), int(counts[1])), affine)


def _squared(volume: np.ndarray, side: int) -> np.ndarray:
    """Return a volume (z, x, y) in the middle of squares of `side` pixels."""
    pads = [(0, 0)] + [((side - n) // 2, (side - n) // 2) for n in volume.shape[1:]]
    return np.ascontiguousarray(np.pad(volume, pads), dtype=np.float32)


def _cropped(image: np.ndarray, grid: Grid) -> np.ndarray:
    """Return (slices, rows, columns) of `grid` from the middle of squares."""
    rows, columns = ((n - m) // 2 for n, m in zip(image.shape[1:], grid.shape[1:], strict=True))
    return np.ascontiguousarray(image[:, rows : rows + grid.shape[1], columns : columns + grid.shape[2]])


def _orbit(mu: np.ndarray, settings: Settings) -> Orbit:
    half = mu.shape[2] * settings.voxel_mm / 2
    radius = half + 30.0 if settings.radius_mm is None else settings.radius_mm
    distance = radius - half + (np.arange(mu.shape[2]) + 0.5) * settings.voxel_mm
    sigma = settings.camera.blur_mm(np.maximum(distance, 0.0))
    return orbit(mu, views=settings.views, sigma_mm=sigma, pixel_mm=(settings.voxel_mm, settings.voxel_mm))


def _filtered(counts: np.ndarray, settings: Settings) -> np.ndarray:
    """Return the image (z, x, y) of filtered back-projection, as if there were no attenuation."""
    side = counts.shape[2]
    views = fan((side, side), views=settings.views, turn_degrees=360.0)
    margin = views.bins - side
    padded = np.pad(counts.astype(np.float64), ((0, 0), (0, 0), (margin // 2, margin - margin // 2)))
    slices = [
        filtered_back_projection(padded[:, z], views, shape=(side, side), cut_off=settings.cut_off)
        for z in range(counts.shape[1])
    ]
    return np.stack(slices).transpose(0, 2, 1)


def _facts(settings: Settings) -> dict[str, object]:
    return {
        "Radionuclide": "^99m^Technetium",
        "RadionuclideTotalDose": settings.tracer.injected_mbq * 1e6,
        "PatientWeight": settings.tracer.weight_kg,
        "NumberOfFramesInRotation": settings.views,
        "ActualFrameDuration": round(settings.seconds * 1000),
    }
