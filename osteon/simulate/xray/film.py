"""What makes a signal a film: the collimator's edges, the lead letter, and how the grey values are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import ndimage

from osteon.errors import RequestError

_LETTERS = {
    "L": ("#....", "#....", "#....", "#....", "#....", "#....", "#####"),
    "R": ("####.", "#...#", "#...#", "####.", "#.#..", "#..#.", "#...#"),
}
_LEAD = 0.005  # passes through a marker or a shutter of the collimator
_FAINTEST = 1e-5


@dataclass(frozen=True, kw_only=True)
class Film:
    """How a film looks.

    Attributes:
        look: "film": a sigmoid of the logarithm, windowed by what is in the field, bone bright; "log": attenuation
            (minus the natural logarithm of the signal), not windowed; "signal": relative to the open field.
        contrast: Width of the film's window over the range found in the field; smaller is harder.
        detail: How much a plate reader raises what is finer than `detail_mm` over the rest; 0 for not at all.
        detail_mm: Standard deviation of the Gaussian that tells fine from coarse, at the detector.
        field: Shares of the rows and columns that the collimator leaves open, about the middle.
        shutter: What a viewer does outside the field: nothing ("none", it is white) or "black".
        marker: "L" or "R", a lead letter on the cassette; None for none.
        marker_at: Middle of the letter as shares of the open rows and columns.
        marker_mm: Its height at the detector.

    """

    look: Literal["film", "log", "signal"] = "film"
    contrast: float = 1.0
    detail: float = 0.5
    detail_mm: float = 8.0
    field: tuple[float, float] = (1.0, 1.0)
    shutter: Literal["none", "black"] = "none"
    marker: str | None = None
    marker_at: tuple[float, float] = (0.1, 0.1)
    marker_mm: float = 18.0


def lead(film: Film, *, shape: tuple[int, int], pixel_mm: tuple[float, float]) -> np.ndarray:
    """Return what lead in the beam lets through at each pixel, float32 of `shape`: 1 where there is none.

    Raises:
        RequestError: A marker of another letter, or a field outside 0 to 1.

    """
    if not all(0.0 < share <= 1.0 for share in film.field):
        msg = f"A field of {film.field} was asked for; it is the open share of rows and columns, above 0 to 1."
        raise RequestError(msg)
    through = np.where(_open(film, shape), np.float32(1.0), np.float32(_LEAD))
    if film.marker is None:
        return through
    letter = _letter(film.marker, (film.marker_mm / pixel_mm[0], film.marker_mm * 5 / 7 / pixel_mm[1]))
    middles = [n * (0.5 + (at - 0.5) * share) for n, at, share in zip(shape, film.marker_at, film.field, strict=True)]
    corner = [round(middle - size / 2) for middle, size in zip(middles, letter.shape, strict=True)]
    inside = [slice(max(c, 0), max(c + n, 0)) for c, n in zip(corner, letter.shape, strict=True)]
    part = through[inside[0], inside[1]]
    cut = letter[max(-corner[0], 0) :, max(-corner[1], 0) :][: part.shape[0], : part.shape[1]]
    part[cut] *= np.float32(_LEAD)
    return through


def shown(signal: np.ndarray, film: Film, *, pixel_mm: tuple[float, float]) -> np.ndarray:
    """Return the pixels of the film, float32 of the signal's shape.

    Args:
        signal: Relative to the open field.
        film: The look; "film" gives 0 (black) to 1 (white).
        pixel_mm: Of the detector.

    """
    if film.look == "signal":
        return signal.astype(np.float32)
    attenuation = -np.log(np.maximum(signal, np.float32(_FAINTEST))).astype(np.float32)
    if film.look == "log":
        return attenuation
    is_open = _open(film, signal.shape)
    middle, width = _window(attenuation[is_open], film.contrast)
    if film.detail:
        coarse = ndimage.gaussian_filter(attenuation, [film.detail_mm / mm for mm in pixel_mm], mode="nearest")
        attenuation = attenuation + np.float32(film.detail) * (attenuation - coarse)
    grey = (1.0 / (1.0 + np.exp(-4.0 * (attenuation - middle) / width))).astype(np.float32)
    return np.where(is_open, grey, np.float32(0.0)) if film.shutter == "black" else grey


def _open(film: Film, shape: tuple[int, ...]) -> np.ndarray:
    far = [np.abs((np.arange(n) + 0.5) / n - 0.5) <= share / 2 for n, share in zip(shape, film.field, strict=True)]
    return far[0][:, None] & far[1][None, :]


def _window(attenuation: np.ndarray, contrast: float) -> tuple[float, float]:
    """Return middle and width of the window: from the thinnest to the thickest of what is not open air."""
    body = attenuation[attenuation > 0.3]
    low, high = np.percentile(body, [1.0, 99.5]) if body.size else (0.0, 1.0)
    return float(low + high) / 2, max(float(high - low), 0.05) * contrast


def _letter(letter: str, size: tuple[float, float]) -> np.ndarray:
    if letter not in _LETTERS:
        msg = f'A marker "{letter}" was asked for; there are {" and ".join(_LETTERS)}.'
        raise RequestError(msg)
    dots = np.array([[dot == "#" for dot in row] for row in _LETTERS[letter]])
    rows, columns = ((np.arange(max(round(n), 1)) * m) // max(round(n), 1) for n, m in zip(size, (7, 5), strict=True))
    return dots[np.ix_(rows, columns)]
