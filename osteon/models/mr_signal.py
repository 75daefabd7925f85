"""What a voxel's magnetisation gives: the signal equations of MRI, and T1 back from a spoiled gradient echo.

Signals are in units of the full magnetisation of water. Times in milliseconds, arrays of one shape or numbers.
"""

from __future__ import annotations

import numpy as np

Values = np.ndarray | float


def spin_echo(
    proton_density: Values,
    t1_ms: Values,
    t2_ms: Values,
    *,
    tr_ms: float,
    te_ms: float,
    inversion_ms: float | None = None,
) -> np.ndarray:
    """Return the signal of a spin echo in the steady state (Haacke et al. 1999, chapter 18), 90 then 180 degrees.

    With `inversion_ms` a 180 degree pulse goes before, that long; the magnitude is returned.

    Example:
        >>> round(float(spin_echo(1.0, 1000.0, 100.0, tr_ms=1e9, te_ms=100.0)), 4)
        0.3679

    """
    t1 = np.asarray(t1_ms)
    along = 1.0 - 2.0 * np.exp(-(tr_ms - te_ms / 2.0) / t1) + np.exp(-tr_ms / t1)
    if inversion_ms is not None:
        echo = 2.0 * np.exp(-(tr_ms - te_ms / 2.0) / t1) - np.exp(-tr_ms / t1)
        along = np.abs(1.0 - 2.0 * np.exp(-inversion_ms / t1) + echo)
    return np.asarray(proton_density) * along * np.exp(-te_ms / np.asarray(t2_ms))


def spoiled_gradient_echo(
    proton_density: Values, t1_ms: Values, t2_star_ms: Values, *, tr_ms: float, te_ms: float, flip_degrees: float
) -> np.ndarray:
    """Return the signal of a spoiled gradient echo (the Ernst formula)."""
    relaxed = np.exp(-tr_ms / np.asarray(t1_ms))
    sine, cosine = np.sin(np.radians(flip_degrees)), np.cos(np.radians(flip_degrees))
    along = sine * (1.0 - relaxed) / (1.0 - cosine * relaxed)
    return np.asarray(proton_density) * along * np.exp(-te_ms / np.asarray(t2_star_ms))


def diffusion_weighted(signal: Values, adc_um2_per_ms: Values, *, b_s_per_mm2: float) -> np.ndarray:
    """Return `signal` after a diffusion weighting: exp(-b D). 1 um2/ms is 1000 um2/s, 1e-3 mm2/s."""
    return np.asarray(signal) * np.exp(-b_s_per_mm2 * 1e-3 * np.asarray(adc_um2_per_ms))


def adc_map(without: np.ndarray, weighted: np.ndarray, *, b_s_per_mm2: float, floor: float = 0.0) -> np.ndarray:
    """Return the apparent diffusion coefficient in um2/ms, 0 where the signal is not above `floor`.

    Args:
        without: Signal at b = 0.
        weighted: Signal at `b_s_per_mm2`, same shape.
        b_s_per_mm2: The diffusion weighting.
        floor: Signal at b = 0 below which there is only noise.

    """
    seen = (without > floor) & (weighted > 0)
    ratio = np.divide(without, weighted, out=np.ones_like(without), where=seen)
    return np.maximum(np.log(ratio), 0.0) / (b_s_per_mm2 * 1e-3)


def enhanced_t1(t1_ms: Values, contrast_mmol: Values, *, relaxivity_per_s_mmol: float) -> np.ndarray:
    """Return T1 in ms with contrast agent of `contrast_mmol` (mmol/l); `relaxivity_per_s_mmol` in l/(mmol s)."""
    return 1.0 / (1.0 / np.asarray(t1_ms) + 1e-3 * relaxivity_per_s_mmol * np.asarray(contrast_mmol))


def t1_of_ratio(ratio: np.ndarray, t1_ms: Values, *, tr_ms: float, flip_degrees: float) -> np.ndarray:
    """Return T1 in ms from the enhancement of a spoiled gradient echo, exact where T2* has not changed.

    Args:
        ratio: Signal over that before contrast, (..., frames).
        t1_ms: T1 before contrast, broadcastable to `ratio`.
        tr_ms: Repetition time.
        flip_degrees: Flip angle.

    Returns:
        Like `ratio`; inf where no T1 gives this signal.

    """
    cosine = np.cos(np.radians(flip_degrees))
    before = np.exp(-tr_ms / np.asarray(t1_ms))
    part = np.asarray(ratio) * (1.0 - before) / (1.0 - cosine * before)
    possible = (part > 0.0) & (part < 1.0)
    part = np.where(possible, part, 0.5)
    t1 = -tr_ms / np.log((1.0 - part) / (1.0 - cosine * part))
    return np.where(possible, t1, np.inf)
