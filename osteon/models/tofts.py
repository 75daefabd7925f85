"""Contrast agent in tissue: the extended Tofts model, and its fit.

The concentration in tissue is vp Cp(t) + Ktrans integral of Cp(u) exp(-kep (t - u)) du, kep = Ktrans / ve
(Tofts et al. 1999), of a plasma concentration Cp. Rates are per minute, concentrations mmol/l, times seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

HAEMATOCRIT = 0.42
_STEP_S = 0.5  # of the integrals; Cp counts as linear in between
_KEP = np.geomspace(0.005, 20.0, 320)  # per minute: where the fit looks
_REFINE = 12


@dataclass(frozen=True, kw_only=True, eq=False)
class Kinetics:
    """Parameters of the extended Tofts model, numbers or arrays (voxels,).

    Attributes:
        ktrans_per_min: Transfer from plasma into tissue.
        ve: Share of the extracellular, extravascular space.
        vp: Share of plasma.

    """

    ktrans_per_min: np.ndarray | float
    ve: np.ndarray | float
    vp: np.ndarray | float = 0.0


def parker_input(times_s: np.ndarray, *, haematocrit: float = HAEMATOCRIT) -> np.ndarray:
    """Return the plasma concentration in mmol/l at `times_s` after the bolus starts to arrive; 0 before.

    The population's arterial input function of Parker et al. 2006 (0.1 mmol/kg of gadodiamide).

    Example:
        >>> parker_input(np.array([-5.0, 10.0])).round(2)
        array([ 0.  , 10.42])

    """
    t = np.asarray(times_s, float) / 60.0
    blood = np.zeros_like(t)
    for area, centre, width in ((0.809, 0.17046, 0.0563), (0.330, 0.365, 0.132)):
        blood += area / (width * np.sqrt(2 * np.pi)) * np.exp(-((t - centre) ** 2) / (2 * width**2))
    blood += 1.050 * np.exp(-0.1685 * t) / (1.0 + np.exp(np.clip(-38.078 * (t - 0.483), -700, 700)))
    return np.where(t < 0, 0.0, blood) / (1.0 - haematocrit)


def concentration(times_s: np.ndarray, kinetics: Kinetics, *, arrival_s: float = 0.0) -> np.ndarray:
    """Return the concentration in tissue in mmol/l at `times_s` (frames,), rising, after Parker's input.

    Args:
        times_s: When it is asked for.
        kinetics: Of the tissue.
        arrival_s: When the bolus arrives.

    Returns:
        Shape (..., frames), ... the shape of the kinetics.

    """
    ktrans, ve, vp = np.broadcast_arrays(*(np.asarray(v, float) for v in vars(kinetics).values()))
    kep = np.divide(ktrans, ve, out=np.zeros_like(ktrans), where=ve > 0)
    plasma, tissue = _bases(np.asarray(times_s, float), kep.ravel(), arrival_s=arrival_s)
    out = vp.ravel()[:, None] * plasma + ktrans.ravel()[:, None] * tissue
    return out.reshape(*kep.shape, len(plasma))


def fit(times_s: np.ndarray, measured_mmol: np.ndarray, *, arrival_s: float = 0.0, vascular: bool = True) -> Kinetics:
    """Return the kinetics that explain measured concentrations best, by least squares.

    For a given kep the model is linear in Ktrans and vp, so kep alone is searched: on a grid from 0.005 to
    20 per minute, then by golden section. No start value, no local minimum.

    Args:
        times_s: Times of the frames, (frames,), rising.
        measured_mmol: Concentrations, (..., frames).
        arrival_s: When the bolus arrives.
        vascular: False fits without plasma (the standard Tofts model).

    Returns:
        Of shape (...); ve at most 1, all zero where nothing is taken up.

    """
    times_s, measured = np.asarray(times_s, float), np.asarray(measured_mmol, float)
    curves = measured.reshape(-1, measured.shape[-1])
    plasma, tissue = _bases(times_s, _KEP, arrival_s=arrival_s)
    best = _best_of_grid(curves, plasma * vascular, tissue)
    low, high = _KEP[np.maximum(best - 1, 0)], _KEP[np.minimum(best + 1, len(_KEP) - 1)]
    kep = _golden(curves, np.log(low), np.log(high), (times_s, arrival_s, vascular))
    plasma, tissue = _bases(times_s, kep, arrival_s=arrival_s)
    ktrans, vp, _ = _solve(curves, plasma * vascular, tissue)
    shape = measured.shape[:-1]
    ve = np.minimum(ktrans / kep, 1.0)
    return Kinetics(ktrans_per_min=ktrans.reshape(shape), ve=ve.reshape(shape), vp=vp.reshape(shape))


def _best_of_grid(curves: np.ndarray, plasma: np.ndarray, tissue: np.ndarray) -> np.ndarray:
    """Return for each curve the index of the kep with the least error."""
    best, least = np.zeros(len(curves), int), np.full(len(curves), np.inf)
    for index, basis in enumerate(tissue):
        error = _solve(curves, plasma, basis[None])[2]
        better = error < least
        best[better], least[better] = index, error[better]
    return best


def _golden(curves: np.ndarray, low: np.ndarray, high: np.ndarray, at: tuple[np.ndarray, float, bool]) -> np.ndarray:
    """Return kep between exp(`low`) and exp(`high`), all (curves,), where the error is least."""
    times_s, arrival_s, vascular = at
    ratio = (np.sqrt(5.0) - 1.0) / 2.0

    def error(log_kep: np.ndarray) -> np.ndarray:
        plasma, tissue = _bases(times_s, np.exp(log_kep), arrival_s=arrival_s)
        return _solve(curves, plasma * vascular, tissue)[2]

    for _ in range(_REFINE):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        lower = error(left) < error(right)
        low, high = np.where(lower, low, left), np.where(lower, right, high)
    return np.exp((low + high) / 2.0)


def _solve(curves: np.ndarray, plasma: np.ndarray, tissue: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return Ktrans, vp (neither below 0) and the squared error of each curve.

    Args:
        curves: (curves, frames).
        plasma: (frames,); zeros leave it out.
        tissue: (curves or 1, frames).

    """
    pp, pt, tt = plasma @ plasma, tissue @ plasma, (tissue**2).sum(-1)
    cp, ct = curves @ plasma, (curves * tissue).sum(-1)
    determinant = pp * tt - pt**2
    known = determinant > 1e-12 * pp * tt
    safe = np.where(known, determinant, 1.0)
    ktrans = np.where(known, (ct * pp - cp * pt) / safe, -1.0)
    vp = np.where(known, (cp * tt - ct * pt) / safe, -1.0)
    alone_ktrans = np.maximum(ct / np.maximum(tt, 1e-30), 0.0)
    alone_vp = np.maximum(cp / pp, 0.0) if pp > 0 else np.zeros_like(cp)
    # Where one would fall below 0 the best lies on the edge: one of the two alone.
    plasma_only = alone_vp * cp > alone_ktrans * ct
    inside = (ktrans >= 0) & (vp >= 0)
    ktrans = np.where(inside, ktrans, np.where(plasma_only, 0.0, alone_ktrans))
    vp = np.where(inside, vp, np.where(plasma_only, alone_vp, 0.0))
    rest = curves - ktrans[:, None] * tissue - vp[:, None] * plasma
    return ktrans, vp, (rest**2).sum(-1)


