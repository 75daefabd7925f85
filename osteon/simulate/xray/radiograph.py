"""Radiographs: a cone of X-rays through a body, and where its lesions fall on the detector.

The primary beam is exact: millimetres of each tissue along each ray, Beer and Lambert at each energy, the energy that
stops in a caesium iodide scintillator. Scatter is a model: what is scattered once grows with primary times attenuation
(Ohnesorge et al. 1999), spread by a wide Gaussian. Quanta are Poisson with the energies' own spread; light spreads in
the scintillator after they are drawn, so noise is correlated as on a real plate. Air is nothing. The field is flat
(inverse square and heel effect are taken as corrected). Left out: the grid's lines, motion, defects, a maker's
processing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from osteon.geometry import matrix, to_mm, volume_grid
from osteon.simulate.person.body import Body
from osteon.simulate.person.tissues import TABLE, Tissue
from osteon.simulate.scan import imaged
from osteon.simulate.xray.attenuation import tissue_attenuation, water_attenuation
from osteon.simulate.xray.dose import check_dose
from osteon.simulate.xray.film import Film, lead, shown
from osteon.simulate.xray.projector import Method, paths
from osteon.simulate.xray.view import View
from osteon.simulate.xray.xray_spectrum import Spectrum, Tube, absorbed, spectrum
from osteon.types import Grid, Image, Lesion

NOTE = "This radiograph is simulated."
_LABELS = max(Tissue) + 1
_STRIP = 64  # rows of the detector whose paths are held at once


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """How the film is exposed.

    Attributes:
        tube: Its spectrum.
        photons_per_mm2: At the detector in the open field; None for no noise at all.
        scatter: Over primary behind 10 cm of water in a wide beam, what the grid lets through: 0.1 to 0.2 with a
            grid, about 1 without, 0 for none.
        scatter_mm: Standard deviation of its spread at the detector.
        focal_spot_mm: Blurs what is far from the detector; a Gaussian of this full width at half maximum.
        scintillator_mg_per_cm2: Of caesium iodide.
        blur_mm: Standard deviation of the light's spread in it.
        electronic: Standard deviation of the read-out, in absorbed photons a pixel.
        iodine_mg_per_ml: Contrast agent in tissues, as pairs.
        method: Of the projector.

    """

    tube: Tube = field(default_factory=lambda: Tube(kvp=66.0))
    photons_per_mm2: float | None = 1.5e6
    scatter: float = 0.15
    scatter_mm: float = 40.0
    focal_spot_mm: float = 0.6
    scintillator_mg_per_cm2: float = 200.0
    blur_mm: float = 0.12
    electronic: float = 4.0
    iodine_mg_per_ml: tuple[tuple[Tissue, float], ...] = ()
    method: Method = "linear"


EXACT = Exposure(photons_per_mm2=None, scatter=0.0, focal_spot_mm=0.0, blur_mm=0.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class Radiograph:
    """A film and its truth.

    Attributes:
        image: Its pixels, bone bright.
        mask: Label map on the film: the lesion whose shadow is deepest there, 0 where no ray meets one.
        lesions: Box of each lesion's whole shadow on the film; one that falls beside it is left out.
        view: The rays.

    """

    image: Image
    mask: Image
    lesions: tuple[Lesion, ...]
    view: View


def take(
    body: Body,
    *,
    view: View,
    exposure: Exposure | None = None,
    film: Film | None = None,
    rng: np.random.Generator | None = None,
    threads: int = 1,
) -> Radiograph:
    """Return a radiograph of a body.

    Args:
        body: On any grid, oblique or not.
        view: Where tube and detector stand.
        exposure: `Exposure()` when None.
        film: `Film()` when None.
        rng: For the noise; needed unless the exposure has none.
        threads: That share the rays; they change nothing.

    Raises:
        RequestError: An exposure with noise and no generator, or settings that cannot be.

    """
    exposure, film = exposure or Exposure(), film or Film()
    signal = signal_of(body, view=view, exposure=exposure, film=film, rng=rng, threads=threads)
    depths = lesion_paths(body, view=view)
    mask = np.where(depths.max(axis=-1) > 0, depths.argmax(axis=-1) + 1, 0).astype(np.uint8)
    facts, pixels = _facts(body.grid, view, exposure), shown(signal, film, pixel_mm=view.pixel_mm)
    return Radiograph(
        image=imaged(pixels, view.grid(), modality="DX", facts=facts, notes=(NOTE, *body.notes)),
        mask=imaged(mask, view.grid(), modality="DX", unit="label", notes=(NOTE,)),
        lesions=tuple(_boxes(depths)),
        view=view,
    )


def signal_of(
    body: Body,
    *,
    view: View,
    exposure: Exposure,
    film: Film,
    rng: np.random.Generator | None = None,
    threads: int = 1,
) -> np.ndarray:
    """Return what the detector reads over what it reads in the open field, float32 of the view's shape."""
    check_dose(exposure.photons_per_mm2, of="radiograph", setting="photons_per_mm2", per="mm2", rng=rng)
    beam = spectrum(exposure.tube)
    signal, keV = primary(body, view=view, exposure=exposure, threads=threads)  # noqa: N806 - the unit
    signal = signal * lead(film, shape=view.shape, pixel_mm=view.pixel_mm)
    signal = _blurred(signal, _focal_mm(exposure, body.grid, view), view.pixel_mm)
    if exposure.scatter:
        signal = signal + _scatter(signal, beam, exposure=exposure, pixel_mm=view.pixel_mm)
    if exposure.photons_per_mm2 is None or rng is None:
        return _blurred(signal, exposure.blur_mm, view.pixel_mm)
    stopped = beam.shares * absorbed(beam, scintillator_mg_per_cm2=exposure.scintillator_mg_per_cm2)
    photons = exposure.photons_per_mm2 * view.pixel_mm[0] * view.pixel_mm[1]
    open_kev = float(photons * (stopped @ beam.energies_kev))
    quanta = rng.poisson(signal * open_kev / keV).astype(np.float32)
    signal = _blurred(quanta * keV / np.float32(open_kev), exposure.blur_mm, view.pixel_mm)
    read_out = exposure.electronic * beam.mean_kev / open_kev
    return signal + np.float32(read_out) * rng.standard_normal(view.shape, np.float32)


