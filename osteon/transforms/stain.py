"""Haematoxylin and eosin: from concentrations to colour by Beer and Lambert's law, and back.

Ruifrok A.C. and Johnston D.A., Anal Quant Cytol Histol 2001;23:291: the optical density of a pixel is the sum of its
stains' concentrations times their colour vectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

HAEMATOXYLIN = (0.644, 0.717, 0.267)
EOSIN = (0.093, 0.954, 0.283)


@dataclass(frozen=True, kw_only=True)
class Stain:
    """How a laboratory stains and scans.

    Attributes:
        haematoxylin, eosin: Optical density in red, green and blue at a concentration of 1; unit vectors.
        strength: Factor on the concentration of either, as thickness and staining time give it.
        white: Value of clear glass in red, green and blue, at most 255.

    """

    haematoxylin: tuple[float, float, float] = HAEMATOXYLIN
    eosin: tuple[float, float, float] = EOSIN
    strength: tuple[float, float] = (1.0, 1.0)
    white: tuple[float, float, float] = (243.0, 243.0, 243.0)

    @property
    def vectors(self) -> np.ndarray:
        """The density of each stain at a concentration of 1 with its strength, float32 (2, 3)."""
        return (np.array([self.haematoxylin, self.eosin]) * np.array(self.strength)[:, None]).astype(np.float32)


def draw(rng: np.random.Generator, *, spread: float = 1.0) -> Stain:
    """Return the stain of a laboratory; `spread` 0 gives the standard one, 1 what laboratories differ by."""
    turned = [np.array(v) + rng.normal(0, 0.03 * spread, 3) for v in (HAEMATOXYLIN, EOSIN)]
    units = [np.maximum(v, 0.01) / np.linalg.norm(np.maximum(v, 0.01)) for v in turned]
    white = 243 + rng.normal(0, 2 * spread) + rng.normal(0, 1.5 * spread, 3)
    return Stain(
        haematoxylin=(float(units[0][0]), float(units[0][1]), float(units[0][2])),
        eosin=(float(units[1][0]), float(units[1][1]), float(units[1][2])),
        strength=(float(np.exp(rng.normal(0, 0.15 * spread))), float(np.exp(rng.normal(0, 0.2 * spread)))),
        white=(float(min(white[0], 254)), float(min(white[1], 254)), float(min(white[2], 254))),
    )


def mix(haematoxylin: np.ndarray, eosin: np.ndarray, *, stain: Stain, ink: np.ndarray | None = None) -> np.ndarray:
    """Return the light that passes, float32 (rows, columns, 3), white glass as `stain.white`.

    Args:
        haematoxylin: Concentration, float32 (rows, columns).
        eosin: The same of eosin.
        stain: The laboratory's.
        ink: Further optical density (rows, columns, 3): pens.

    """
    light = _mix(
        np.ascontiguousarray(haematoxylin, np.float32),
        np.ascontiguousarray(eosin, np.float32),
        stain.vectors,
        np.array(stain.white, np.float32),
    )
    return light if ink is None else light * np.float32(10) ** -ink.astype(np.float32)


def unmix(pixels: np.ndarray, *, stain: Stain) -> tuple[np.ndarray, np.ndarray]:
    """Return the concentrations of haematoxylin and eosin of `pixels` (rows, columns, 3), by least squares."""
    clear = np.array(stain.white, np.float32)
    density = -np.log10(np.maximum(pixels.astype(np.float32), 0.5) / clear)
    found = density @ np.linalg.pinv(stain.vectors)
    return found[..., 0], found[..., 1]


@numba.njit(cache=True, nogil=True)
def _mix(haematoxylin: np.ndarray, eosin: np.ndarray, vectors: np.ndarray, white: np.ndarray) -> np.ndarray:
    rows, columns = haematoxylin.shape
    light = np.empty((rows, columns, 3), np.float32)
    to_e = np.float32(-np.log(10.0))
    for y in range(rows):
        for x in range(columns):
            for c in range(3):
                density = haematoxylin[y, x] * vectors[0, c] + eosin[y, x] * vectors[1, c]
                light[y, x, c] = white[c] * np.exp(to_e * density)
    return light
