"""FDG-PET of a simulated body, in SUV: what the scanner blurs, counts and reconstructs.

The body's uptake is averaged over the scanner's voxels, blurred by its resolution, and projected slice by slice with
attenuation at 511 keV and an expected background of scatter and randoms. Counts are drawn and reconstructed by ordered
subsets that know attenuation and background, then filtered: so the noise has the texture and the place (deep, thick)
that reconstruction gives it, and small lesions are underestimated. The ring is seen as parallel views, each slice by
itself; there is no breathing, positron range or dead time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from osteon.errors import RequestError
from osteon.geometry import volume_grid
from osteon.io.dicom_write_slices import Dose
from osteon.simulate.nuclear.collimated import overlap
from osteon.simulate.nuclear.photon_space import ordered, placed
from osteon.simulate.nuclear.tomogram import Counted, Fan, fan, ordered_subsets, project
from osteon.simulate.person.body import Body
from osteon.simulate.person.tissues import TABLE
from osteon.simulate.xray.attenuation import tissue_attenuation
from osteon.types import Grid, Image

ANNIHILATION_KEV = 511.0
HALF_LIFE_S = 6586.2
_EDGES = ("nearest", "constant", "constant")  # the body goes on above and below its field


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a PET is made.

    Attributes:
        injected_mbq: Activity given.
        weight_kg: Of the patient.
        uptake_s: From the injection to the start of the scan.
        voxel_mm: (slice, row, column) size of the image's voxels.
        resolution_mm: Full width at half maximum of the scanner, before the filter.
        filter_mm: Full width at half maximum of the filter after the reconstruction.
        cps_per_kbq: True coincidences a second per kBq in air, with the gain of time of flight in it.
        seconds: That each slice is in view.
        background: Scatter and randoms over trues.
        wear: Share of a bone's extra uptake of bone tracer (`Body.uptake_scale`) that FDG shows as well.
        views, subsets, iterations: Of the reconstruction.
        noise: Whether counts are drawn; without, the expected counts are reconstructed.

    """

    injected_mbq: float = 300.0
    weight_kg: float = 70.0
    uptake_s: float = 3600.0
    voxel_mm: tuple[float, float, float] = (3.0, 4.0, 4.0)
    resolution_mm: float = 4.5
    filter_mm: float = 5.0
    cps_per_kbq: float = 30.0
    seconds: float = 150.0
    background: float = 0.4
    wear: float = 0.2
    views: int = 144
    subsets: int = 12
    iterations: int = 3
    noise: bool = True

    def __post_init__(self) -> None:
        """Raise `RequestError` for what cannot be meant."""
        positive = (self.injected_mbq, self.weight_kg, self.cps_per_kbq, self.seconds, *self.voxel_mm, self.iterations)
        if min(positive) <= 0 or self.background < 0 or not 1 <= self.subsets <= self.views:
            msg = (
                "A PET needs a dose, a weight, a sensitivity, a time and voxels above 0, a background of 0 or more and "
                f"1 to {self.views} subsets; change what is not so."
            )
            raise RequestError(msg)

    @property
    def bq_per_ml(self) -> float:
        """Activity concentration at the start of the scan where the SUV is 1."""
        dose = self.injected_mbq * 1e6 * 2 ** (-self.uptake_s / HALF_LIFE_S)
        return dose / (self.weight_kg * 1000.0)


def scan(body: Body, settings: Settings, rng: np.random.Generator) -> Image:
    """Return the reconstructed PET in SUVbw, on an axial grid of `settings.voxel_mm` around the body's field.

    Raises:
        GeometryError: The body's grid is not axial.

    """
    grid = pet_grid(body.grid, voxel_mm=settings.voxel_mm)
    true = resampled(uptake_suv(body, wear=settings.wear), body.grid, grid)
    mu = resampled(_attenuation(body), body.grid, grid)
    sigma = [settings.resolution_mm / 2.3548 / size for size in settings.voxel_mm]
    image = _reconstructed(gaussian_filter(true, sigma, mode=_EDGES), mu, settings, rng)
    filtered = gaussian_filter(image, [settings.filter_mm / 2.3548 / v for v in settings.voxel_mm], mode=_EDGES)
    pixels = filtered.astype(np.float32)
    notes = ("This PET is simulated.", *body.notes)
    return Image(grid=grid, modality="PT", unit="SUVbw", load=pixels.copy, facts=_facts(settings), notes=notes)


def uptake_suv(body: Body, *, wear: float) -> np.ndarray:
    """Return the true SUV, float32 of the body's shape."""
    suv = body.of("fdg_suv") if body.suv_scale is None else body.of("fdg_suv") * body.suv_scale
    if body.uptake_scale is None:
        return suv
    return suv * np.where(body.lesion > 0, 1.0, 1.0 + wear * (body.uptake_scale - 1.0)).astype(np.float32)


