"""Compton scatter on a free electron, for compiled loops (Klein and Nishina 1929).

Binding is left out of the angles, not of the total cross-sections: at 140 keV it takes away some of the scatters of
less than ten degrees, which are 4 % of those that stay in the energy window.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from osteon.simulate.nuclear.photon_random import uniform
from osteon.simulate.nuclear.photon_tables import Tables

_ELECTRON = 510.999


@numba.njit(cache=True, nogil=True, error_model="numpy")
def row_of(tables: Tables, energy: float) -> int:
    """Return the row of the tables nearest to an energy."""
    return int((energy - tables.low_kev) / tables.step_kev + 0.5)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def scatter(energy: float, state: np.ndarray) -> tuple[float, float]:
    """Return the cosine of the angle of a Compton scatter and the energy after it (Kahn's rejection)."""
    k = energy / _ELECTRON
    while True:
        if uniform(state) * (9.0 + 2.0 * k) <= 1.0 + 2.0 * k:
            ratio = 1.0 + 2.0 * k * uniform(state)
            keep = 4.0 * (ratio - 1.0) / (ratio * ratio)
        else:
            ratio = (1.0 + 2.0 * k) / (1.0 + 2.0 * k * uniform(state))
            cosine = 1.0 - (ratio - 1.0) / k
            keep = 0.5 * (cosine * cosine + 1.0 / ratio)
        if uniform(state) <= keep:
            return 1.0 - (ratio - 1.0) / k, energy / ratio


@numba.njit(cache=True, nogil=True, error_model="numpy")
def turn(toward: tuple, cosine: float, state: np.ndarray) -> tuple[float, float, float]:
    """Return a direction at an angle to `toward`, all azimuths alike."""
    sine = math.sqrt(max(0.0, 1.0 - cosine * cosine))
    angle = 2.0 * math.pi * uniform(state)
    across, along = sine * math.cos(angle), sine * math.sin(angle)
    u, v, w = toward
    if abs(w) > 0.99999:
        return across, along, math.copysign(1.0, w) * cosine
    flat = math.sqrt(1.0 - w * w)
    return (
        u * cosine + (u * w * across - v * along) / flat,
        v * cosine + (v * w * across + u * along) / flat,
        w * cosine - flat * across,
    )


@numba.njit(cache=True, nogil=True, error_model="numpy")
def redirected(tables: Tables, energy: float, cosine: float) -> tuple[float, float]:
    """Return the energy after a scatter by that angle, and how likely it is: its density over that of all alike.

    A photon below the tables' lowest energy has weight 0.
    """
    left = 1.0 / (1.0 + energy / _ELECTRON * (1.0 - cosine))
    if energy * left < tables.low_kev:
        return energy * left, 0.0
    likely = left * left * (left + 1.0 / left - 1.0 + cosine * cosine)
    return energy * left, likely / tables.klein_nishina[row_of(tables, energy)]
