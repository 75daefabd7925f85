"""How much haematoxylin and eosin a section takes up at each place: ground tissue, then cells; compiled.

Everything hangs on the place in micrometres and a seed, so tiles join without a seam. Concentrations are optical
densities at unit stain vectors; typical values, chosen by eye beside real osteosarcoma sections.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from osteon.simulate.tissue.histology_map import Region
from osteon.simulate.tissue.histology_noise import fibre, rough, smooth, wall

GLASS, VIABLE, NECROSIS, STROMA, CARTILAGE, BONE, FAT = (int(region) for region in Region)
FAT_CELL_UM = 62.0


@numba.njit(cache=True, nogil=True)
def region_at(x: float, y: float, cells: np.ndarray, frame: np.ndarray, table: np.ndarray) -> int:
    """Return the tissue at (x, y) um: that of the map, its outlines roughened.

    `frame` is (left um, top um, um per pixel, um per cell, roughness um, osteoid share).
    """
    if frame[4] > 0.0:
        x += frame[4] * (rough(x / 18.0, y / 18.0, 101, table) - 0.5) * 2.0
        y += frame[4] * (rough(x / 18.0, y / 18.0, 103, table) - 0.5) * 2.0
    row = min(max(math.floor(y / frame[3]), 0), cells.shape[0] - 1)
    column = min(max(math.floor(x / frame[3]), 0), cells.shape[1] - 1)
    return cells[row, column]


@numba.njit(cache=True, nogil=True)
def _step(value: float, low: float, high: float) -> float:
    """Return 0 below `low`, 1 above `high` and a smooth way between."""
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@numba.njit(cache=True, nogil=True)
def _viable(x: float, y: float, osteoid: float, table: np.ndarray) -> tuple[float, float]:
    grain = smooth(x / 2.2, y / 2.2, 0, table)
    cytoplasm = rough(x / 11.0, y / 11.0, 2, table)
    lace = abs(rough(x / 34.0, y / 34.0, 4, table) - 0.5)
    laid = 1.0 - _step(lace, 0.16 * osteoid, 0.16 * osteoid + 0.035) if osteoid > 0.0 else 0.0
    crack = _step(fibre(x / 16.0, y / 16.0, 6, table), 0.93, 0.99) * (1.0 - laid)
    h = (0.10 + 0.10 * cytoplasm + 0.05 * grain) * (1.0 - 0.6 * laid)
    e = 0.14 + 0.22 * cytoplasm + 0.08 * grain + laid * (0.28 + 0.06 * grain)
    return h * (1.0 - crack), e * (1.0 - 0.95 * crack)


@numba.njit(cache=True, nogil=True)
def _necrosis(x: float, y: float, table: np.ndarray) -> tuple[float, float]:
    wide = rough(x / 160.0, y / 160.0, 0, table)
    grain = smooth(x / 1.7, y / 1.7, 2, table)
    debris = rough(x / 6.0, y / 6.0, 4, table)
    hole = _step(rough(x / 13.0, y / 13.0, 6, table), 0.80 - 0.38 * wide, 0.95 - 0.38 * wide)
    e = 0.08 + 0.26 * (1.0 - wide) + 0.14 * debris + 0.09 * grain
    return (0.03 + 0.10 * debris * grain) * (1.0 - hole), e * (1.0 - 0.9 * hole)


@numba.njit(cache=True, nogil=True)
def _stroma(x: float, y: float, table: np.ndarray) -> tuple[float, float]:
    dense = rough(x / 120.0, y / 120.0, 0, table)
    strand = fibre(x / 3.4, y / 3.4, 2, table)
    thin = fibre(x / 1.5, y / 1.5, 5, table)
    gap = _step(0.55 * strand + 0.45 * thin, 0.50 - 0.3 * dense, 0.28 - 0.3 * dense + 0.5)
    e = gap * (0.12 + 0.30 * dense + 0.10 * thin) + 0.02
    return 0.02 + 0.05 * gap, e


@numba.njit(cache=True, nogil=True)
def _bone(x: float, y: float, table: np.ndarray) -> tuple[float, float]:
    bend = 26.0 * smooth(x / 90.0, y / 90.0, 0, table)
    lamella = 0.5 + 0.5 * math.sin((y + bend * 2.0) / 1.1 + x / 9.0)
    calcified = _step(rough(x / 150.0, y / 150.0, 2, table), 0.66, 0.74)
    e = 0.50 + 0.09 * lamella + 0.06 * smooth(x / 3.0, y / 3.0, 4, table)
    return 0.04 + 0.24 * calcified, e * (1.0 - 0.35 * calcified)


@numba.njit(cache=True, nogil=True)
def _ground(region: int, x: float, y: float, osteoid: float, table: np.ndarray) -> tuple[float, float]:
    """Return the haematoxylin and eosin of a tissue without its cells."""
    if region == VIABLE:
        return _viable(x, y, osteoid, table)
    if region == NECROSIS:
        return _necrosis(x, y, table)
    if region == STROMA:
        return _stroma(x, y, table)
    if region == BONE:
        return _bone(x, y, table)
    if region == CARTILAGE:
        matrix = rough(x / 45.0, y / 45.0, 0, table)
        return 0.10 + 0.16 * matrix, 0.07 + 0.06 * matrix
    if region == FAT:
        far = FAT_CELL_UM * wall(x / FAT_CELL_UM, y / FAT_CELL_UM, 0, table)
        return 0.06 * (1.0 - _step(far, 0.6, 2.0)), 0.34 * (1.0 - _step(far, 0.6, 2.2))
    return 0.0, 0.0


@numba.njit(cache=True, nogil=True)
def ground(
    cells: np.ndarray, frame: np.ndarray, size: tuple[int, int], table: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the tissue uint8 (rows, columns) and the stains float32 (2, rows, columns), cells not yet drawn."""
    rows, columns = size
    regions, stains = np.empty((rows, columns), np.uint8), np.empty((2, rows, columns), np.float32)
    for row in range(rows):
        y = frame[1] + (row + 0.5) * frame[2]
        for column in range(columns):
            x = frame[0] + (column + 0.5) * frame[2]
            region = region_at(x, y, cells, frame, table)
            regions[row, column] = region
            stains[0, row, column], stains[1, row, column] = _ground(region, x, y, frame[5], table)
    return regions, stains
