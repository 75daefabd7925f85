"""One reading of a cohort's pixels: what the checks need to know of each datum, and no pixels kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from osteon.errors import InputError
from osteon.types import Cohort, Datum, Image, Record, Slide, Spectrum, Study

PICTURE = (32, 32)
VOLUME = (12, 12, 12)
CORNER = 8
"""Side of a corner's thumbnail in pixels; a corner is an eighth of each side."""
FIGURES = ("mean", "spread", "low", "median", "high", "sharpness", "size", "spacing")
"""Of `Look.figures`: moments, the 1st, 50th and 99th percentile, mean step from point to point over the spread, the
number of points, and the size of one in mm to the power of the axes (0 where not stated)."""
MOST_VALUES = 100_000
"""Of an image that the figures are made of; a larger one is thinned evenly."""
FEWEST_NUMBERS = 8
"""A record of fewer numbers can be two patients' by chance and is not looked for twice."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Look:
    """What one datum looks like.

    Attributes:
        study: Whose it is.
        input: Its name there.
        origin: The word for it in a finding.
        error: Why it could not be read; the rest is then empty.
        digest: sha256 of its pixels, shape included; "" for a record of few numbers.
        nan: Whether a value is NaN or infinite.
        constant: Whether all its values are one.
        signature: Its small version, mean 0 and length 1, to compare by product; None for a record.
        coarse: 64 signs of neighbouring differences, to find candidates; None but for pictures.
        corners: Four thumbnails in a row, in standard deviations; None but for pictures.
        figures: The numbers of `FIGURES`; None for a record.

    """

    study: Study
    input: str
    origin: str
    error: str = ""
    digest: str = ""
    nan: bool = False
    constant: bool = False
    signature: np.ndarray | None = None
    coarse: np.ndarray | None = None
    corners: np.ndarray | None = None
    figures: np.ndarray | None = None


def looks(cohort: Cohort) -> Iterator[Look]:
    """Yield a look at each datum of `cohort`; clinical values are looked at by other checks."""
    for study in cohort.studies:
        for name, datum in study.data.items():
            if name != "clinical":
                yield _look(study, name, datum)


def shrink(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return `array` (n axes) averaged over blocks down to `shape`; an axis shorter than asked is repeated.

    Example:
        >>> shrink(np.arange(8.0).reshape(2, 4), (1, 2))
        array([[2.5, 4.5]])

    """
    for axis, wanted in enumerate(shape):
        size = array.shape[axis]
        edges = np.arange(wanted) * size // wanted
        widths = np.diff(np.append(edges, size))
        sums = np.add.reduceat(array, edges, axis=axis)
        array = sums / np.maximum(widths, 1).reshape([-1 if a == axis else 1 for a in range(array.ndim)])
    return array


def _look(study: Study, name: str, datum: Datum) -> Look:
    origin = study.origins.get(name, f"{study.name} {name}")
    try:
        values = _values(datum)
    except (InputError, OSError, ValueError, MemoryError) as error:
        why = error.why if isinstance(error, InputError) else "its pixels cannot be decoded"
        return Look(study=study, input=name, origin=origin, error=why)
    if values.size == 0:
        return Look(study=study, input=name, origin=origin, error="it holds no values")
    few = isinstance(datum, Record) and values.size < FEWEST_NUMBERS
    said = f"{values.shape}{values.dtype}".encode()
    digest = "" if few else hashlib.sha256(said + np.ascontiguousarray(values).tobytes()).hexdigest()
    finite = np.isfinite(values)
    nan = not isinstance(datum, Record) and not finite.all()
    constant = values.size > 1 and bool(values.max() == values.min())
    if nan or constant or isinstance(datum, Record):
        return Look(study=study, input=name, origin=origin, digest=digest, nan=nan, constant=constant)
    small = _small(values, datum)
    flat = len(small) == 2 and min(values.shape) >= 2 * CORNER
    return Look(
        study=study,
        input=name,
        origin=origin,
        digest=digest,
        signature=_unit(small[-1]),
        coarse=small[0] if flat else None,
        corners=_corners(values) if flat else None,
        figures=_figures(values, datum),
    )


def _values(datum: Datum) -> np.ndarray:
    """Return the values of a datum: (rows, columns), (slices, rows, columns), (points,) or (numbers,)."""
    if isinstance(datum, Image):
        pixels = np.asarray(datum.read(), dtype=np.float32)
        if pixels.ndim == len(datum.grid.shape) + 1:  # colour last, or time first
            pixels = pixels.mean(axis=0 if datum.times_s else -1)
        return pixels
    if isinstance(datum, Slide):
        width, height = datum.levels[-1]
        thumbnail = datum.read_region(0, 0, min(width, 4096), min(height, 4096), len(datum.levels) - 1)
        return np.asarray(thumbnail, dtype=np.float32).mean(axis=-1)
    if isinstance(datum, Spectrum):
        return np.asarray(datum.counts, dtype=np.float64)
    if isinstance(datum, Record):
        numbers = [v for v in datum.values.values() if isinstance(v, int | float)]
        return np.asarray(numbers, dtype=np.float64)
    return np.asarray(datum.values, dtype=np.float64)


def _small(values: np.ndarray, datum: Datum) -> tuple[np.ndarray, ...]:
    """Return the signature's values, before them the coarse signs of a picture."""
    if values.ndim == 2:
        coarse = shrink(values, (8, 9))
        return np.sign(np.diff(coarse, axis=1) - 1e-9).ravel(), shrink(values, PICTURE)
    if values.ndim == 3:
        return (shrink(values, VOLUME),)
    if isinstance(datum, Spectrum):
        # Spectra of one substance are alike in their bands; only a copy is alike in its noise too.
        smooth = np.convolve(np.pad(values, 4, mode="edge"), np.ones(9) / 9, mode="valid")
        return (values - smooth,)
    return (values,)


def _unit(values: np.ndarray) -> np.ndarray:
    flat = values.ravel().astype(np.float64)
    flat = flat - flat.mean()
    return (flat / max(float(np.linalg.norm(flat)), 1e-12)).astype(np.float32)


def _figures(values: np.ndarray, datum: Datum) -> np.ndarray:
    """Return the numbers of `FIGURES`, float64."""
    spacing = datum.grid.spacing_mm if isinstance(datum, Image) else None
    lines = values.reshape(-1, values.shape[-1])
    thin = lines[:: max(1, values.size // MOST_VALUES)].astype(np.float64)
    spread = float(thin.std())
    steps = np.abs(np.diff(thin, axis=1)).mean() / max(spread, 1e-12) if thin.shape[1] > 1 else 0.0
    low, middle, high = np.percentile(thin, (1, 50, 99))
    point = float(np.prod(spacing)) if spacing else 0.0
    return np.array([thin.mean(), spread, low, middle, high, steps, values.size, point])


def _corners(values: np.ndarray) -> np.ndarray:
    rows, columns = (max(side // 8, CORNER) for side in values.shape)
    cut = (values[:rows, :columns], values[:rows, -columns:], values[-rows:, :columns], values[-rows:, -columns:])
    small = np.concatenate([shrink(corner, (CORNER, CORNER)).ravel() for corner in cut])
    # By their own mean and spread: by the film's, a bright lesion in the middle would shift every corner.
    return ((small - small.mean()) / max(float(small.std()), 1e-6)).astype(np.float32)
