"""What a photon below 141 keV meets in each tissue, as tables by energy for the compiled transport.

Photoelectric absorption and Compton scatter. Coherent scatter is left out, also of the attenuation: at 140 keV it is
1.8 % of the interactions of water, loses no energy and turns the photon by a few degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.special import erfc

from osteon.simulate.person.tissues import TABLE
from osteon.simulate.xray.attenuation import mass_attenuation

TECHNETIUM_KEV = 140.511
ELECTRON_KEV = 510.999
_STEP_KEV = 0.5
_NEGLIGIBLE = 1e-6


@dataclass(frozen=True, kw_only=True)
class Window:
    """What the camera's pulse-height analyser accepts.

    Attributes:
        peak_kev: Of the radionuclide, and the middle of the window.
        width: Of the window, as a share of the peak.
        resolution: Full width at half maximum at the peak, as a share of it; it grows as the root of the energy.

    """

    peak_kev: float = TECHNETIUM_KEV
    width: float = 0.20
    resolution: float = 0.099

    def accepts(self, energy_kev: np.ndarray) -> np.ndarray:
        """Return the probability that a photon absorbed in the crystal falls into the window."""
        energy_kev = np.asarray(energy_kev, float)
        sigma = self.resolution * np.sqrt(self.peak_kev * energy_kev) / 2.3548
        low, high = ((self.peak_kev * (1 + side * self.width / 2) - energy_kev) / sigma / 2**0.5 for side in (-1, 1))
        return 0.5 * (erfc(low) - erfc(high))


class Tables(NamedTuple):
    """Tables by energy; row i is `low_kev + i * step_kev`, the last row the peak.

    Attributes:
        total: Photoelectric and Compton, cm2/g, float64 of shape (energies, 256) by tissue.
        scatter: Compton alone.
        klein_nishina: Total cross-section of a free electron over 2 pi r_e^2.
        window: Probability to be counted, relative to the peak's.
        low_kev, step_kev, peak_kev: The energies; a photon below `low_kev` is counted in under 1e-6 of the cases.
        accepted: Absolute probability to be counted at the peak.
        resolution, width: Of the window.

    """

    total: np.ndarray
    scatter: np.ndarray
    klein_nishina: np.ndarray
    window: np.ndarray
    low_kev: float
    step_kev: float
    peak_kev: float
    accepted: float
    resolution: float
    width: float


@lru_cache(maxsize=8)
def tables(window: Window) -> Tables:
    """Return the tables down to the energy at which a photon no longer counts."""
    energies = window.peak_kev - _STEP_KEV * np.arange(round((window.peak_kev - 20) / _STEP_KEV))[::-1]
    peak = float(window.accepts(np.array(window.peak_kev)))
    seen = window.accepts(energies) / peak
    first = int(np.argmax(seen > _NEGLIGIBLE))
    energies, seen = energies[first:], seen[first:]
    photo, compton = (_by_tissue(energies, kind) for kind in ("photo", "incoh"))
    return Tables(
        total=photo + compton,
        scatter=compton,
        klein_nishina=_klein_nishina(energies / ELECTRON_KEV),
        window=seen,
        low_kev=float(energies[0]),
        step_kev=_STEP_KEV,
        peak_kev=float(energies[-1]),
        accepted=peak,
        resolution=window.resolution,
        width=window.width,
    )


def _by_tissue(energies_kev: np.ndarray, kind: str) -> np.ndarray:
    """Return mass attenuation coefficients in cm2/g, shape (energies, 256)."""
    table = np.zeros((energies_kev.size, 256))
    for tissue, properties in TABLE.items():
        table[:, tissue] = mass_attenuation(properties.elements, energies_kev, kind=kind)
    return table


def _klein_nishina(k: np.ndarray) -> np.ndarray:
    """Return the total Klein-Nishina cross-section over 2 pi r_e^2; `k` is the energy over that of the electron."""
    log = np.log1p(2 * k)
    first = (1 + k) / k**2 * (2 * (1 + k) / (1 + 2 * k) - log / k)
    return first + log / (2 * k) - (1 + 3 * k) / (1 + 2 * k) ** 2
