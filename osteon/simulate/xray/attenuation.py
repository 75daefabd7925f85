"""How strongly matter attenuates X-rays, from the tables of Elam, Ravel and Sieber (2002) in `xraydb`.

Photoelectric absorption, Compton and coherent scatter together: what leaves a narrow beam.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from osteon.errors import RequestError
from osteon.io.extras import require
from osteon.simulate.person.tissues import TABLE, Tissue

LOW_KEV, HIGH_KEV = 1.0, 800.0
MATERIALS: Mapping[str, Mapping[str, float]] = {
    "water": {"H": 0.1119, "O": 0.8881},
    "calcium": {"Ca": 1.0},
    "hydroxyapatite": {"H": 0.0020, "O": 0.4141, "P": 0.1850, "Ca": 0.3989},
    "iodine": {"I": 1.0},
    "gadolinium": {"Gd": 1.0},
    "caesium iodide": {"Cs": 0.5115, "I": 0.4885},
    "aluminium": {"Al": 1.0},
    "copper": {"Cu": 1.0},
    "tin": {"Sn": 1.0},
    "tungsten": {"W": 1.0},
}


def mass_attenuation(elements: Mapping[str, float], energies_kev: np.ndarray, *, kind: str = "total") -> np.ndarray:
    """Return the mass attenuation coefficient in cm2/g at each energy, float64 of the energies' shape.

    Args:
        elements: Symbol to mass fraction.
        energies_kev: From 1 to 800 keV.
        kind: "total", or a part of it: "photo", "incoh" or "coh".

    Raises:
        RequestError: An energy outside the tables.
        MissingExtraError: `xraydb` is not installed.

    Example:
        >>> round(float(mass_attenuation(MATERIALS["water"], np.array([60.0]))[0]), 3)
        0.206

    """
    energies = np.asarray(energies_kev, float)
    if energies.size and not (energies.min() >= LOW_KEV and energies.max() <= HIGH_KEV):
        msg = (
            f"Attenuation is tabulated from {LOW_KEV:g} to {HIGH_KEV:g} keV; "
            f"got {energies.min():g} to {energies.max():g} keV."
        )
        raise RequestError(msg)
    total = np.zeros(energies.shape)
    for symbol, share in elements.items():
        total += share * _element(symbol, tuple(energies.ravel().tolist()), kind).reshape(energies.shape)
    return total


def tissue_attenuation(
    tissues: Sequence[int], energies_kev: np.ndarray, *, iodine_mg_per_ml: Mapping[Tissue, float] | None = None
) -> np.ndarray:
    """Return linear attenuation coefficients in 1/mm, shape (tissues, energies), without any density scale.

    Args:
        tissues: Values of `Tissue`.
        energies_kev: Shape (energies,).
        iodine_mg_per_ml: Contrast agent that has gone into a tissue.

    """
    rows = []
    for value in tissues:
        tissue = Tissue(value)
        properties = TABLE[tissue]
        row = properties.density_g_per_cm3 * mass_attenuation(properties.elements, energies_kev)
        iodine = (iodine_mg_per_ml or {}).get(tissue, 0.0)
        if iodine:
            row = row + iodine / 1000.0 * mass_attenuation(MATERIALS["iodine"], energies_kev)
        rows.append(row / 10.0)
    return np.array(rows).reshape(len(rows), np.size(energies_kev))


def water_attenuation(energies_kev: np.ndarray) -> np.ndarray:
    """Return the linear attenuation of water (1 g/cm3) in 1/mm at each energy."""
    return mass_attenuation(MATERIALS["water"], energies_kev) / 10.0


@lru_cache(maxsize=256)
def _element(symbol: str, energies_kev: tuple[float, ...], kind: str) -> np.ndarray:
    return require("xraydb", extra="simulate").mu_elam(symbol, np.array(energies_kev) * 1000.0, kind=kind)
