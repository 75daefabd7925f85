"""Spectral CT: one body, two spectra at once, two materials, and images as if of one energy.

The two line integrals of each ray become amounts of two materials (projection domain), these are back-projected to
densities, and densities with the tables give the attenuation at any energy from 40 to 140 keV. Noise of the two spectra
is independent, so that of the materials is anti-correlated and large, as in a real scanner; slices, rays and what is
left out are as in ct.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from osteon.errors import RequestError
from osteon.simulate.mr.slices import Stack, majority
from osteon.simulate.person.body import Body
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.xray.attenuation import MATERIALS, mass_attenuation
from osteon.simulate.xray.ct import STACK, covering, ct_grid, ct_image, each_slice
from osteon.simulate.xray.ct_beam import Source, energies, energy_weights, line_integrals
from osteon.simulate.xray.energy_basis import energy_basis
from osteon.simulate.xray.sinogram import Beam, Kernel, reconstruct
from osteon.simulate.xray.two_materials import amounts, two_materials
from osteon.simulate.xray.xray_spectrum import Tube
from osteon.types import Image

LOWEST_KEV, HIGHEST_KEV = 40.0, 140.0
_LOW = Source(tube=Tube(kvp=80.0, filters_mm=(("Al", 7.0),), step_kev=4.0), photons=1.0e5)
_HIGH = Source(tube=Tube(kvp=140.0, filters_mm=(("Al", 7.0), ("Sn", 0.4)), step_kev=4.0), photons=1.0e5)


@dataclass(frozen=True, kw_only=True)
class SpectralScanner:
    """How a spectral CT is made.

    Attributes:
        low: The softer spectrum and its dose.
        high: The harder one.
        materials: Two of `attenuation.MATERIALS`, such as water and iodine, or water and hydroxyapatite.
        kernel: As of `ct.Scanner`.
        beam: As of `ct.Scanner`.
        iodine_mg_per_ml: Contrast agent in tissues, as pairs.

    """

    low: Source = _LOW
    high: Source = _HIGH
    materials: tuple[str, str] = ("water", "iodine")
    kernel: Kernel = "soft"
    beam: Beam = field(default_factory=Beam)
    iodine_mg_per_ml: tuple[tuple[Tissue, float], ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class SpectralScan:
    """A spectral CT.

    Attributes:
        materials: Their names.
        densities: Their maps in mg/ml on one grid.
        mask: The number of the lesion, 0 outside.

    """

    materials: tuple[str, str]
    densities: tuple[Image, Image]
    mask: Image

    def mono(self, kev: float) -> Image:
        """Return the CT in HU as if it were of one energy.

        Raises:
            RequestError: An energy outside 40 to 140 keV.

        """
        if not LOWEST_KEV <= kev <= HIGHEST_KEV:
            msg = f"An image at {kev:g} keV was asked for; two spectra give {LOWEST_KEV:g} to {HIGHEST_KEV:g} keV."
            raise RequestError(msg)
        at = np.array([kev])
        water = mass_attenuation(MATERIALS["water"], at)[0]
        factors = [mass_attenuation(MATERIALS[name], at)[0] / water for name in self.materials]
        hu = sum(np.float32(f) * density.read() for f, density in zip(factors, self.densities, strict=True)) - 1000.0
        facts = dict(self.densities[0].facts) | {"ImageComments": f"Simulated virtual mono-energetic, {kev:g} keV"}
        return ct_image(np.maximum(hu, -1024.0).astype(np.float32), self.mask.grid, facts=facts)


def scan(
    body: Body,
    *,
    stack: Stack = STACK,
    scanner: SpectralScanner | None = None,
    rng: np.random.Generator | None = None,
    threads: int = 1,
) -> SpectralScan:
    """Return a spectral CT of a body; arguments and errors are those of `ct.scan`."""
    scanner = scanner or SpectralScanner()
    kernel = scanner.kernel
    grid = ct_grid(stack, body)
    sources = (scanner.low, scanner.high)
    kev = energies(*sources)
    basis = energy_basis(body.tissue, kev, iodine_mg_per_ml=dict(scanner.iodine_mg_per_ml))
    pair = two_materials(np.stack([energy_weights(s, kev) for s in sources]), kev, names=scanner.materials)
    beam = covering(scanner.beam, body, grid)
    chances = [None] * grid.shape[0] if rng is None else rng.spawn(grid.shape[0])
    shape = (grid.shape[1], grid.shape[2])

    def one(index: int, lengths: np.ndarray) -> np.ndarray:
        low, high = (
            line_integrals(lengths, basis=basis, source=s, slice_mm=stack.slice_mm, rng=chances[index]) for s in sources
        )
        found = amounts(low, high, pair=pair) * np.float32(1e4)  # g/cm2 to mg/ml times mm
        maps = [
            reconstruct(found[..., k], beam=beam, shape=shape, pixel_mm=stack.pixel_mm, kernel=kernel) for k in range(2)
        ]
        return np.stack(maps)

    maps = np.stack(each_slice(body, one, basis=basis, beam=beam, grid=grid, stack=stack, threads=threads), axis=1)
    facts = {"ConvolutionKernel": f"SIMULATED {scanner.kernel.upper()}", "SliceThickness": stack.slice_mm}
    first, second = (ct_image(m, grid, unit="mg/ml", facts=facts, notes=body.notes) for m in maps)
    mask = majority(body.lesion, source=body.grid, target=grid, stack=stack)
    return SpectralScan(materials=scanner.materials, densities=(first, second), mask=ct_image(mask, grid, unit="label"))
