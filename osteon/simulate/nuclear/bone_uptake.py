"""How much bone tracer each bone takes up, by its name and the patient's age, and lesions of a stated uptake ratio.

`Properties.bone_tracer` holds for the spine of a grown-up. The factors are typical values from looking at normal bone
scans and quantitative SPECT, not measurements of ours. Worn joints and growth plates come with the body.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from osteon.errors import RequestError
from osteon.simulate.person import bones
from osteon.simulate.person.body import Body

_BY_KIND = {
    "vertebra": 1.0, "sacrum": 1.0, "hip": 0.9, "sternum": 0.9, "rib": 0.8, "scapula": 0.8, "clavicle": 0.75,
    "skull": 0.6, "mandible": 0.7, "humerus": 0.6, "radius": 0.55, "ulna": 0.55, "hand": 0.5, "femur": 0.65,
    "patella": 0.7, "tibia": 0.6, "fibula": 0.5, "foot": 0.5,
}  # fmt: skip
_YEARS, _BY_AGE = (0.0, 12.0, 16.0, 22.0, 50.0, 90.0), (1.6, 1.6, 1.5, 1.1, 1.0, 0.85)
_SMALLEST_ML = 1e-9


def by_bone(age_years: float) -> np.ndarray:
    """Return the factor on a voxel's uptake by its value in `Body.bone`, float32 of shape (256,); 1 outside bone.

    Example:
        >>> factors = by_bone(50.0)
        >>> float(factors[0]), bool(factors[bones.VALUE["vertebra_L3"]] > factors[bones.VALUE["tibia_left"]])
        (1.0, True)

    """
    factors = np.ones(256, np.float32)
    growing = float(np.interp(age_years, _YEARS, _BY_AGE))
    for name, value in bones.VALUE.items():
        factors[value] = _BY_KIND[bones.kind(name)] * growing
    return factors


def tracer(body: Body, *, age_years: float) -> np.ndarray:
    """Return the tracer concentration relative to muscle, float32 of the body's shape.

    Lesions take up what their tissue does, whatever bone they are in.
    """
    found = body.of("bone_tracer") * np.where(body.lesion > 0, np.float32(1.0), by_bone(age_years)[body.bone])
    return found if body.uptake_scale is None else found * body.uptake_scale


def with_uptake_ratio(body: Body, *, lesion: int, ratio: float, age_years: float) -> Body:
    """Return the body with a lesion whose mean uptake is `ratio` times the mean of the healthy rest of its bones.

    A ratio below 1 makes a cold lesion; differences within the lesion stay. All healthy bone is the reference where the
    lesion lies in no bone, or fills it.

    Raises:
        RequestError: No such lesion, no healthy bone to compare with, or a ratio below 0.

    """
    inside = body.lesion == lesion
    if lesion < 1 or not inside.any() or ratio < 0:
        msg = f"An uptake ratio needs a lesion of the body and 0 or more; got lesion {lesion} and ratio {ratio:g}."
        raise RequestError(msg)
    uptake = tracer(body, age_years=age_years)
    own = float(uptake[inside].mean())
    factor = np.float32(ratio * _healthy(body, uptake, inside) / max(own, _SMALLEST_ML))
    scale = np.ones(body.tissue.shape, np.float32) if body.uptake_scale is None else body.uptake_scale
    return replace(body, uptake_scale=np.where(inside, scale * factor, scale))


def _healthy(body: Body, uptake: np.ndarray, inside: np.ndarray) -> float:
    """Return the mean uptake of the healthy bone that a lesion is compared with."""
    healthy = (body.bone > 0) & (body.lesion == 0)
    hosts = np.unique(body.bone[inside])
    same = healthy & np.isin(body.bone, hosts[hosts > 0])
    reference = same if same.any() else healthy
    if not reference.any():
        msg = "An uptake ratio needs healthy bone to compare with, and this body has none; cut a larger field."
        raise RequestError(msg)
    return float(uptake[reference].mean())
