"""Random numbers inside compiled loops: xoshiro256+ (Blackman and Vigna 2021, public domain).

numba's own generator belongs to a thread, so its numbers depend on how many threads there are; here each block of
work owns a state of four words, drawn from the `np.random.Generator` of the caller.
"""

from __future__ import annotations

import math

import numba
import numpy as np

_TO_UNIT = 1.0 / 9007199254740992.0  # 2**-53


def states(rng: np.random.Generator, *, blocks: int) -> np.ndarray:
    """Return the starting states of `blocks` streams, uint64 of shape (blocks, 4)."""
    return rng.integers(1, 2**64, size=(blocks, 4), dtype=np.uint64)


@numba.njit(cache=True, nogil=True)
def uniform(state: np.ndarray) -> float:
    """Return a number in [0, 1) of 53 random bits and advance `state`, uint64 of shape (4,)."""
    out = state[0] + state[3]
    shifted = state[1] << np.uint64(17)
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = (state[3] << np.uint64(45)) | (state[3] >> np.uint64(19))
    return (out >> np.uint64(11)) * _TO_UNIT


@numba.njit(cache=True, nogil=True)
def normal_pair(state: np.ndarray) -> tuple[float, float]:
    """Return two independent standard normal numbers (Box and Muller)."""
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(state)))
    angle = 2.0 * math.pi * uniform(state)
    return radius * math.cos(angle), radius * math.sin(angle)


@numba.njit(cache=True, nogil=True)
def direction(state: np.ndarray) -> tuple[float, float, float]:
    """Return a unit vector, all directions alike."""
    up = 2.0 * uniform(state) - 1.0
    angle = 2.0 * math.pi * uniform(state)
    flat = math.sqrt(1.0 - up * up)
    return flat * math.cos(angle), flat * math.sin(angle), up
