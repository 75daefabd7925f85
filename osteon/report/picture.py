"""A film for a page: grey values windowed and shrunk, the outline as a path, the heat map as a veil."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from contourpy import contour_generator
from PIL import Image as Pillow

from osteon.report.html import data_uri

LONGEST_PX = 1100
VEIL_PX = 320
# Anchors of matplotlib's inferno from 0.25 up (CC0): even in lightness, and told apart by colour-blind readers.
HEAT = np.array([[87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]], dtype=np.float32)


@dataclass(frozen=True, kw_only=True)
class Plate:
    """A picture to show; `width` and `height` are pixels of the source, and paths and box count in them.

    Attributes:
        width, height: Of the source image.
        image: The grey picture as a data address.
        outline: SVG path of the mask's edge; None when nothing is outlined.
        box_px: (row0, column0, row1, column1).
        veil: The heat map, transparent where it is cold, as a data address; None without one.

    """

    width: int
    height: int
    image: str
    outline: str | None = None
    box_px: tuple[int, int, int, int] | None = None
    veil: str | None = None


def plate(
    pixels: np.ndarray,
    *,
    mask: np.ndarray | None = None,
    heat: np.ndarray | None = None,
    box_px: tuple[int, int, int, int] | None = None,
) -> Plate:
    """Return what a page needs to show `pixels` (rows, columns[, 3]).

    Args:
        pixels: Any finite or non-finite values; shown from the 0.5th to the 99.5th percentile.
        mask: Of the same rows and columns; its edge is outlined.
        heat: Of the same rows and columns, 0 to 1.
        box_px: Drawn dashed.

    """
    rows, columns = pixels.shape[:2]
    outlined = path(mask) if mask is not None and mask.any() else None
    return Plate(
        width=columns,
        height=rows,
        image=_jpeg(_shrunk(grey(pixels), longest=LONGEST_PX)),
        outline=outlined,
        box_px=box_px,
        veil=None if heat is None else _veil(heat),
    )


def grey(pixels: np.ndarray) -> np.ndarray:
    """Return `pixels` as uint8, windowed to their 0.5th and 99.5th percentile; not-a-number is black.

    >>> grey(np.array([[0.0, 1.0], [2.0, np.nan]])).tolist()
    [[0, 127], [255, 0]]

    """
    if pixels.dtype == np.uint8:
        return pixels
    values = np.asarray(pixels, dtype=np.float32)
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return np.zeros(values.shape, dtype=np.uint8)
    low, high = np.percentile(finite, [0.5, 99.5])
    scaled = (values - low) / max(float(high - low), 1e-6) * 255
    return np.nan_to_num(np.clip(scaled, 0, 255), nan=0.0).astype(np.uint8)


def path(mask: np.ndarray) -> str:
    """Return the edge of `mask` (rows, columns) as an SVG path in pixels, the first pixel spanning 0 to 1.

    >>> path(np.array([[False, False], [False, True]])).count("Z")
    1

    """
    framed = np.pad(np.asarray(mask, dtype=bool), 1).astype(np.float32)
    lines = contour_generator(z=framed).lines(0.5)
    return " ".join(_line(np.asarray(line) - 0.5) for line in lines)


def _line(points: np.ndarray) -> str:
    step = max(1, len(points) // 400)
    kept = np.round(points[:-1:step], 1)
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in kept) + "Z"


def _veil(heat: np.ndarray) -> str:
    heat = np.clip(np.nan_to_num(np.asarray(heat, dtype=np.float32)), 0, 1)
    small = np.asarray(_shrunk(heat, longest=VEIL_PX), dtype=np.float32)
    steps = np.linspace(0, 1, len(HEAT))
    colour = np.stack([np.interp(small, steps, HEAT[:, channel]) for channel in range(3)], axis=-1)
    alpha = np.clip((small - 0.08) * 1.1, 0, 0.75) * 255
    data = io.BytesIO()
    Pillow.fromarray(np.dstack([colour, alpha]).astype(np.uint8)).save(data, format="PNG", compress_level=6)
    return data_uri(data.getvalue(), mime="image/png")


def _shrunk(pixels: np.ndarray, *, longest: int) -> Pillow.Image:
    picture = Pillow.fromarray(pixels)
    share = longest / max(picture.size)
    if share >= 1:
        return picture
    size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    return picture.resize(size, Pillow.Resampling.BILINEAR if pixels.dtype != np.uint8 else Pillow.Resampling.LANCZOS)


def _jpeg(picture: Pillow.Image) -> str:
    data = io.BytesIO()
    picture.save(data, format="JPEG", quality=88)
    return data_uri(data.getvalue(), mime="image/jpeg")
