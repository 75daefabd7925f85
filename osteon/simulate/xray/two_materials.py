"""From two line integrals at two spectra to the amounts of two materials on the ray.

The two equations are solved by Newton's method on every ray, so that the result knows no beam hardening.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.errors import RequestError
from osteon.simulate.xray.attenuation import MATERIALS, mass_attenuation

_ROUNDS = 6
_PIECE = 1 << 15  # rays whose energies are held at once
_FARTHEST = 200.0  # g/cm2: what no ray through a patient exceeds


@dataclass(frozen=True, kw_only=True, eq=False)
class TwoMaterials:
    """Two spectra and two materials.

    Attributes:
        weights: Of the energies in each spectrum's signal, each row summing to 1, shape (2, energies).
        mass: Mass attenuation of the materials in cm2/g, shape (2, energies).

    """

    weights: np.ndarray
    mass: np.ndarray


def two_materials(weights: np.ndarray, energies_kev: np.ndarray, *, names: tuple[str, str]) -> TwoMaterials:
    """Return the pair of `names` (of `attenuation.MATERIALS`) for two spectra.

    Raises:
        RequestError: Unknown or equal materials.

    """
    if not set(names) <= set(MATERIALS) or names[0] == names[1]:
        msg = f"Two different materials of {', '.join(MATERIALS)} are needed; got {names[0]} and {names[1]}."
        raise RequestError(msg)
    mass = np.stack([mass_attenuation(MATERIALS[name], energies_kev) for name in names])
    return TwoMaterials(weights=np.asarray(weights, float), mass=mass)


def amounts(low: np.ndarray, high: np.ndarray, *, pair: TwoMaterials) -> np.ndarray:
    """Return how much of the two materials lies on each ray in g/cm2, float32 with a last axis of 2.

    Args:
        low: Minus the logarithm of the first spectrum's signal.
        high: Of the second's, of the same shape.
        pair: Spectra and materials.

    """
    measured = np.stack([low, high], axis=-1).reshape(-1, 2).astype(np.float32)
    start = np.linalg.inv(pair.weights @ pair.mass.T).T.astype(np.float32)
    found = np.empty_like(measured)
    for first in range(0, len(measured), _PIECE):
        part = slice(first, first + _PIECE)
        found[part] = _newton(measured[part], measured[part] @ start, pair)
    return found.reshape(*low.shape, 2)


def _newton(measured: np.ndarray, guess: np.ndarray, pair: TwoMaterials) -> np.ndarray:
    mass = pair.mass.astype(np.float32)
    # Per spectrum: the signal, and its derivatives by the two amounts.
    both = [np.stack([w, w * mass[0], w * mass[1]], axis=-1).astype(np.float32) for w in pair.weights]
    for _ in range(_ROUNDS):
        passing = np.exp(np.clip(-(guess @ mass), -60.0, 60.0))  # noise asks for amounts that cannot be
        one, other = (passing @ terms for terms in both)
        one, other = (np.maximum(m, np.finfo(np.float32).tiny) for m in (one, other))
        off = np.stack([measured[:, 0] + np.log(one[:, 0]), measured[:, 1] + np.log(other[:, 0])], axis=-1)
        a, b = (one[:, k] / one[:, 0] for k in (1, 2))
        c, d = (other[:, k] / other[:, 0] for k in (1, 2))
        size = a * d - b * c
        step = np.stack([d * off[:, 0] - b * off[:, 1], a * off[:, 1] - c * off[:, 0]], axis=-1) / size[:, None]
        guess = np.clip(guess + step, -_FARTHEST / 10, _FARTHEST)
    return guess
