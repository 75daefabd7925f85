"""The fast path of the bone scan: the same camera, with scatter from a kernel that the Monte Carlo made.

Primary photons are attenuated along their line and blurred by their distance (`collimated`). Scatter comes from an
effective source (Frey and Tsui 1996): a Monte Carlo of a source in endless water tells how much is scattered toward the
camera into the window at each displacement, and how much more than a primary photon it is attenuated. The activity,
folded with that kernel and scaled by how strongly each place scatters, is attenuated by the body between it and the
camera. The way from the source to the last scatter is taken as one through water of the mean density nearby (for single
scatter, between two kernels), and multiple scatter is scaled by how full of matter the neighbourhood is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numba
import numpy as np
from scipy.fft import irfftn, next_fast_len, rfftn
from scipy.ndimage import gaussian_filter

from osteon.simulate.nuclear.collimated import escaping, gathered, overlap
from osteon.simulate.nuclear.gamma_camera import Camera, Heads
from osteon.simulate.nuclear.photon_compton import redirected, row_of, scatter, turn
from osteon.simulate.nuclear.photon_random import direction, states, uniform
from osteon.simulate.nuclear.photon_space import Space
from osteon.simulate.nuclear.photon_tables import Window, tables
from osteon.simulate.person.tissues import Tissue

BLOCK_MM = 12.0
REACH_MM = (240.0, 240.0, 300.0)
HISTORIES = 2_000_000
NEAR_MM = 40.0
THIN = 0.3
_STREAMS = 8
_WATER = int(Tissue.URINE)  # urine is water here


class Kernel(NamedTuple):
    """Scatter toward the start of the last axis, per photon emitted in the middle voxel.

    Counts of a source in air, by the last scatter's displacement (z, x, y), for a place that scatters as water does.

    Attributes:
        single: Of photons that scattered once.
        multiple: Of all others.
        harder: Of all, times how much more strongly than at the peak the scattered photon is attenuated.
        thin: Of photons that scattered once in thin water (`THIN`).

    """

    single: np.ndarray
    multiple: np.ndarray
    harder: np.ndarray
    thin: np.ndarray


@lru_cache(maxsize=8)
def kernel(window: Window, voxel_mm: tuple[float, float, float]) -> Kernel:
    """Return the scatter kernel in endless water of density 1 on voxels (z, x, y), by Monte Carlo with its own seed."""
    table = tables(window)
    half = tuple(round(reach / size) for reach, size in zip(REACH_MM, voxel_mm, strict=True))
    water, thin = np.zeros((2, 3, *(2 * n + 1 for n in half)))
    for state in states(np.random.default_rng(140), blocks=_STREAMS):
        _wander((table, 1.0, HISTORIES // _STREAMS), voxel_mm, state, water)
        _wander((table, THIN, HISTORIES // _STREAMS), voxel_mm, state, thin)
    tally = np.stack([*water, thin[0] / THIN])
    tally = (tally + tally[:, ::-1] + tally[:, :, ::-1] + tally[:, ::-1, ::-1]) / 4.0
    return Kernel(*(tally / (HISTORIES // _STREAMS * _STREAMS)).astype(np.float32))


def seen(inside: Space, source: np.ndarray, *, camera: Camera, heads: Heads) -> np.ndarray:
    """Return counts per emitted photon relative to air, as `transport`'s sum: (2 heads, rows, columns), from the front.

    Args:
        inside: The matter.
        source: Activity (z, x, y).
        camera: Its window and collimator.
        heads: Where they stand.

    """
    share = (source / source.sum(dtype=np.float64)).astype(np.float32)
    table = tables(camera.window)
    mu = _per_mm(inside, table.total[-1])
    sites = _per_mm(inside, table.scatter[-1]) / (0.1 * table.scatter[-1, _WATER])
    images = []
    for head in range(2):
        flip = slice(None, None, 1 if head == 0 else -1)
        parts = [np.ascontiguousarray(one[:, :, flip]) for one in (share, mu, sites)]
        first = inside.size[2] - heads.back_mm if head else heads.front_mm
        images.append(_head(parts, first, inside, camera, heads))
    return np.stack(images)


def _per_mm(inside: Space, mass: np.ndarray) -> np.ndarray:
    return (0.1 * mass).astype(np.float32)[inside.tissue] * inside.density


def _head(parts: list[np.ndarray], plane_mm: float, inside: Space, camera: Camera, heads: Heads) -> np.ndarray:
    """Return one head's image; the last axis of `parts` runs away from its plane, which lies at `plane_mm`."""
    share, mu, sites = parts
    leaving = np.empty_like(share)
    escaping(share, mu, inside.voxel[2], leaving)
    image = _blurred(leaving, inside.voxel, plane_mm, camera, heads)
    factors = _factors(inside)
    coarse = tuple(size * n for size, n in zip(inside.voxel, factors, strict=True))
    scattered = _scattered(share, mu, sites, factors, kernel(camera.window, coarse), inside.voxel[2])
    return image + _blurred(scattered, coarse, plane_mm, camera, heads)


def _blurred(layers: np.ndarray, voxel_mm: tuple, plane_mm: float, camera: Camera, heads: Heads) -> np.ndarray:
    """Return layers (z, x, y) as the collimator shows them, on the pixels of the anterior image."""
    distance = (np.arange(layers.shape[2]) + 0.5) * voxel_mm[2] - plane_mm
    sigma = camera.tangent * np.maximum(distance, 0.0)
    image = gathered(layers, sigma_mm=sigma, pixel_mm=voxel_mm[:2])
    high, wide = image.shape
    rows = overlap(high, voxel_mm[0], pixels=heads.rows, pixel_mm=heads.pixel_mm, low_mm=heads.low_mm)
    columns = overlap(wide, voxel_mm[1], pixels=heads.columns, pixel_mm=heads.pixel_mm, low_mm=heads.left_mm)
    return (rows[::-1] @ image) @ columns.T


