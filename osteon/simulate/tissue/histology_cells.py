"""Cells of a section: their size, number and variety by tissue and grade, drawn into the stains; compiled."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np

from osteon.simulate.tissue.histology_map import Region
from osteon.simulate.tissue.histology_noise import knots, smooth, unit
from osteon.simulate.tissue.histology_texture import region_at

FAR_UM = 24.0  # no nucleus and no lacuna reaches farther from its centre
EDGE_UM = 0.6


@dataclass(frozen=True, kw_only=True)
class Cytology:
    """Cells of one tissue.

    Attributes:
        nuclei_per_mm2: How many.
        nucleus_um: Median of the mean diameter.
        pleomorphism: Standard deviation of the logarithm of the diameter.
        elongation: Longest over shortest diameter, on average.
        haematoxylin: Concentration in a nucleus; a ghost has little.
        lacuna: Diameter of the clear space around it over the nucleus's own; 1 for none.

    """

    nuclei_per_mm2: float
    nucleus_um: float
    pleomorphism: float = 0.15
    elongation: float = 1.3
    haematoxylin: float = 0.75
    lacuna: float = 1.0


GRADES = {
    1: Cytology(nuclei_per_mm2=1800, nucleus_um=6.8, pleomorphism=0.14, haematoxylin=0.55),
    2: Cytology(nuclei_per_mm2=2900, nucleus_um=7.6, pleomorphism=0.22, haematoxylin=0.62, elongation=1.4),
    3: Cytology(nuclei_per_mm2=3900, nucleus_um=8.6, pleomorphism=0.32, haematoxylin=0.70, elongation=1.5),
}
OTHERS = {
    Region.NECROSIS: Cytology(nuclei_per_mm2=700, nucleus_um=6.0, pleomorphism=0.3, haematoxylin=0.22),
    Region.STROMA: Cytology(nuclei_per_mm2=650, nucleus_um=6.5, elongation=3.2, haematoxylin=0.65),
    Region.CARTILAGE: Cytology(nuclei_per_mm2=450, nucleus_um=7.0, pleomorphism=0.2, lacuna=2.1, haematoxylin=0.7),
    Region.BONE: Cytology(nuclei_per_mm2=230, nucleus_um=4.5, elongation=2.0, lacuna=1.8, haematoxylin=0.7),
    Region.FAT: Cytology(nuclei_per_mm2=60, nucleus_um=5.0, elongation=2.2),
}


def row(cytology: Cytology) -> np.ndarray:
    """Return the numbers as `draw` takes them: pitch um, diameter um, spread, elongation, haematoxylin, lacuna."""
    pitch = 1000.0 / math.sqrt(max(cytology.nuclei_per_mm2, 1e-3) / 0.9)
    return np.array([
        *(pitch, cytology.nucleus_um, cytology.pleomorphism, cytology.elongation),
        *(cytology.haematoxylin, cytology.lacuna),
    ])  # fmt: skip


@numba.njit(cache=True, nogil=True)
def cell(
    i: int, j: int, kind: np.ndarray, seed: int, table: np.ndarray
) -> tuple[float, float, float, float, float, float]:
    """Return the cell of a lattice place: x um, y um, half axes um, angle, haematoxylin; no cell has half axes 0."""
    pitch = kind[0]
    x, y = (i + 0.12 + 0.76 * unit(i, j, seed)) * pitch, (j + 0.12 + 0.76 * unit(i, j, seed + 1)) * pitch
    if unit(i, j, seed + 2) > 0.9:
        return x, y, 0.0, 0.0, 0.0, 0.0
    # The sum of three has a spread of one half: near enough to normal, and bounded.
    bell = 2.0 * (unit(i, j, seed + 3) + unit(i, j, seed + 4) + unit(i, j, seed + 5) - 1.5)
    half = 0.5 * kind[1] * math.exp(kind[2] * bell)
    longer = math.sqrt(1.0 + (kind[3] - 1.0) * 2.0 * unit(i, j, seed + 6))
    stroke = 0.35 * math.pi * (2.0 * smooth(x / 90.0, y / 90.0, 9, table) - 1.0)
    angle = stroke + (unit(i, j, seed + 7) - 0.5) * math.pi / longer**2
    dark = kind[4] * (0.8 + 0.4 * unit(i, j, seed + 8))
    limit = FAR_UM / max(kind[5], 1.0)
    return x, y, min(half * longer, limit), min(half / longer, limit), angle, dark


@numba.njit(cache=True, nogil=True)
def _paint(held: np.ndarray, found: tuple, frame: np.ndarray, lacuna: float, table: np.ndarray) -> None:
    """Raise the cover of nuclei, their haematoxylin and the cover of lacunae where one cell lies."""
    x, y, long_um, short_um, angle, dark = found
    reach = long_um * max(lacuna, 1.0) + EDGE_UM
    turn, tilt = math.cos(angle), math.sin(angle)
    first = max(int((y - reach - frame[1]) / frame[2]), 0), max(int((x - reach - frame[0]) / frame[2]), 0)
    last = min(int((y + reach - frame[1]) / frame[2]) + 1, held.shape[1])
    end = min(int((x + reach - frame[0]) / frame[2]) + 1, held.shape[2])
    for r in range(first[0], last):
        down = frame[1] + (r + 0.5) * frame[2] - y
        for c in range(first[1], end):
            across = frame[0] + (c + 0.5) * frame[2] - x
            u, v = (turn * across + tilt * down) / long_um, (turn * down - tilt * across) / short_um
            far = math.sqrt(u * u + v * v)
            cover = min(max(0.5 + (1.0 - far) * short_um / EDGE_UM, 0.0), 1.0)
            if cover > 0.0:
                chromatin = 0.72 + 0.42 * smooth((across + x) / 1.1, (down + y) / 1.1, 30, table)
                held[0, r, c] = max(held[0, r, c], cover)
                held[1, r, c] = max(held[1, r, c], cover * dark * chromatin)
            if lacuna > 1.0:
                held[2, r, c] = max(held[2, r, c], min(max(0.5 + (lacuna - far) * short_um / EDGE_UM, 0.0), 1.0))


@numba.njit(cache=True, nogil=True)
def _all_cells(
    held: np.ndarray, kinds: np.ndarray, cells: np.ndarray, frame: np.ndarray, seed: int, table: np.ndarray
) -> None:
    right, low = frame[0] + held.shape[2] * frame[2] + FAR_UM, frame[1] + held.shape[1] * frame[2] + FAR_UM
    for region in range(1, kinds.shape[0]):
        kind, own = kinds[region], seed + 1000 * region
        first_i, first_j = math.floor((frame[0] - FAR_UM) / kind[0]) - 1, math.floor((frame[1] - FAR_UM) / kind[0]) - 1
        for j in range(first_j, math.ceil(low / kind[0]) + 1):
            for i in range(first_i, math.ceil(right / kind[0]) + 1):
                found = cell(i, j, kind, own, table)
                if found[2] > 0.0 and region_at(found[0], found[1], cells, frame, table) == region:
                    _paint(held, found, frame, kind[5], table)


@numba.njit(cache=True, nogil=True)
def draw(
    stains: np.ndarray, regions: np.ndarray, kinds: np.ndarray, cells: np.ndarray, frame: np.ndarray, seed: int
) -> None:
    """Draw the cells of all tissues into `stains` (2, rows, columns), clear of glass; the order plays no part."""
    held = np.zeros((3, stains.shape[1], stains.shape[2]), np.float32)
    _all_cells(held, kinds, cells, frame, seed, knots(seed))
    for r in range(stains.shape[1]):
        for c in range(stains.shape[2]):
            if regions[r, c] == 0:
                continue
            clear = 1.0 - 0.92 * held[2, r, c]
            stains[0, r, c] = stains[0, r, c] * clear * (1.0 - held[0, r, c]) + held[1, r, c]
            stains[1, r, c] = stains[1, r, c] * clear * (1.0 - 0.35 * held[0, r, c])
