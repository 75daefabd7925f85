"""A Raman spectrum to what a network takes: rays out, baseline off, smoothed, one axis, one length."""

from __future__ import annotations

import numpy as np
from scipy.signal import savgol_filter

from osteon.errors import InputError
from osteon.transforms.baseline import remove_baseline
from osteon.transforms.despike import despike
from osteon.types import Spectrum


def clean(spectrum: Spectrum, *, axis_per_cm: np.ndarray, window: int = 9, order: int = 2) -> np.ndarray:
    """Return the counts of `spectrum` at `axis_per_cm` (points,), cleaned, of mean 0 and length 1, float32.

    In order: cosmic rays, asymmetric least squares baseline, Savitzky-Golay over `window`
    points of polynomial `order`, linear interpolation, standard and vector norm.

    Raises:
        InputError: The spectrum does not cover the axis, or holds numbers that are not finite.

    """
    shift, counts = spectrum.shift_per_cm, np.asarray(spectrum.counts, dtype=float)
    if not np.isfinite(counts).all():
        msg = "The spectrum holds counts that are not numbers; export it again from the instrument's software."
        raise InputError(msg)
    if shift[0] > axis_per_cm[0] or shift[-1] < axis_per_cm[-1]:
        msg = (
            f"The spectrum covers {shift[0]:.0f} to {shift[-1]:.0f} /cm; this system needs "
            f"{axis_per_cm[0]:.0f} to {axis_per_cm[-1]:.0f} /cm. Measure, or export, the whole range."
        )
        raise InputError(msg)
    flat = savgol_filter(remove_baseline(despike(counts)), window, order)
    return unit_length(np.interp(axis_per_cm, shift, flat))


def unit_length(counts: np.ndarray) -> np.ndarray:
    """Return `counts` less their mean and divided by their length; all 0 for a flat line. float32."""
    counts = counts - counts.mean()
    length = float(np.linalg.norm(counts))
    return (counts / length if length > 0 else counts).astype(np.float32)