def _factors(inside: Space) -> tuple[int, int, int]:
    z, x, y = (max(1, round(BLOCK_MM / size)) for size in inside.voxel)
    return z, x, y


def _scattered(
    share: np.ndarray, mu: np.ndarray, sites: np.ndarray, factors: tuple, made: Kernel, step_mm: float
) -> np.ndarray:
    """Return what is scattered toward the head and leaves the body, on blocks of voxels (z, x, y)."""
    single, multiple, harder, thin = _folded(_block_sums(share, factors), made)
    least = single.max() * 1e-6
    extra = harder / np.maximum(single + multiple, least)
    density, full = _nearby(_block_sums(sites, factors) / np.prod(factors), step_mm * factors[2])
    dense = (density - THIN) / (1.0 - THIN)
    counts = np.maximum(single, least) ** dense * np.maximum(thin, least) ** (1.0 - dense) + full * multiple
    counts = (counts * (single > least)).astype(np.float32)
    _leave(mu, sites, extra.astype(np.float32), step_mm, factors, counts)
    return counts


def _nearby(sites: np.ndarray, block_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean scattering strength of the matter near each block, and of all of the neighbourhood."""
    full, matter = (gaussian_filter(one, NEAR_MM / block_mm, mode="constant") for one in (sites, (sites > 0.1) * 1.0))
    return np.clip(full / np.maximum(matter, 1e-3), THIN, 1.5).astype(np.float32), np.minimum(full, 1.0)


def _block_sums(volume: np.ndarray, factors: tuple) -> np.ndarray:
    """Return the sums of blocks of voxels, the last ones cut short."""
    for axis, factor in enumerate(factors):
        volume = np.add.reduceat(volume, np.arange(0, volume.shape[axis], factor), axis=axis)
    return volume


def _folded(blocks: np.ndarray, made: Kernel) -> list[np.ndarray]:
    """Return `blocks` folded with each map of the kernel, negative rounding cut off."""
    shape = [next_fast_len(n + k - 1, real=True) for n, k in zip(blocks.shape, made.single.shape, strict=True)]
    start = [k // 2 for k in made.single.shape]
    inner = tuple(slice(s, s + n) for s, n in zip(start, blocks.shape, strict=True))
    spectrum = rfftn(blocks, shape)
    both = (irfftn(spectrum * rfftn(one.astype(np.float32), shape), shape)[inner] for one in made)
    return [np.ascontiguousarray(np.maximum(one, 0.0), dtype=np.float32) for one in both]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _leave(
    mu: np.ndarray, sites: np.ndarray, extra: np.ndarray, step_mm: float, factors: tuple, counts: np.ndarray
) -> None:
    """Multiply `counts` by the blocks' mean of scattering strength times what leaves toward the start of the axis."""
    mean = np.zeros_like(counts)
    for z in range(mu.shape[0]):
        for x in range(mu.shape[1]):
            depth = np.float32(0.0)
            for y in range(mu.shape[2]):
                own = mu[z, x, y] * np.float32(step_mm)
                block = (z // factors[0], x // factors[1], y // factors[2])
                if counts[block] > 0.0:
                    deep = (depth + np.float32(0.5) * own) * (np.float32(1.0) + extra[block])
                    mean[block] += sites[z, x, y] * np.exp(-deep)
                depth += own
    counts *= mean / (factors[0] * factors[1] * factors[2])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _wander(game: tuple, voxel_mm: tuple, state: np.ndarray, tally: np.ndarray) -> None:
    """Follow photons from the middle voxel through water; tally each scatter's share toward the last axis' start.

    `game` is the tables, the density of the water, and how many photons.
    """
    table, density, histories = game
    middle = (tally.shape[1] // 2, tally.shape[2] // 2, tally.shape[3] // 2)
    peak = table.total[-1, _WATER]
    for _ in range(histories):
        energy, weight, order, toward = table.peak_kev, 1.0, 0, direction(state)
        z, x, y = uniform(state) - 0.5, uniform(state) - 0.5, uniform(state) - 0.5
        while True:
            row = row_of(table, energy)
            path = -10.0 * np.log(1.0 - uniform(state)) / (density * table.total[row, _WATER])
            z += path * toward[0] / voxel_mm[0]
            x += path * toward[1] / voxel_mm[1]
            y += path * toward[2] / voxel_mm[2]
            weight *= table.scatter[row, _WATER] / table.total[row, _WATER]
            index = (int(np.floor(z + 0.5)) + middle[0], int(np.floor(x + 0.5)) + middle[1])
            along = int(np.floor(y + 0.5)) + middle[2]
            if not (0 <= index[0] < tally.shape[1] and 0 <= index[1] < tally.shape[2] and 0 <= along < tally.shape[3]):
                break
            seen_kev, likely = redirected(table, energy, -toward[2])
            if likely > 0.0:
                late = row_of(table, seen_kev)
                counted = weight * likely * table.window[late]
                tally[order, index[0], index[1], along] += counted
                tally[2, index[0], index[1], along] += counted * (table.total[late, _WATER] / peak - 1.0)
            cosine, energy = scatter(energy, state)
            if energy < table.low_kev:
                break
            toward, order = turn(toward, cosine, state), 1
