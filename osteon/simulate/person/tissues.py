"""What a simulated body is made of: one record a tissue, for every modality.

Density and elements after ICRU-44 (rounded), relaxation times near 1.5 T, uptake relative to muscle
(bone tracer) and as a body-weight SUV (FDG). They are typical values, not measurements of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


class Tissue(IntEnum):
    """Value of a tissue in `Body.tissue`."""

    AIR = 0
    LUNG = 1
    FAT = 2
    SKIN = 3
    MUSCLE = 4
    ORGAN = 5
    BLOOD = 6
    BRAIN = 7
    RED_MARROW = 8
    YELLOW_MARROW = 9
    CORTICAL = 10
    TRABECULAR = 11
    CARTILAGE = 12
    URINE = 13
    KIDNEY = 14
    LIVER = 15
    HEART = 16
    DISC = 17
    TUMOUR = 20
    NECROSIS = 21
    OSTEOID = 22
    CHONDROID = 23
    CALCIFIED_CHONDROID = 24
    GROUND_GLASS = 25
    CYST_FLUID = 26
    BLOODY_FLUID = 27
    SCLEROSIS = 28
    PERIOSTEAL_BONE = 29
    OEDEMA = 30
    FIBROUS = 31
    METAL = 40


@dataclass(frozen=True, kw_only=True)
class Properties:
    """What the modalities see of a tissue.

    Attributes:
        density_g_per_cm3: Mass density.
        elements: Element symbol to mass fraction, summing to 1.
        t1_ms, t2_ms: Relaxation times near 1.5 T.
        proton_density: Relative to water.
        adc_um2_per_ms: Apparent diffusion coefficient (1 um2/ms is 1e-3 mm2/s).
        bone_tracer: 99mTc-diphosphonate per ml, relative to muscle.
        fdg_suv: Body-weight SUV an hour after injection.

    """

    density_g_per_cm3: float
    elements: Mapping[str, float]
    t1_ms: float = 1000.0
    t2_ms: float = 50.0
    proton_density: float = 0.0
    adc_um2_per_ms: float = 0.0
    bone_tracer: float = 0.0
    fdg_suv: float = 0.0


_SOFT = {"H": 0.102, "C": 0.143, "N": 0.034, "O": 0.710, "Na": 0.001, "P": 0.002, "S": 0.003, "Cl": 0.001, "K": 0.004}
_WATER = {"H": 0.112, "O": 0.888}
_FAT = {"H": 0.114, "C": 0.598, "N": 0.007, "O": 0.278, "Na": 0.001, "S": 0.001, "Cl": 0.001}
_CORTICAL = {
    "H": 0.034, "C": 0.155, "N": 0.042, "O": 0.435, "Na": 0.001, "Mg": 0.002, "P": 0.103, "S": 0.003, "Ca": 0.225,
}  # fmt: skip
_SPONGY = {
    "H": 0.085, "C": 0.404, "N": 0.028, "O": 0.367, "Na": 0.001, "Mg": 0.001, "P": 0.034, "S": 0.002, "Cl": 0.002,
    "K": 0.001, "Ca": 0.075,
}  # fmt: skip
_CARTILAGE = {"H": 0.096, "C": 0.099, "N": 0.022, "O": 0.744, "Na": 0.005, "P": 0.022, "S": 0.009, "Cl": 0.003}


def _mix(first: Mapping[str, float], second: Mapping[str, float], share: float) -> dict[str, float]:
    """Return mass fractions of `share` of the second in the first."""
    names = {**first, **second}
    return {n: (1 - share) * first.get(n, 0.0) + share * second.get(n, 0.0) for n in names}


def _row(density: float, elements: Mapping[str, float], *seen: float) -> Properties:
    """Return a row of the table: T1, T2, proton density, ADC, bone tracer, FDG."""
    total = sum(elements.values())
    keys = ("t1_ms", "t2_ms", "proton_density", "adc_um2_per_ms", "bone_tracer", "fdg_suv")
    return Properties(
        density_g_per_cm3=density,
        elements={name: share / total for name, share in elements.items()},
        **dict(zip(keys, seen, strict=True)),
    )


#                                   g/cm3  elements   T1    T2    PD    ADC   MDP   SUV
TABLE: Mapping[Tissue, Properties] = {
    Tissue.AIR: _row(0.0012, {"N": 0.755, "O": 0.232, "Ar": 0.013}, 1000, 50, 0.0, 0.0, 0.0, 0.0),
    Tissue.LUNG: _row(0.26, _SOFT, 1100, 30, 0.2, 1.0, 0.8, 0.5),
    Tissue.FAT: _row(0.95, _FAT, 260, 80, 0.90, 0.1, 0.5, 0.3),
    Tissue.SKIN: _row(1.09, _SOFT, 900, 35, 0.7, 0.8, 0.8, 0.6),
    Tissue.MUSCLE: _row(1.05, _SOFT, 900, 45, 0.80, 1.4, 1.0, 0.7),
    Tissue.ORGAN: _row(1.05, _SOFT, 850, 60, 0.85, 1.3, 1.0, 1.3),
    Tissue.BLOOD: _row(1.06, _SOFT, 1400, 200, 0.95, 1.6, 2.0, 1.6),
    Tissue.BRAIN: _row(1.04, _SOFT, 950, 95, 0.85, 0.8, 0.3, 7.0),
    Tissue.RED_MARROW: _row(1.03, _mix(_SOFT, _FAT, 0.4), 550, 60, 0.85, 0.5, 1.5, 1.3),
    Tissue.YELLOW_MARROW: _row(0.98, _FAT, 290, 80, 0.90, 0.2, 0.8, 0.5),
    Tissue.CORTICAL: _row(1.92, _CORTICAL, 1000, 1, 0.15, 0.1, 10.0, 0.6),
    Tissue.TRABECULAR: _row(1.18, _SPONGY, 500, 55, 0.75, 0.4, 14.0, 1.2),
    Tissue.CARTILAGE: _row(1.10, _CARTILAGE, 1050, 40, 0.75, 1.4, 2.0, 0.6),
    Tissue.URINE: _row(1.02, _WATER, 2800, 800, 1.00, 2.9, 60.0, 20.0),
    Tissue.KIDNEY: _row(1.05, _SOFT, 950, 85, 0.85, 2.0, 12.0, 3.0),
    Tissue.LIVER: _row(1.06, _SOFT, 550, 45, 0.80, 1.1, 1.0, 2.2),
    Tissue.HEART: _row(1.06, _SOFT, 950, 50, 0.85, 1.4, 1.5, 2.5),
    Tissue.DISC: _row(1.10, _CARTILAGE, 1100, 90, 0.85, 1.7, 1.5, 0.6),
    Tissue.TUMOUR: _row(1.05, _SOFT, 1150, 95, 0.88, 1.1, 12.0, 6.0),
    Tissue.NECROSIS: _row(1.03, _mix(_SOFT, _WATER, 0.5), 1500, 150, 0.92, 2.2, 1.0, 0.8),
    Tissue.OSTEOID: _row(1.55, _mix(_SPONGY, _CORTICAL, 0.7), 900, 20, 0.40, 0.8, 45.0, 5.0),
    Tissue.CHONDROID: _row(1.08, _CARTILAGE, 1400, 180, 0.93, 2.1, 10.0, 2.0),
    Tissue.CALCIFIED_CHONDROID: _row(1.65, _mix(_CARTILAGE, _CORTICAL, 0.8), 1000, 10, 0.30, 1.0, 25.0, 1.5),
    Tissue.GROUND_GLASS: _row(1.22, _mix(_SOFT, _CORTICAL, 0.25), 850, 45, 0.65, 1.2, 30.0, 2.0),
    Tissue.CYST_FLUID: _row(1.02, _WATER, 2500, 500, 1.00, 2.7, 0.8, 0.4),
    Tissue.BLOODY_FLUID: _row(1.05, _mix(_SOFT, _WATER, 0.4), 1200, 250, 0.97, 2.0, 6.0, 1.5),
    Tissue.SCLEROSIS: _row(1.70, _CORTICAL, 900, 5, 0.25, 0.3, 25.0, 1.0),
    Tissue.PERIOSTEAL_BONE: _row(1.50, _mix(_SPONGY, _CORTICAL, 0.6), 900, 10, 0.35, 0.5, 40.0, 1.5),
    Tissue.OEDEMA: _row(1.05, _mix(_SOFT, _WATER, 0.3), 1200, 100, 0.90, 1.8, 3.0, 1.0),
    Tissue.FIBROUS: _row(1.10, _SOFT, 950, 35, 0.70, 1.0, 4.0, 1.2),
    Tissue.METAL: _row(4.43, {"Ti": 0.90, "Al": 0.06, "V": 0.04}, 1000, 1, 0.0, 0.0, 0.0, 0.0),
}