def _bases(times_s: np.ndarray, kep_per_min: np.ndarray, *, arrival_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Return Cp (frames,) and its convolution with exp(-kep t), (kep, frames), in mmol/l and mmol/l min."""
    after = times_s - arrival_s
    fine = np.arange(0.0, max(float(after.max()), 0.0) + 2 * _STEP_S, _STEP_S)
    plasma = parker_input(fine)
    x = np.maximum(kep_per_min, 1e-9) * _STEP_S / 60.0
    decay = np.exp(-x)
    # Exact for a Cp linear over each step (Flouri et al. 2016).
    first = np.where(x > 1e-4, (1.0 - decay * (1.0 + x)) / x**2, 0.5)
    second = np.where(x > 1e-4, (x - 1.0 + decay) / x**2, 0.5)
    place = np.clip(after / _STEP_S, 0, None)
    upper = np.minimum(place.astype(int) + 1, len(fine) - 1)
    tissue, held = np.zeros((len(after), len(x))), np.zeros(len(x))
    for i in range(1, len(fine)):
        before, held = held, decay * held + _STEP_S / 60.0 * (first * plasma[i - 1] + second * plasma[i])
        for frame in np.flatnonzero(upper == i):
            share = place[frame] - (i - 1)
            tissue[frame] = (1 - share) * before + share * held
    return parker_input(after), tissue.T * (after > 0)
