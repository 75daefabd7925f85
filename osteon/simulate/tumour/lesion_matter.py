"""What a lesion is made of: its mineral and its necrosis, as exact shares of its volume."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from osteon.simulate.person.texture import noise
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.tumour.lesion import Content, Lesion, Matrix
from osteon.simulate.tumour.lesion_plan import HOLE, TUMOUR, Plan, see, zone

SAMPLES = 60_000
"""Points on which the thresholds are set: the shares come out within about one percent."""

_CONTENT = {
    Content.SOLID: Tissue.TUMOUR,
    Content.CARTILAGE: Tissue.CHONDROID,
    Content.FLUID: Tissue.CYST_FLUID,
    Content.BLOOD: Tissue.BLOODY_FLUID,
    Content.FIBROUS: Tissue.FIBROUS,
    Content.BONE: Tissue.TRABECULAR,
}
_MINERAL = {
    Matrix.LYTIC: Tissue.OSTEOID,
    Matrix.OSTEOID: Tissue.OSTEOID,
    Matrix.CHONDROID: Tissue.CALCIFIED_CHONDROID,
    Matrix.GROUND_GLASS: Tissue.GROUND_GLASS,
    Matrix.SCLEROTIC: Tissue.SCLEROSIS,
    Matrix.MIXED: Tissue.SCLEROSIS,
}
_PATTERN = {m: n for n, m in enumerate(Matrix)}
_BLOOD, _CYST, _SEPTUM = int(Tissue.BLOODY_FLUID), int(Tissue.CYST_FLUID), int(Tissue.FIBROUS)
_NECROSIS = int(Tissue.NECROSIS)


class Matter(NamedTuple):
    """The tissues of a lesion and where they lie.

    Attributes:
        tissue: Of what is not mineral, and of what is.
        pattern: Number of the matrix.
        mineral_above, necrosis_above: Thresholds on `mineral` and `necrosis`.

    """

    tissue: np.ndarray
    pattern: int
    mineral_above: float
    necrosis_above: float


@njit(cache=True, error_model="numpy")
def mineral(pattern: int, half: float, x: float, y: float, z: float, seed: int) -> float:
    """Return a field whose highest values are mineral: clouds, rings and arcs, or large blotches."""
    if pattern == 2:
        wave = noise(x / 4.2, y / 4.2, z / 4.2, seed + 21)
        return 0.25 * noise(x / 11.0, y / 11.0, z / 11.0, seed + 22) - abs(wave)
    if pattern == 5:
        return noise(x / (0.9 * half), y / (0.9 * half), z / (0.9 * half), seed + 23)
    coarse = noise(x / 7.0, y / 7.0, z / 7.0, seed + 24)
    return coarse + 0.45 * noise(x / 2.4, y / 2.4, z / 2.4, seed + 25)


@njit(cache=True, error_model="numpy")
def necrosis(half: float, depth: float, x: float, y: float, z: float, seed: int) -> float:
    """Return a field whose highest values are necrotic: compartments, more of them in the middle."""
    knot = max(4.0, 0.55 * half)
    return noise(x / knot, y / knot, z / knot, seed + 31) + 0.8 * min(1.0, depth / half)


def matter(lesion: Lesion, p: Plan, *, necrotic: float) -> Matter:
    """Return what the lesion is made of, `necrotic` of what is not mineral being dead."""
    rng = np.random.default_rng([lesion.seed % 2**32, 77])
    minerals, deaths = _sampled(p, _PATTERN[lesion.matrix], _around(p, rng))
    share = 0.0 if lesion.matrix is Matrix.LYTIC else lesion.mineral
    above = _quantile(minerals, share)
    return Matter(
        tissue=np.array([_CONTENT[lesion.content], _MINERAL[lesion.matrix]], np.int64),
        pattern=_PATTERN[lesion.matrix],
        mineral_above=above,
        necrosis_above=_quantile(deaths[minerals <= above], necrotic),
    )


def _around(p: Plan, rng: np.random.Generator) -> np.ndarray:
    """Return points of a box that just holds the tumour and what it has eaten, turned as it is, in mm; (SAMPLES, 3)."""
    wider = 1.0 + 0.35 * p.form[0]
    bone = wider * (p.half + p.form[1]) + p.form[4]
    high = np.maximum(bone, p.mass[[0, 1, 2]] * wider)
    high[0] += p.mass[0] + p.mass[3]
    low = -bone
    low[1:] = -high[1:]
    return p.centre + rng.uniform(low, high, (SAMPLES, 3)) @ p.axes


def _quantile(values: np.ndarray, share: float) -> float:
    """Return what `share` of the values exceed."""
    if share <= 0.0 or not len(values):
        return 1e9
    return -1e9 if share >= 1.0 else float(np.quantile(values, 1.0 - share))


@njit(cache=True, error_model="numpy")
def _sampled(p: Plan, pattern: int, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both fields at those of `points` that lie in the tumour, or in a hole that it has eaten."""
    minerals, deaths = np.empty(points.shape[0]), np.empty(points.shape[0])
    n, half = 0, p.half.min()
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        at = see(p, x, y, z)
        if zone(p, at, x, y, z) in (TUMOUR, HOLE):
            minerals[n] = mineral(pattern, half, x, y, z, p.seed)
            deaths[n] = necrosis(half, -min(at.lesion, at.mass), x, y, z, p.seed)
            n += 1
    return minerals[:n], deaths[:n]


@njit(cache=True, error_model="numpy")
def tissue_of(m: Matter, p: Plan, depth: float, x: float, y: float, z: float) -> int:
    """Return the tissue at a point of the tumour, `depth` below its surface."""
    half = p.half.min()
    if mineral(m.pattern, half, x, y, z, p.seed) > m.mineral_above:
        return m.tissue[1]
    if necrosis(half, depth, x, y, z, p.seed) > m.necrosis_above:
        return _NECROSIS
    if m.tissue[0] != _BLOOD:
        return m.tissue[0]
    if abs(noise(x / 11.0, y / 11.0, z / 11.0, p.seed + 41)) < 0.05:
        return _SEPTUM
    # Lying on the back, the cells of the blood settle behind.
    return _BLOOD if y > p.centre[1] + 3.0 * noise(x / 15.0, 0.0, z / 15.0, p.seed + 42) else _CYST
