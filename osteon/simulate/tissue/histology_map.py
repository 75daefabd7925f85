"""Which tissue lies where on a slide: drawn so that every share, the necrosis above all, is exact."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from scipy import ndimage

from osteon.errors import RequestError


class Region(IntEnum):
    """Value of a tissue in `TissueMap.cells`."""

    GLASS = 0
    VIABLE = 1
    NECROSIS = 2
    STROMA = 3
    CARTILAGE = 4
    BONE = 5
    FAT = 6


@dataclass(frozen=True, kw_only=True)
class Composition:
    """What a section is made of; shares are between 0 and 1.

    Attributes:
        necrosis_percent: Necrotic of all tumour; the figure a pathologist reports after chemotherapy.
        tissue: Share of the slide that is not glass.
        bone: Share of the tissue that is old bone.
        tumour: Share of what is left of the tissue that is tumour, viable or necrotic.
        cartilage: Share of what then is left.
        fat: Share of what then is left; the remainder is stroma.

    """

    necrosis_percent: float
    tissue: float = 0.6
    bone: float = 0.12
    tumour: float = 0.65
    cartilage: float = 0.1
    fat: float = 0.4


@dataclass(frozen=True, kw_only=True, eq=False)
class TissueMap:
    """The tissues of a slide: `cells`, uint8 (rows, columns) of `Region`, each `um_per_cell` wide and high."""

    cells: np.ndarray
    um_per_cell: float

    @property
    def size_um(self) -> tuple[float, float]:
        """(width, height) in micrometres."""
        return self.cells.shape[1] * self.um_per_cell, self.cells.shape[0] * self.um_per_cell


def necrosis_percent(counts: np.ndarray) -> float | None:
    """Return necrotic / (necrotic + viable) in % of the `counts` by `Region`; None where there is no tumour."""
    necrotic, viable = int(counts[Region.NECROSIS]), int(counts[Region.VIABLE])
    return 100.0 * necrotic / (necrotic + viable) if necrotic + viable else None


def counts(labels: np.ndarray) -> np.ndarray:
    """Return how often each `Region` occurs in `labels`, int64 (7,)."""
    return np.bincount(labels.ravel(), minlength=len(Region))


def uniform_map(region: Region, *, size_um: tuple[float, float]) -> TissueMap:
    """Return a map of one tissue, as a tile cut from the middle of it shows."""
    cells = np.full((1, 1), region, np.uint8)
    if size_um[0] == size_um[1]:
        return TissueMap(cells=cells, um_per_cell=size_um[0])
    step = float(np.gcd(round(size_um[0]), round(size_um[1])))
    repeats = (round(size_um[1] / step), round(size_um[0] / step))
    return TissueMap(cells=np.tile(cells, repeats), um_per_cell=step)


def bordered_map(
    region: Region,
    beside: Region,
    *,
    share: float,
    rng: np.random.Generator,
    size_um: tuple[float, float],
    um_per_cell: float = 8.0,
) -> TissueMap:
    """Return a map of one tissue with some of another at one side of it, as a tile cut near a border shows.

    Args:
        region: Of most cells.
        beside: Of the rest.
        share: Of `beside`, 0 to 1; met to one cell.
        rng: Draws the side and the outline.
        size_um: (width, height).
        um_per_cell: Side of a cell.

    Raises:
        RequestError: The share is not one, or the tile is smaller than a few cells.

    """
    shape = (round(size_um[1] / um_per_cell), round(size_um[0] / um_per_cell))
    if not 0 <= share <= 1 or min(shape) < 4:
        msg = f"A share of {share} in {shape[0]} x {shape[1]} cells cannot be drawn; give 0 to 1 and 4 cells a side."
        raise RequestError(msg)
    turn = rng.uniform(0.0, 2.0 * np.pi)
    down, across = np.linspace(-1, 1, shape[0])[:, None], np.linspace(-1, 1, shape[1])[None]
    toward = 3.0 * (np.sin(turn) * down + np.cos(turn) * across)
    cells = np.full(shape, region, np.uint8)
    cells[_take(np.ones(shape, bool), toward + _field(rng, shape, 250 / um_per_cell), share)] = beside
    return TissueMap(cells=cells, um_per_cell=um_per_cell)


def tissue_map(
    composition: Composition, *, rng: np.random.Generator, size_um: tuple[float, float], um_per_cell: float = 8.0
) -> TissueMap:
    """Return the map of a section of a tumour in bone.

    Each share is taken by rank from a smooth random field, so it is met to one cell.

    Args:
        composition: The shares.
        rng: Draws the outlines.
        size_um: (width, height).
        um_per_cell: Side of a cell.

    Raises:
        RequestError: A share is not one, or the slide is smaller than a few cells.

    """
    shape = (round(size_um[1] / um_per_cell), round(size_um[0] / um_per_cell))
    _check(composition, shape)
    cells = np.zeros(shape, np.uint8)
    down, across = np.linspace(-1, 1, shape[0])[:, None], np.linspace(-1, 1, shape[1])[None]
    round_off = -np.hypot(down, across)
    tissue = _take(np.ones(shape, bool), round_off + 0.13 * _field(rng, shape, 900 / um_per_cell), composition.tissue)
    bone = _take(tissue, -np.abs(_field(rng, shape, 220 / um_per_cell)), composition.bone)
    rest = tissue & ~bone
    cells[bone] = Region.BONE
    middle = rng.uniform(-0.3, 0.3, 2)
    inwards = -np.hypot(down - middle[0], across - middle[1])
    tumour = _take(rest, inwards + 0.3 * _field(rng, shape, 700 / um_per_cell), composition.tumour)
    dead = _take(tumour, _field(rng, shape, 400 / um_per_cell), composition.necrosis_percent / 100)
    cells[tumour] = Region.VIABLE
    cells[dead] = Region.NECROSIS
    rest &= ~tumour
    cartilage = _take(rest, _field(rng, shape, 350 / um_per_cell), composition.cartilage)
    rest &= ~cartilage
    fat = _take(rest, _field(rng, shape, 300 / um_per_cell), composition.fat)
    cells[cartilage], cells[fat], cells[rest & ~fat] = Region.CARTILAGE, Region.FAT, Region.STROMA
    return TissueMap(cells=cells, um_per_cell=um_per_cell)


def _check(composition: Composition, shape: tuple[int, int]) -> None:
    shares = [composition.tissue, composition.bone, composition.tumour, composition.cartilage, composition.fat]
    if not all(0 <= share <= 1 for share in [*shares, composition.necrosis_percent / 100]) or min(shape) < 4:
        msg = (
            f"A section of {shape[0]} x {shape[1]} cells with the shares {composition} cannot be drawn; shares lie "
            "between 0 and 1, the necrosis between 0 and 100 %, and a side has at least 4 cells."
        )
        raise RequestError(msg)


def _field(rng: np.random.Generator, shape: tuple[int, int], cells: float) -> np.ndarray:
    """Return a smooth random field of about unit spread that changes over `cells`; drawn coarse, then enlarged."""
    step = max(1.0, cells / 4)
    coarse = tuple(int(np.ceil(n / step)) + 8 for n in shape)
    knots = ndimage.gaussian_filter(rng.standard_normal(coarse), 4 / 2, mode="wrap")
    rows, columns = (2 + np.arange(n) / step for n in shape)
    values = ndimage.map_coordinates(knots, np.meshgrid(rows, columns, indexing="ij"), order=1)
    return values / max(float(knots.std()), 1e-12)


def _take(free: np.ndarray, field: np.ndarray, share: float) -> np.ndarray:
    """Return the mask of the `share` of the true cells of `free` where `field` is highest, exact to one cell."""
    places = np.flatnonzero(free)
    order = np.argsort(-field.ravel()[places], kind="stable")
    taken = np.zeros(free.size, bool)
    taken[places[order[: round(share * places.size)]]] = True
    return taken.reshape(free.shape)
