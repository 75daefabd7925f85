"""What a slide shows that is not tissue: pen strokes, folds, and the noise of the scanner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np

from osteon.simulate.tissue.histology_noise import unit

PENS = {"blue": (1.3, 0.9, 0.25), "green": (1.1, 0.35, 0.9), "black": (1.3, 1.3, 1.3)}
FOLD = 0.9  # how much tissue a fold lays on top, at its middle


@dataclass(frozen=True, kw_only=True)
class Stroke:
    """A line on the slide: `points_um` as (x, y), its width, and of a pen the colour, a key of `PENS`."""

    points_um: tuple[tuple[float, float], ...]
    width_um: float
    colour: str = "blue"


def draw(rng: np.random.Generator, *, size_um: tuple[float, float], width_um: float, points: int = 4) -> Stroke:
    """Return a random stroke over a slide of (width, height), in a random colour."""
    places = rng.uniform(0.05, 0.95, (points, 2)) * np.array(size_um)
    colour = str(rng.choice(sorted(PENS)))
    return Stroke(points_um=tuple((float(x), float(y)) for x, y in places), width_um=width_um, colour=colour)


def ink(pens: Sequence[Stroke], *, frame: np.ndarray, shape: tuple[int, ...]) -> np.ndarray | None:
    """Return the optical density (rows, columns, 3) of the pens in a tile; None without a pen.

    `frame` begins with (left um, top um, um per pixel).
    """
    if not pens:
        return None
    density = np.zeros((*shape, 3), np.float32)
    for pen in pens:
        cover = _cover(np.array(pen.points_um), pen.width_um, frame, (shape[0], shape[1]))
        density = np.maximum(density, cover[..., None] * np.array(PENS[pen.colour], np.float32))
    return density


def fold(stains: np.ndarray, folds: Sequence[Stroke], *, frame: np.ndarray) -> None:
    """Thicken the tissue of `stains` (2, rows, columns) under each fold, in place."""
    for line in folds:
        cover = _cover(np.array(line.points_um), line.width_um, frame, stains.shape[1:])
        stains *= 1.0 + np.float32(FOLD) * cover


@numba.njit(cache=True, nogil=True)
def _cover(points: np.ndarray, width: float, frame: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return how far a line covers each pixel: 1 within, falling to 0 over a tenth of its half width."""
    cover = np.zeros(shape, np.float32)
    for r in range(shape[0]):
        y = frame[1] + (r + 0.5) * frame[2]
        for c in range(shape[1]):
            x = frame[0] + (c + 0.5) * frame[2]
            best = np.inf
            for k in range(points.shape[0] - 1):
                ax, ay = points[k]
                bx, by = points[k + 1, 0] - ax, points[k + 1, 1] - ay
                along = ((x - ax) * bx + (y - ay) * by) / max(bx * bx + by * by, 1e-9)
                along = min(max(along, 0.0), 1.0)
                best = min(best, (x - ax - along * bx) ** 2 + (y - ay - along * by) ** 2)
            cover[r, c] = min(max((1.0 - 2.0 * np.sqrt(best) / width) * 10.0, 0.0), 1.0)
    return cover


@numba.njit(cache=True, nogil=True)
def scan(light: np.ndarray, left: int, top: int, noise: float, seed: int) -> np.ndarray:
    """Return `light` (rows, columns, 3) as uint8 with the scanner's noise, which belongs to the pixel of the slide."""
    rows, columns, _ = light.shape
    pixels = np.empty((rows, columns, 3), np.uint8)
    for r in range(rows):
        for c in range(columns):
            grain = 0.0
            if noise > 0.0:
                # The difference of two has a spread of 1 / sqrt(6).
                grain = (
                    noise * 2.449489742783178 * (unit(left + c, top + r, seed + 7) - unit(left + c, top + r, seed + 8))
                )
            for k in range(3):
                pixels[r, c, k] = np.uint8(min(max(light[r, c, k] + grain + 0.5, 0.0), 255.0))
    return pixels
