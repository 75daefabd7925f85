"""Monte Carlo transport of photons from a voxel body to the two heads of a gamma camera.

Each photon starts isotropic in its voxel, flies (Woodcock's method), scatters on free electrons (Klein and Nishina,
sampled after Kahn) and goes on with the share that was not absorbed, until it leaves or cannot be counted any more.
Forced detection: at the emission and at each scatter the expected count of either head is added, along one
direction drawn from what its collimator accepts. Nothing is left out by that, so the mean is the mean of the plain game
(`forced=False`), which a test plays as well. All randomness is in `photon_random`; work is cut into a fixed number
of blocks that are summed in order, so the result does not depend on threads.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numba
import numpy as np

from osteon.errors import RequestError
from osteon.simulate.nuclear.gamma_camera import Heads
from osteon.simulate.nuclear.photon_compton import redirected, row_of, scatter, turn
from osteon.simulate.nuclear.photon_random import direction, normal_pair, states, uniform
from osteon.simulate.nuclear.photon_space import Space, index_of, optical_depth
from osteon.simulate.nuclear.photon_tables import Tables

BLOCKS = 16
_FAINT = 0.02


class Emission(NamedTuple):
    """Where photons start: voxels with activity, in memory order.

    Attributes:
        voxels: Flat indices into the space, int64.
        edges: Cumulative share of the activity after each voxel, ending in 1; float64.

    """

    voxels: np.ndarray
    edges: np.ndarray


class Game(NamedTuple):
    """All that a compiled history reads."""

    space: Space
    emission: Emission
    tables: Tables
    heads: Heads
    majorant: np.ndarray
    forced: bool


def emission(activity: np.ndarray) -> Emission:
    """Return the start of photons for an activity map (z, x, y).

    Raises:
        RequestError: There is no activity.

    """
    voxels = np.flatnonzero(activity > 0)
    if voxels.size == 0:
        msg = "There is no activity in this body, so a camera sees nothing; check its tissues and uptake_scale."
        raise RequestError(msg)
    edges = np.cumsum(activity.ravel()[voxels], dtype=np.float64)
    edges /= edges[-1]
    edges[-1] = 1.0
    return Emission(voxels=voxels.astype(np.int64), edges=edges)


def majorant(inside: Space, tables: Tables) -> np.ndarray:
    """Return the largest attenuation (1/cm) in the box by energy, never zero."""
    densest = np.zeros(256)
    np.maximum.at(densest, inside.tissue.ravel(), inside.density.ravel())
    return np.maximum((tables.total * densest).max(axis=1), 1e-9)


def transport(game: Game, *, histories: int, rng: np.random.Generator, threads: int = 1) -> np.ndarray:
    """Return counts per emitted photon, relative to the same source in air.

    Args:
        game: Body, source, camera.
        histories: Photons to follow.
        rng: Seeds the blocks.
        threads: That share the blocks; the result is the same for any number.

    Returns:
        float64 of shape (2 heads, 2 for primary and scattered, rows, columns), both heads seen from the front.

    """
    seeds = states(rng, blocks=BLOCKS)
    bounds = np.linspace(0, histories, BLOCKS + 1).astype(np.int64)

    def block(number: int) -> np.ndarray:
        tally = np.zeros((2, 2, game.heads.rows, game.heads.columns))
        _block(game, (bounds[number], bounds[number + 1], histories), seeds[number], tally)
        return tally

    total = np.zeros((2, 2, game.heads.rows, game.heads.columns))
    with ThreadPoolExecutor(max_workers=threads) as pool:
        for tally in pool.map(block, range(BLOCKS)):
            total += tally
    if not game.forced:
        total /= game.heads.mean_cosine * game.heads.tangent**2 / 2 * game.tables.accepted
    return total / histories


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _block(game: Game, span: tuple, state: np.ndarray, tally: np.ndarray) -> None:
    """Follow the photons `span[0]` to `span[1]` of `span[2]`; photon i starts in the i-th slice of the activity."""
    first, last, histories = span
    at_voxel = np.searchsorted(game.emission.edges, first / histories)
    for history in range(first, last):
        share = (history + uniform(state)) / histories
        while game.emission.edges[at_voxel] < share:
            at_voxel += 1
        _history(game, _start(game.space, game.emission.voxels[at_voxel], state), state, tally)


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _start(space: Space, voxel: int, state: np.ndarray) -> tuple[float, float, float]:
    """Return a point in a voxel, all alike."""
    _, nx, ny = space.tissue.shape
    z, x, y = voxel // (nx * ny), voxel // ny % nx, voxel % ny
    return (
        (z + uniform(state)) * space.voxel[0],
        (x + uniform(state)) * space.voxel[1],
        (y + uniform(state)) * space.voxel[2],
    )


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _history(game: Game, at: tuple, state: np.ndarray, tally: np.ndarray) -> None:
    """Follow one photon to its end."""
    energy, weight, order = game.tables.peak_kev, 1.0, 0
    if game.forced:
        _force(game, at, (0.0, 0.0, 0.0), (energy, weight), state, tally[:, 0])
    toward = direction(state)
    while True:
        row = row_of(game.tables, energy)
        at, inside = _fly(game, at, toward, row, state)
        if not inside:
            break
        tissue = _tissue(game.space, at)
        kept = game.tables.scatter[row, tissue] / game.tables.total[row, tissue]
        order = 1
        if game.forced:
            weight *= kept
            _force(game, at, toward, (energy, weight), state, tally[:, 1])
        elif uniform(state) > kept:
            return
        cosine, energy = scatter(energy, state)
        if energy < game.tables.low_kev:
            return
        toward = turn(toward, cosine, state)
    if not game.forced:
        _arrive(game, at, toward, energy, state, tally[:, order])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _tissue(space: Space, at: tuple) -> int:
    nz, nx, ny = space.tissue.shape
    return space.tissue[
        index_of(at[0], space.voxel[0], nz),
        index_of(at[1], space.voxel[1], nx),
        index_of(at[2], space.voxel[2], ny),
    ]


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _fly(game: Game, at: tuple, toward: tuple, row: int, state: np.ndarray) -> tuple[tuple, bool]:
    """Return where the photon interacts, or where it is outside of the box, and whether it is inside."""
    space = game.space
    nz, nx, ny = space.tissue.shape
    mean = 10.0 / game.majorant[row]
    z, x, y = at
    while True:
        step = -mean * math.log(1.0 - uniform(state))
        z, x, y = z + step * toward[0], x + step * toward[1], y + step * toward[2]
        if not (0.0 <= z < space.size[0] and 0.0 <= x < space.size[1] and 0.0 <= y < space.size[2]):
            return (z, x, y), False
        i = index_of(z, space.voxel[0], nz)
        j = index_of(x, space.voxel[1], nx)
        k = index_of(y, space.voxel[2], ny)
        here = game.tables.total[row, space.tissue[i, j, k]] * space.density[i, j, k]
        if uniform(state) * game.majorant[row] < here:
            return (z, x, y), True


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _force(game: Game, at: tuple, was: tuple, photon: tuple, state: np.ndarray, tally: np.ndarray) -> None:
    """Add to both heads what is expected to be counted of a photon of (energy, weight) that starts or scatters here.

    `was` is its direction before the scatter; all zero for an emission. Faint contributions play Russian roulette.
    """
    heads = game.heads
    for head in range(2):
        first, second = normal_pair(state)
        t_z, t_x = heads.tangent * first, heads.tangent * second
        cosine = 1.0 / math.sqrt(1.0 + t_z * t_z + t_x * t_x)
        toward = (t_z * cosine, t_x * cosine, cosine if head == 1 else -cosine)
        energy, weight = photon
        weight *= cosine**3 / heads.mean_cosine
        if was[0] != 0.0 or was[1] != 0.0 or was[2] != 0.0:
            bend = was[0] * toward[0] + was[1] * toward[1] + was[2] * toward[2]
            energy, likely = redirected(game.tables, energy, bend)
            if likely == 0.0:
                continue
            weight *= likely
        row = row_of(game.tables, energy)
        weight *= game.tables.window[row]
        if weight < _FAINT:
            if uniform(state) * _FAINT > weight:
                continue
            weight = _FAINT
        weight *= math.exp(-optical_depth(game.space, game.tables.total[row], at, toward))
        reach = (at[2] - heads.front_mm) if head == 0 else (heads.back_mm - at[2])
        _add(heads, at[0] + t_z * reach, at[1] + t_x * reach, weight, tally[head])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _arrive(game: Game, at: tuple, toward: tuple, energy: float, state: np.ndarray, tally: np.ndarray) -> None:
    """Count a photon that left the box if collimator, crystal and window take it: the plain game."""
    heads = game.heads
    head = 1 if toward[2] > 0.0 else 0
    t_z, t_x = toward[0] / abs(toward[2]), toward[1] / abs(toward[2])
    if uniform(state) > math.exp(-(t_z * t_z + t_x * t_x) / (2.0 * heads.tangent**2)):
        return
    measured = energy
    sigma = game.tables.resolution * math.sqrt(game.tables.peak_kev * energy) / 2.3548
    measured += sigma * normal_pair(state)[0]
    if abs(measured / game.tables.peak_kev - 1.0) > game.tables.width / 2.0:
        return
    reach = (at[2] - heads.front_mm) if head == 0 else (heads.back_mm - at[2])
    _add(heads, at[0] + t_z * reach, at[1] + t_x * reach, 1.0, tally[head])


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _add(heads: Heads, z: float, x: float, weight: float, image: np.ndarray) -> None:
    """Add a weight to the pixel that holds (z, x), the first row at the top of the head."""
    row = heads.rows - 1 - math.floor((z - heads.low_mm) / heads.pixel_mm)
    column = math.floor((x - heads.left_mm) / heads.pixel_mm)
    if 0 <= row < heads.rows and 0 <= column < heads.columns:
        image[row, column] += weight