def primary(body: Body, *, view: View, exposure: Exposure, threads: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return the unscattered signal over the open field's, and the keV that a quantum of it deposits.

    The second is the mean square over the mean, so that Poisson noise of such quanta has the variance of the mixed
    energies. Both are float32 of the view's shape.
    """
    beam = spectrum(exposure.tube)
    stopped = beam.shares * absorbed(beam, scintillator_mg_per_cm2=exposure.scintillator_mg_per_cm2)
    weights = np.stack([stopped * beam.energies_kev, stopped * beam.energies_kev**2], axis=-1)
    weights = (weights / weights[:, 0].sum()).astype(np.float32)
    per_mm = _per_mm(beam, exposure)
    cut, grid = _matter(body)
    scale = None if body.density_scale is None else body.density_scale[cut]
    moments = np.empty((*view.shape, 2), np.float32)
    for first in range(0, view.shape[0], _STRIP):
        rows = view.rows(first, min(first + _STRIP, view.shape[0]))
        lengths = paths(
            body.tissue[cut], count=_LABELS, grid=grid, view=rows, scale=scale, method=exposure.method, threads=threads
        )
        moments[first : first + _STRIP] = np.exp(-(lengths @ per_mm)) @ weights
    signal = moments[..., 0]
    floor = np.finfo(np.float32).tiny
    return signal, np.where(signal > floor, moments[..., 1] / np.maximum(signal, floor), np.float32(beam.mean_kev))


def lesion_paths(body: Body, *, view: View) -> np.ndarray:
    """Return the exact millimetres that each ray runs in each lesion, float32 of shape (rows, columns, lesions)."""
    count = int(body.lesion.max(initial=0))
    if not count:
        return np.zeros((*view.shape, 1), np.float32)
    cut = _box(body.lesion)
    found = paths(body.lesion[cut], count=count + 1, grid=_cropped(body.grid, cut), view=view, method="siddon")
    return found[..., 1:]


def _per_mm(beam: Spectrum, exposure: Exposure) -> np.ndarray:
    """Return linear attenuation in 1/mm by tissue value, float32 of shape (labels, energies); 0 of air."""
    tissues = [tissue for tissue in TABLE if tissue != Tissue.AIR]
    table = np.zeros((_LABELS, beam.energies_kev.size), np.float32)
    table[tissues] = tissue_attenuation(tissues, beam.energies_kev, iodine_mg_per_ml=dict(exposure.iodine_mg_per_ml))
    return table


def _scatter(signal: np.ndarray, beam: Spectrum, *, exposure: Exposure, pixel_mm: tuple[float, float]) -> np.ndarray:
    """Return the scattered signal; made on coarse pixels, since it is smooth."""
    in_water = beam.shares @ np.exp(-water_attenuation(beam.energies_kev) * 100.0)
    strength = exposure.scatter / -np.log(in_water)
    block = max(1, int(exposure.scatter_mm / max(pixel_mm) / 5))
    padding = [(0, -n % block) for n in signal.shape]
    made = np.pad(signal * -np.log(np.clip(signal, 1e-6, 1.0)), padding, mode="edge")
    coarse = made.reshape(made.shape[0] // block, block, made.shape[1] // block, block).mean(axis=(1, 3))
    sigma = [exposure.scatter_mm / (mm * block) for mm in pixel_mm]
    coarse = ndimage.gaussian_filter(coarse, sigma, mode="constant")
    at = np.meshgrid(*[(np.arange(n) + 0.5) / block - 0.5 for n in signal.shape], indexing="ij")
    return (strength * ndimage.map_coordinates(coarse, at, order=1, mode="nearest")).astype(np.float32)


def _focal_mm(exposure: Exposure, grid: Grid, view: View) -> float:
    """Return the standard deviation of the focal spot's blur at the detector, for the middle of the body."""
    middle = to_mm(grid, (np.array(grid.shape) - 1) / 2)
    unit = np.cross(view.down_mm, view.right_mm)
    depth = abs((middle - view.source_mm) @ unit) / np.linalg.norm(unit)
    return exposure.focal_spot_mm / 2.355 * max(view.source_to_detector_mm / max(float(depth), 1.0) - 1.0, 0.0)


def _blurred(signal: np.ndarray, sigma_mm: float, pixel_mm: tuple[float, float]) -> np.ndarray:
    if not sigma_mm:
        return signal
    return ndimage.gaussian_filter(signal, [sigma_mm / mm for mm in pixel_mm], mode="nearest")


def _matter(body: Body) -> tuple[tuple[slice, ...], Grid]:
    """Return the box of the body that is not air, as slices and as a grid."""
    cut = _box(body.tissue)
    return cut, _cropped(body.grid, cut)


def _box(labels: np.ndarray) -> tuple[slice, ...]:
    """Return the smallest box that holds every label above 0; one voxel where there is none."""
    box = []
    for axis in range(labels.ndim):
        used = np.flatnonzero(labels.any(axis=tuple(k for k in range(labels.ndim) if k != axis)))
        box.append(slice(int(used[0]), int(used[-1]) + 1) if used.size else slice(0, 1))
    return tuple(box)


def _cropped(grid: Grid, cut: tuple[slice, ...]) -> Grid:
    affine = matrix(grid)
    affine[:3, 3] = to_mm(grid, np.array([s.start for s in cut]))
    first, second, third = (s.stop - s.start for s in cut)
    return volume_grid((first, second, third), affine)


def _boxes(depths: np.ndarray) -> list[Lesion]:
    """Return the box of each lesion's shadow."""
    found = []
    for number in range(depths.shape[-1]):
        rows, columns = np.nonzero(depths[..., number] > 0)
        if rows.size:
            box = (int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1)
            found.append(Lesion(input="radiograph", box_px=box, mask_value=number + 1))
    return found


def _facts(grid: Grid, view: View, exposure: Exposure) -> dict[str, object]:
    middle = to_mm(grid, (np.array(grid.shape) - 1) / 2)
    to_middle = float(np.linalg.norm(middle - view.source_mm))
    facts: dict[str, object] = {
        "KVP": exposure.tube.kvp,
        "DistanceSourceToDetector": round(view.source_to_detector_mm, 3),
        "DistanceSourceToPatient": round(to_middle, 3),
        "EstimatedRadiographicMagnificationFactor": round(view.source_to_detector_mm / to_middle, 5),
        "PatientOrientation": view.orientation,
        "BurnedInAnnotation": "NO",
    }
    return facts | ({"ViewPosition": view.position} if view.position else {})