def dose(settings: Settings) -> Dose:
    """Return the injection as the DICOM writer takes it; the series is written as SUV times `settings.bq_per_ml`."""
    return Dose(injected_bq=settings.injected_mbq * 1e6, uptake_s=settings.uptake_s, half_life_s=HALF_LIFE_S)


def truth(body: Body, settings: Settings) -> np.ndarray:
    """Return the number of the lesion that fills most of each voxel, at least half of it; uint8 on the PET's grid."""
    grid = pet_grid(body.grid, voxel_mm=settings.voxel_mm)
    best, labels = np.full(grid.shape, 0.5), np.zeros(grid.shape, np.uint8)
    for number in np.unique(body.lesion[body.lesion > 0]):
        share = resampled((body.lesion == number).astype(np.float32), body.grid, grid)
        labels[share >= best] = number
        best = np.maximum(best, share)
    return labels


def pet_grid(grid: Grid, *, voxel_mm: tuple[float, float, float]) -> Grid:
    """Return an axial grid around the field of `grid`: slices up, rows to the back, columns to the left."""
    size, corner = placed(grid)
    counts = np.array(grid.shape)[[0, 2, 1]]
    extent = (np.array(size) * counts)[[0, 2, 1]]  # z, y, x
    shape = np.ceil(extent / voxel_mm - 1e-6).astype(int)
    first = np.array(corner)[[0, 2, 1]] + (extent - shape * voxel_mm) / 2 + np.array(voxel_mm) / 2
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2] = voxel_mm
    affine[:, 3] = (first[2], first[1], first[0], 1.0)
    z, y, x = (int(n) for n in shape)
    return volume_grid((z, y, x), affine)


def resampled(values: np.ndarray, grid: Grid, onto: Grid) -> np.ndarray:
    """Return the means of a volume over the voxels of an axial grid, 0 outside; float64 (slices, rows, columns)."""
    size, corner = placed(grid)
    new_size, new_corner = placed(onto)
    volume = ordered(values, grid).astype(np.float64)  # z, x, y
    for axis, count in enumerate(np.array(onto.shape)[[0, 2, 1]]):
        low = new_corner[axis] - corner[axis]
        weights = overlap(volume.shape[axis], size[axis], pixels=count, pixel_mm=new_size[axis], low_mm=low)
        weights *= size[axis] / new_size[axis]
        volume = np.moveaxis(np.tensordot(weights, volume, axes=(1, axis)), 0, axis)
    return np.ascontiguousarray(volume.transpose(0, 2, 1))


def _attenuation(body: Body) -> np.ndarray:
    """Return the attenuation at 511 keV in 1/mm."""
    table = np.zeros(256, np.float32)
    present = [tissue for tissue in TABLE if tissue in np.unique(body.tissue)]
    table[present] = tissue_attenuation(present, np.array([ANNIHILATION_KEV]))[:, 0]
    mu = table[body.tissue]
    return mu if body.density_scale is None else mu * body.density_scale


def _reconstructed(activity: np.ndarray, mu: np.ndarray, settings: Settings, rng: np.random.Generator) -> np.ndarray:
    """Return the image of an activity (SUV) behind an attenuation (1/mm), slice by slice."""
    _, rows, columns = activity.shape
    pixel = (settings.voxel_mm[1] * settings.voxel_mm[2]) ** 0.5
    views = fan((rows, columns), views=settings.views, turn_degrees=180.0)
    kbq = settings.bq_per_ml / 1000.0 * float(np.prod(settings.voxel_mm)) / 1000.0
    per_view = kbq * settings.cps_per_kbq * settings.seconds / settings.views
    image = np.zeros_like(activity)
    for number, one in enumerate(activity):
        if one.any():
            data = _counted(one, np.exp(-pixel * _views(mu[number], views)) * per_view, views, settings, rng)
            image[number] = one.sum() / one.size
            ordered_subsets(data, views, settings.iterations, settings.subsets, image[number])
    return image


def _counted(one: np.ndarray, factors: np.ndarray, views: Fan, settings: Settings, rng: np.random.Generator) -> Counted:
    """Return one slice's counts, drawn or expected."""
    trues = _views(one, views) * factors
    background = settings.background * gaussian_filter(trues, (0, trues.shape[1] / 8), mode="nearest")
    counts = rng.poisson(trues + background).astype(np.float64) if settings.noise else trues + background
    return Counted(counts=counts, background=background, factors=factors)


def _views(one: np.ndarray, views: Fan) -> np.ndarray:
    out = np.zeros((views.cosines.size, views.bins))
    project(one, views, 0, 1, out)
    return out


def _facts(settings: Settings) -> dict[str, object]:
    return {
        "PatientWeight": settings.weight_kg,
        "Radiopharmaceutical": "Fluorodeoxyglucose",
        "RadionuclideTotalDose": settings.injected_mbq * 1e6,
        "RadionuclideHalfLife": HALF_LIFE_S,
        "DecayCorrection": "START",
    }
