"""The few curves over energy that span the attenuation of a body's tissues.

Photoelectric absorption and Compton scatter fall with energy in much the same way in all light elements, so two curves
nearly do (Alvarez and Macovski 1976); iodine or metal adds one. The curves come from a singular value decomposition
of the tissues' attenuation over that of water, as many as are needed for a stated error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from osteon.simulate.person.tissues import TABLE, Tissue
from osteon.simulate.xray.attenuation import tissue_attenuation, water_attenuation

TOLERANCE = 3e-4  # of water's attenuation at any energy: 0.3 HU


@dataclass(frozen=True, kw_only=True, eq=False)
class EnergyBasis:
    """Attenuation of tissue t at energy e is `factors[t] @ curves[:, e]`.

    Attributes:
        energies_kev: Shape (energies,).
        curves: 1/mm, float32 (curves, energies).
        factors: float32 (256, curves) by tissue value; 0 of air.

    """

    energies_kev: np.ndarray
    curves: np.ndarray
    factors: np.ndarray


def energy_basis(
    tissues: np.ndarray, energies_kev: np.ndarray, *, iodine_mg_per_ml: Mapping[Tissue, float] | None = None
) -> EnergyBasis:
    """Return the basis of the tissues that a label map holds.

    Args:
        tissues: Values of `Tissue`, of any shape.
        energies_kev: Shape (energies,).
        iodine_mg_per_ml: Contrast agent by tissue.

    """
    held = np.bincount(np.ravel(tissues), minlength=256) > 0
    present = [tissue for tissue in TABLE if tissue != Tissue.AIR and held[tissue]]
    factors = np.zeros((256, max(len(present), 1)), np.float32)
    water = water_attenuation(energies_kev)
    if not present:
        return EnergyBasis(energies_kev=energies_kev, curves=water[None].astype(np.float32), factors=factors)
    relative = tissue_attenuation(present, energies_kev, iodine_mg_per_ml=iodine_mg_per_ml) / water
    left, size, right = np.linalg.svd(relative, full_matrices=False)
    count = 1
    while np.abs((left[:, :count] * size[:count]) @ right[:count] - relative).max() > TOLERANCE:
        count += 1
    factors = factors[:, :count]
    factors[present] = left[:, :count] * size[:count]
    return EnergyBasis(energies_kev=energies_kev, curves=(right[:count] * water).astype(np.float32), factors=factors)
