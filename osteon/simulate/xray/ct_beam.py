"""What a CT's detector reads behind a slice of a body: many energies, Poisson quanta, electronic noise."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from osteon.errors import RequestError
from osteon.simulate.xray.dose import check_dose
from osteon.simulate.xray.energy_basis import EnergyBasis
from osteon.simulate.xray.xray_spectrum import Tube, spectrum

_VIEWS = 64  # whose energies are held at once
_NEGLIGIBLE = 1e-6


@dataclass(frozen=True, kw_only=True)
class Source:
    """A tube and its dose.

    Attributes:
        tube: Its spectrum.
        photons: Of a ray in the open beam for each mm of slice; the dose. None for no noise.
        electronic: Standard deviation of the read-out, in photons of a slice of 1 mm.

    """

    tube: Tube = field(default_factory=lambda: Tube(kvp=120.0, filters_mm=(("Al", 7.0),), step_kev=4.0))
    photons: float | None = 1.0e5
    electronic: float = 10.0


def energies(*sources: Source) -> np.ndarray:
    """Return the energies in keV at which any of the sources shines, float64, rising.

    Raises:
        RequestError: Sources with energy bins of different widths.

    """
    if len({source.tube.step_kev for source in sources}) != 1:
        msg = "The sources of one scan need energy bins of one width; give their tubes the same step_kev."
        raise RequestError(msg)
    held: set[float] = set()
    for source in sources:
        beam = spectrum(source.tube)
        held.update(beam.energies_kev[beam.shares > _NEGLIGIBLE].tolist())
    return np.array(sorted(held))


def energy_weights(source: Source, energies_kev: np.ndarray) -> np.ndarray:
    """Return the keV that a photon of the open beam brings at each energy over the mean of all; they sum to 1."""
    beam = spectrum(source.tube)
    shares = dict(zip(beam.energies_kev.tolist(), beam.shares.tolist(), strict=True))
    weights = np.array([shares.get(kev, 0.0) for kev in energies_kev.tolist()]) * energies_kev
    return weights / weights.sum()


def line_integrals(
    lengths: np.ndarray,
    *,
    basis: EnergyBasis,
    source: Source,
    slice_mm: float,
    rng: np.random.Generator | None = None,
) -> np.ndarray:
    """Return minus the logarithm of the signal over the open beam's, float32 of shape (views, bins).

    The detector adds up energy. Quanta are Poisson, with the variance of their mixed energies; a ray that nothing is
    left of reads half a quantum.

    Args:
        lengths: mm of each curve along each ray, float32 (views, bins, curves).
        basis: The curves.
        source: Tube and dose.
        slice_mm: Thickness, for the dose.
        rng: For the noise; needed when the source has any.

    Raises:
        RequestError: A source with noise and no generator, or a dose that is not above 0.

    """
    check_dose(source.photons, of="CT", setting="photons", per="ray", rng=rng)
    weights = energy_weights(source, basis.energies_kev)
    both = np.stack([weights, weights * basis.energies_kev], axis=-1).astype(np.float32)
    out = np.empty(lengths.shape[:2], np.float32)
    for first in range(0, out.shape[0], _VIEWS):
        part = slice(first, first + _VIEWS)
        moments = np.exp(-(lengths[part] @ basis.curves)) @ both
        signal, kev = moments[..., 0], moments[..., 1] / np.maximum(moments[..., 0], np.finfo(np.float32).tiny)
        if source.photons is not None and rng is not None:
            signal = _noisy(signal, kev, source=source, slice_mm=slice_mm, rng=rng)
        out[part] = -np.log(np.maximum(signal, np.finfo(np.float32).tiny))
    return out


def _noisy(
    signal: np.ndarray, kev: np.ndarray, *, source: Source, slice_mm: float, rng: np.random.Generator
) -> np.ndarray:
    """Return the signal with its noise, held above half a quantum."""
    mean_kev = spectrum(source.tube).mean_kev
    photons = (source.photons or 0.0) * slice_mm
    quanta = rng.poisson(signal * (photons * mean_kev) / kev) * kev / mean_kev
    quanta = quanta + source.electronic * np.sqrt(slice_mm) * rng.standard_normal(signal.shape, np.float32)
    return (np.maximum(quanta, 0.5) / photons).astype(np.float32)
