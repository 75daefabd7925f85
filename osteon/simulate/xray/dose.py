"""A dose that can be meant: above 0 and with a generator for its noise, or none at all."""

from __future__ import annotations

import numpy as np

from osteon.errors import RequestError


def check_dose(photons: float | None, *, of: str, setting: str, per: str, rng: np.random.Generator | None) -> None:
    """Refuse a dose that makes no sense.

    Args:
        photons: Of the open beam; None for no noise.
        of: What is made, for the message: "CT".
        setting: How the dose is called there: "photons_per_mm2".
        per: What the photons are counted on: "mm2".
        rng: For the noise.

    Raises:
        RequestError: Noise without a generator, or a dose that is not above 0.

    """
    if photons is None:
        return
    if rng is None:
        msg = f"A {of} with noise needs a generator: pass rng=..., or {setting}=None for no noise."
        raise RequestError(msg)
    if not photons > 0.0:
        msg = f"A {of} of {photons:g} photons a {per} cannot be meant; give a number above 0, or None for no noise."
        raise RequestError(msg)
