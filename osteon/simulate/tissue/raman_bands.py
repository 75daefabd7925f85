"""The Raman bands of what tissue and serum are made of.

Wavenumbers and assignments as the literature agrees on them within a few 1/cm (Movasaghi et al. 2007; Morris and
Mandair 2011 for bone; Bonifacio et al. 2014 for surface-enhanced serum); widths and relative heights are typical.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Band:
    """One band: half Lorentzian, half Gaussian.

    Attributes:
        shift_per_cm: Its centre.
        width_per_cm: Full width at half maximum.
        height: Relative to the strongest of its component.
        assignment: Of the vibration.

    """

    shift_per_cm: float
    width_per_cm: float
    height: float
    assignment: str


def _bands(*rows: tuple[float, float, float, str]) -> tuple[Band, ...]:
    return tuple(Band(shift_per_cm=s, width_per_cm=w, height=h, assignment=a) for s, w, h, a in rows)


LIBRARY: Mapping[str, tuple[Band, ...]] = {
    "protein": _bands(
        (621, 9, 0.18, "C-C twist of phenylalanine"),
        (643, 10, 0.16, "C-C twist of tyrosine"),
        (757, 12, 0.25, "ring breathing of tryptophan"),
        (830, 13, 0.22, "ring breathing of tyrosine"),
        (852, 14, 0.30, "ring breathing of tyrosine"),
        (940, 22, 0.30, "C-C stretch of the alpha-helix backbone"),
        (1003, 8, 0.90, "ring breathing of phenylalanine"),
        (1032, 11, 0.25, "C-H in-plane bend of phenylalanine"),
        (1126, 16, 0.28, "C-N stretch"),
        (1208, 18, 0.22, "tyrosine and phenylalanine"),
        (1240, 40, 0.42, "amide III, beta sheet"),
        (1340, 26, 0.45, "CH2 wag, tryptophan"),
        (1449, 26, 0.85, "CH2 bend"),
        (1552, 16, 0.22, "amide II, tryptophan"),
        (1605, 12, 0.28, "phenylalanine and tyrosine"),
        (1656, 42, 1.00, "amide I, alpha helix"),
    ),
    "collagen": _bands(
        (815, 14, 0.35, "C-C stretch of the backbone"),
        (855, 15, 0.75, "C-C stretch of the proline ring"),
        (876, 15, 0.60, "C-C stretch of the hydroxyproline ring"),
        (920, 16, 0.45, "C-C stretch of the proline ring"),
        (938, 18, 0.50, "C-C stretch of the backbone"),
        (1003, 8, 0.35, "ring breathing of phenylalanine"),
        (1246, 32, 0.90, "amide III, random coil"),
        (1271, 28, 0.75, "amide III, triple helix"),
        (1450, 26, 1.00, "CH2 bend"),
        (1667, 40, 1.00, "amide I of collagen"),
    ),
    "lipid": _bands(
        (719, 10, 0.20, "C-N stretch of choline"),
        (875, 16, 0.16, "choline"),
        (1065, 16, 0.40, "C-C stretch, trans"),
        (1082, 20, 0.30, "C-C stretch, gauche"),
        (1128, 14, 0.35, "C-C stretch, trans"),
        (1267, 16, 0.30, "=C-H bend"),
        (1301, 18, 0.70, "CH2 twist"),
        (1440, 20, 1.00, "CH2 scissoring"),
        (1656, 16, 0.60, "C=C stretch"),
        (1746, 16, 0.22, "C=O stretch of the ester"),
    ),
    "nucleic acid": _bands(
        (678, 14, 0.25, "ring breathing of guanine"),
        (728, 13, 0.45, "ring breathing of adenine"),
        (785, 15, 1.00, "O-P-O stretch, cytosine, uracil"),
        (828, 14, 0.25, "O-P-O stretch"),
        (1094, 22, 0.70, "symmetric stretch of PO2-"),
        (1180, 18, 0.20, "cytosine, guanine"),
        (1318, 20, 0.35, "guanine"),
        (1338, 20, 0.50, "adenine, guanine"),
        (1376, 18, 0.40, "thymine, adenine, guanine"),
        (1485, 16, 0.50, "adenine, guanine"),
        (1578, 15, 0.60, "adenine, guanine"),
    ),
    "hydroxyapatite": _bands(
        (431, 20, 0.20, "nu2 bend of PO4"),
        (450, 16, 0.12, "nu2 bend of PO4"),
        (584, 20, 0.16, "nu4 bend of PO4"),
        (608, 18, 0.10, "nu4 bend of PO4"),
        (960, 17, 1.00, "nu1 stretch of PO4"),
        (1044, 18, 0.14, "nu3 stretch of PO4"),
        (1071, 18, 0.28, "nu1 stretch of CO3, type B"),
    ),
    "carotenoid": _bands(
        (1006, 10, 0.25, "CH3 rock"),
        (1157, 12, 0.85, "C-C stretch"),
        (1190, 12, 0.15, "C-C stretch"),
        (1518, 13, 1.00, "C=C stretch"),
    ),
    "glycosaminoglycan": _bands(
        (860, 20, 0.25, "C-O-S stretch"),
        (940, 18, 0.25, "C-C stretch of proteoglycan"),
        (1063, 16, 1.00, "symmetric stretch of SO3"),
        (1130, 20, 0.30, "C-O-C stretch of the glycosidic bond"),
        (1342, 22, 0.35, "CH deformation"),
        (1380, 20, 0.50, "CH3 deformation"),
        (1410, 18, 0.25, "symmetric stretch of COO-"),
    ),
    "haem": _bands(
        (676, 12, 0.30, "pyrrole ring"),
        (754, 12, 0.80, "pyrrole breathing"),
        (1127, 13, 0.35, "C-CH3 stretch"),
        (1225, 16, 0.45, "C-H in-plane bend"),
        (1342, 18, 0.35, "pyrrole half ring"),
        (1375, 16, 0.45, "nu4, oxidation state"),
        (1548, 18, 0.75, "nu11, C=C"),
        (1620, 14, 1.00, "C=C of vinyl, spin state"),
    ),
    "purine": _bands(
        (494, 14, 0.45, "uric acid"),
        (638, 12, 1.00, "uric acid"),
        (724, 12, 0.85, "hypoxanthine, adenine"),
        (812, 14, 0.30, "uric acid"),
        (888, 14, 0.30, "uric acid"),
        (1134, 16, 0.60, "uric acid"),
        (1206, 16, 0.25, "uric acid, hypoxanthine"),
        (1330, 20, 0.35, "adenine, hypoxanthine"),
    ),
    "glucose": _bands(
        (438, 16, 0.35, "C-C-O bend"),
        (518, 16, 0.40, "C-C-O bend"),
        (914, 18, 0.35, "C-O-H bend"),
        (1060, 22, 0.60, "C-O stretch"),
        (1125, 22, 1.00, "C-O-H bend"),
        (1366, 24, 0.50, "CH2 wag"),
    ),
}
"""Component to its bands."""


def shape(axis_per_cm: np.ndarray, band: Band, *, wider_per_cm: float = 0.0) -> np.ndarray:
    """Return a band on an axis (points,), its instrument's resolution added in quadrature to its width.

    Example:
        >>> band = Band(shift_per_cm=960, width_per_cm=17, height=1.0, assignment="nu1 PO4")
        >>> shape(np.array([951.5, 960.0]), band).round(3)
        array([0.5, 1. ])

    """
    width = float(np.hypot(band.width_per_cm, wider_per_cm))
    away = (axis_per_cm - band.shift_per_cm) / (width / 2.0)
    # The area is kept when the resolution widens the band.
    scale = band.height * band.width_per_cm / width
    return scale * 0.5 * (1.0 / (1.0 + away**2) + np.exp(-np.log(2.0) * away**2))


def component(name: str, axis_per_cm: np.ndarray, *, wider_per_cm: float = 0.0) -> np.ndarray:
    """Return the spectrum of a component of `LIBRARY` on an axis (points,)."""
    bands = LIBRARY[name]
    return np.sum([shape(axis_per_cm, band, wider_per_cm=wider_per_cm) for band in bands], axis=0)
