"""CT: parallel rays through slices of a body, noise on the projections, filtered back-projection, HU.

Projection is in two dimensions: a slice is the mean over its thickness (partial volume), then polyenergetic. Beam
hardening is corrected for water, as scanners do, so bone and metal still harden the beam. Half a turn of parallel
views stands for a rebinned fan. Left out: scatter, the bow-tie filter, the helix, motion, crosstalk.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from osteon.errors import RequestError
from osteon.geometry import matrix, to_index, to_mm, volume_grid
from osteon.simulate.mr.slices import Stack, average, majority, stack_grid
from osteon.simulate.person.body import Body
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.scan import Scan, imaged
from osteon.simulate.xray.attenuation import water_attenuation
from osteon.simulate.xray.ct_beam import Source, energies, energy_weights, line_integrals
from osteon.simulate.xray.energy_basis import EnergyBasis, energy_basis
from osteon.simulate.xray.sinogram import Beam, Kernel, project, reconstruct
from osteon.simulate.xray.view import box_mm
from osteon.types import Grid, Image

NOTE = "This CT is simulated."
STACK = Stack(plane="axial", slice_mm=3.0, gap_mm=0.0, pixel_mm=0.8)
_LOWEST_HU = -1024.0
_THICKEST_MM = 1000.0


@dataclass(frozen=True, kw_only=True)
class Scanner:
    """How a CT is made.

    Attributes:
        source: Tube and dose; a low-dose scan has a tenth of the photons.
        kernel: "soft", "bone" or "ramp".
        beam: Views and the distance of rays; its field grows to what the body needs.
        iodine_mg_per_ml: Contrast agent in tissues, as pairs.

    """

    source: Source = field(default_factory=Source)
    kernel: Kernel = "soft"
    beam: Beam = field(default_factory=Beam)
    iodine_mg_per_ml: tuple[tuple[Tissue, float], ...] = ()


def scan(
    body: Body,
    *,
    stack: Stack = STACK,
    scanner: Scanner | None = None,
    rng: np.random.Generator | None = None,
    threads: int = 1,
) -> Scan:
    """Return a CT of a body, in HU, and the lesions on its grid.

    Args:
        body: What is scanned, all of it in the beam; ideally finer than the slices.
        stack: Axial slices; a tilt about the column axis (the patient's left) is the gantry's.
        scanner: `Scanner()` when None.
        rng: For the noise; needed unless the source has none.
        threads: That share the slices; they change nothing.

    Raises:
        RequestError: Slices that are not axial, settings that cannot be, noise without a generator.

    """
    scanner = scanner or Scanner()
    grid = ct_grid(stack, body)
    basis = energy_basis(body.tissue, energies(scanner.source), iodine_mg_per_ml=dict(scanner.iodine_mg_per_ml))
    water = _Water.behind(scanner.source, basis.energies_kev)
    beam = covering(scanner.beam, body, grid)
    chances = [None] * grid.shape[0] if rng is None else rng.spawn(grid.shape[0])
    shape, pixel_mm = (grid.shape[1], grid.shape[2]), stack.pixel_mm

    def one(index: int, lengths: np.ndarray) -> np.ndarray:
        found = line_integrals(lengths, basis=basis, source=scanner.source, slice_mm=stack.slice_mm, rng=chances[index])
        mu = reconstruct(water.corrected(found), beam=beam, shape=shape, pixel_mm=pixel_mm, kernel=scanner.kernel)
        return np.maximum(1000.0 * (mu / np.float32(water.mu_per_mm) - 1.0), _LOWEST_HU)

    hu = np.stack(each_slice(body, one, basis=basis, beam=beam, grid=grid, stack=stack, threads=threads))
    mask = majority(body.lesion, source=body.grid, target=grid, stack=stack)
    return Scan(
        name="ct",
        image=ct_image(hu.astype(np.float32), grid, facts=ct_facts(scanner, stack), notes=body.notes),
        mask=ct_image(mask, grid, unit="label"),
    )


def ct_grid(stack: Stack, body: Body) -> Grid:
    """Return the grid of a CT; `RequestError` unless its slices are axial."""
    if stack.plane != "axial":
        msg = f"A CT is acquired in axial slices, not {stack.plane}; scan axially and reformat."
        raise RequestError(msg)
    return stack_grid(stack, cover=body.grid)


def covering(beam: Beam, body: Body, grid: Grid) -> Beam:
    """Return the beam with a field that holds the whole body about the middle of the slices."""
    reach = _reach_mm(body.grid, grid)
    return replace(beam, field_mm=max(2.0 * float(np.hypot(*reach)), 4 * beam.bin_mm))


def each_slice(  # noqa: PLR0913 - one slice of a body, by which rays
    body: Body,
    work: Callable[[int, np.ndarray], np.ndarray],
    *,
    basis: EnergyBasis,
    beam: Beam,
    grid: Grid,
    stack: Stack,
    threads: int = 1,
) -> list[np.ndarray]:
    """Return what `work` makes of each slice: it is given the index and the mm of each curve along each ray."""
    scale = None if body.density_scale is None else body.density_scale.astype(np.float32)
    volumes = [factors[body.tissue] if scale is None else factors[body.tissue] * scale for factors in basis.factors.T]

    pixel_mm = min(body.grid.spacing_mm or ())

    def one(index: int) -> np.ndarray:
        fine = _fine_slice(body.grid, grid, index, pixel_mm=pixel_mm)
        maps = [average(volume, source=body.grid, target=fine, stack=stack)[0] for volume in volumes]
        return work(index, project(np.stack(maps, axis=-1), pixel_mm=pixel_mm, beam=beam))

    if threads == 1:
        return [one(index) for index in range(grid.shape[0])]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(grid.shape[0])))


def ct_image(
    values: np.ndarray, grid: Grid, *, unit: str = "HU", facts: dict | None = None, notes: tuple[str, ...] = ()
) -> Image:
    """Return an image of a simulated CT."""
    return imaged(values, grid, modality="CT", unit=unit, facts=facts, notes=(NOTE, *notes))


def ct_facts(scanner: Scanner, stack: Stack) -> dict[str, object]:
    """Return the header facts of a CT, named as DICOM keywords."""
    facts: dict[str, object] = {
        "KVP": scanner.source.tube.kvp,
        "ConvolutionKernel": f"SIMULATED {scanner.kernel.upper()}",
        "SliceThickness": stack.slice_mm,
        "GantryDetectorTilt": stack.tilt_degrees[1],
    }
    return facts | ({"ContrastBolusAgent": "iodine"} if scanner.iodine_mg_per_ml else {})


@dataclass(frozen=True, kw_only=True, eq=False)
class _Water:
    """What water of known thickness reads, and its attenuation at the beam's mean energy."""

    mm: np.ndarray
    reads: np.ndarray
    mu_per_mm: float

    @staticmethod
    def behind(source: Source, energies_kev: np.ndarray) -> _Water:
        weights, mu = energy_weights(source, energies_kev), water_attenuation(energies_kev)
        mm = np.linspace(0.0, _THICKEST_MM, 2001)
        reads = -np.log(np.exp(-mm[:, None] * mu) @ weights)
        return _Water(mm=mm, reads=reads, mu_per_mm=float(weights @ mu))

    def corrected(self, found: np.ndarray) -> np.ndarray:
        """Return line integrals as they were if the beam did not harden in water."""
        below = np.minimum(found, 0.0) / self.reads[1] * self.mm[1]  # noise in the open beam
        above = (
            np.maximum(found - self.reads[-1], 0.0) / (self.reads[-1] - self.reads[-2]) * (self.mm[-1] - self.mm[-2])
        )
        thickness = np.interp(found, self.reads, self.mm) + below + above
        return (thickness * self.mu_per_mm).astype(np.float32)


def _reach_mm(body: Grid, grid: Grid) -> np.ndarray:
    """Return how far the body's box reaches from the middle of the slices along rows and columns, in mm."""
    middle = (np.array(grid.shape) - 1) / 2
    away = np.abs(to_index(grid, box_mm(body)) - middle).max(axis=0)
    return (away * np.array(grid.spacing_mm))[1:]


def _fine_slice(body: Grid, grid: Grid, index: int, *, pixel_mm: float) -> Grid:
    """Return the grid of one slice with other pixels, about the same middle, wide enough for all of the body."""
    counts = np.ceil(2 * _reach_mm(body, grid) / pixel_mm).astype(int)
    affine = matrix(grid)
    affine[:3, 1:3] *= pixel_mm / np.array(grid.spacing_mm)[1:]
    middle = to_mm(grid, np.array([index, (grid.shape[1] - 1) / 2, (grid.shape[2] - 1) / 2]))
    affine[:3, 3] = middle - affine[:3, 1:3] @ ((counts - 1) / 2)
    return volume_grid((1, int(counts[0]), int(counts[1])), affine)
