"""What can be told of a picture before any network sees it: flat, noise, a drawing, a colour photograph."""

from __future__ import annotations

import numpy as np
from PIL import Image as Pillow

SIDE_PX = 256
SMALLEST_PX = 64
FLATTEST = 0.97
COLOUR = 0.04
NARROWEST = 6.0

Limits = dict[str, tuple[float, float]]


def signs(pixels: np.ndarray) -> dict[str, float]:
    """Return the signs of a picture (rows, columns[, 3]) that `outside` judges by.

    `slope` is the exponent of the power spectrum between 1/64 and 1/3 cycles a pixel at 256 pixels a side: about 0
    for white noise, about -3 for films. `levels` is the share of 256 grey levels in use, `flat` the share of the
    commonest level's neighbourhood, `colour` the mean difference of the colour channels over the range.
    """
    grey = shrunk(pixels, side=SIDE_PX)
    counts = np.bincount((grey * 255).astype(np.uint8).ravel(), minlength=256) / grey.size
    return {"slope": _slope(grey), "levels": float((counts > 2e-5).mean()), "flat": float(counts.max())}


def colour(pixels: np.ndarray) -> float:
    """Return how coloured a picture is: 0 for grey, 0.04 and more for most colour photographs."""
    if pixels.ndim != 3 or pixels.shape[-1] < 3:
        return 0.0
    values = np.asarray(pixels[::4, ::4, :3], dtype=np.float32)
    spread = float(values.max() - values.min())
    return float((values.max(axis=-1) - values.min(axis=-1)).mean() / spread) if spread > 0 else 0.0


def unusable(pixels: np.ndarray) -> str:
    """Return why no answer can come from `pixels`, whatever the system; empty when one may."""
    rows, columns = pixels.shape[:2]
    if min(rows, columns) < SMALLEST_PX:
        return f"The picture is {rows} x {columns} pixels; that is too small for a film."
    if max(rows, columns) / min(rows, columns) > NARROWEST:
        return f"The picture is a strip of {rows} x {columns} pixels."
    finite = np.isfinite(pixels)
    if not finite.all():
        return f"{1 - finite.mean():.1%} of the pixels are not numbers."
    if float(np.ptp(pixels)) == 0:
        return "The picture is constant."
    if colour(pixels) > COLOUR:
        return "The picture is in colour, as photographs are and films are not."
    return ""


def outside(found: dict[str, float], limits: Limits) -> str:
    """Return which of the signs `found` leaves its limits, in words; empty when none does."""
    words = {
        "slope": ("The picture is as rough as noise", "The picture is as smooth as a gradient"),
        "levels": ("The picture has as few grey levels as a drawing", "The picture has more grey levels than a film"),
        "flat": ("The picture has no background", "The picture is nearly all of one grey"),
    }
    for name, (low, high) in limits.items():
        value = found[name]
        if low <= value <= high:
            continue
        text = words[name][0 if (value < low) != (name == "slope") else 1]
        return f"{text} ({name} {value:.2f}; films have {low:.2f} to {high:.2f})."
    return ""


def limits(rows: list[dict[str, float]]) -> Limits:
    """Return the limits of each sign over films: their 0.2nd to 99.8th percentile, widened by a quarter of it."""
    bounds: Limits = {}
    for name in rows[0]:
        low, high = np.percentile([row[name] for row in rows], [0.2, 99.8])
        margin = 0.25 * (high - low)
        bounds[name] = (round(float(low - margin), 4), round(float(high + margin), 4))
    bounds["levels"] = (bounds["levels"][0], 1.0)
    bounds["flat"] = (0.0, max(bounds["flat"][1], 0.0) if bounds["flat"][1] < FLATTEST else FLATTEST)
    return bounds


def shrunk(pixels: np.ndarray, *, side: int) -> np.ndarray:
    """Return `pixels` as grey, `side` x `side`, float32 0 to 1 between their 1st and 99th percentile."""
    grey = np.asarray(pixels, dtype=np.float32)
    if grey.ndim == 3:
        grey = grey.mean(axis=-1)
    low, high = np.percentile(grey[:: max(1, grey.shape[0] // 512), :: max(1, grey.shape[1] // 512)], [1, 99])
    scaled = np.clip((grey - low) / max(float(high - low), 1e-6), 0, 1) * 255
    small = Pillow.fromarray(scaled.astype(np.uint8)).resize((side, side), Pillow.Resampling.BILINEAR)
    return np.asarray(small, dtype=np.float32) / 255


def _slope(grey: np.ndarray) -> float:
    side = grey.shape[0]
    window = np.hanning(side)
    power = np.abs(np.fft.rfft2((grey - grey.mean()) * window[:, None] * window)) ** 2
    radius = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    rings = np.geomspace(1 / 64, 1 / 3, 13)
    inside = np.digitize(radius, rings)
    log_power = [np.log(power[inside == ring].mean() + 1e-12) for ring in range(1, len(rings))]
    return float(np.polyfit(np.log(np.sqrt(rings[1:] * rings[:-1])), log_power, 1)[0])
