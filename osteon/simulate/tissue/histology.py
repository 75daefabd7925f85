"""Simulated H&E: tiles and whole slides of osteosarcoma and its surroundings, stained by Beer and Lambert's law.

The tissue map is the truth: the label of each pixel is drawn from it and returned, and the shares that a slide states
are counted over the very pixels that were written.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from osteon.errors import RequestError
from osteon.io import slide_write
from osteon.io.simulated import SAYS
from osteon.simulate.tissue import histology_artefacts, histology_cells, histology_texture
from osteon.simulate.tissue.histology_artefacts import Stroke
from osteon.simulate.tissue.histology_cells import GRADES, OTHERS, Cytology
from osteon.simulate.tissue.histology_map import Region, TissueMap, counts, necrosis_percent
from osteon.simulate.tissue.histology_noise import knots
from osteon.transforms import stain as stains
from osteon.transforms.stain import Stain

FINEST_UM, COARSEST_UM = 0.1, 4.0


@dataclass(frozen=True, kw_only=True)
class Histology:
    """How a section is stained and scanned.

    Attributes:
        um_per_pixel: 0.5 is what scanners call 20x, 1 is 10x.
        grade: 1 to 3, of the viable tumour: size, number and variety of its nuclei.
        cytology: Cells of a tissue, in place of those of the grade or of normal tissue.
        osteoid: Share between 0 and 1 of how much osteoid the tumour lays down.
        stain: The laboratory's colours (`osteon.transforms.stain.draw`).
        roughness_um: How far outlines stray from the map, so that its cells do not show.
        noise: Standard deviation of the scanner's noise in grey values; 0 gives the exact colours.
        pens, folds: Strokes on the glass and folds of the tissue.

    """

    um_per_pixel: float = 0.5
    grade: int = 3
    cytology: Mapping[Region, Cytology] = field(default_factory=dict)
    osteoid: float = 0.35
    stain: Stain = field(default_factory=Stain)
    roughness_um: float = 9.0
    noise: float = 1.5
    pens: tuple[Stroke, ...] = ()
    folds: tuple[Stroke, ...] = ()

    def kinds(self) -> np.ndarray:
        """Return the cells of each `Region` as `histology_cells.draw` takes them."""
        of = {Region.VIABLE: GRADES[self.grade], **OTHERS, **self.cytology}
        return np.stack([np.ones(6), *(histology_cells.row(of[region]) for region in Region if region)])


@dataclass(frozen=True, kw_only=True, eq=False)
class Tile:
    """A piece of a section.

    Attributes:
        pixels: uint8 (rows, columns, 3).
        regions: uint8 (rows, columns) of `Region`, the truth.
        haematoxylin, eosin: float32 (rows, columns), the concentrations drawn.
        um_per_pixel: Of all of them.

    """

    pixels: np.ndarray
    regions: np.ndarray
    haematoxylin: np.ndarray
    eosin: np.ndarray
    um_per_pixel: float


@dataclass(frozen=True, kw_only=True)
class SlideTruth:
    """What was written: the area of each tissue in mm2, and the necrosis of the tumour in % (None without tumour)."""

    area_mm2: Mapping[Region, float]
    necrosis_percent: float | None


def seed(rng: np.random.Generator) -> int:
    """Return the number that fixes a section's texture; draw it once a slide and cut any tile from it."""
    return int(rng.integers(2**62))


def tile(
    tissue: TissueMap,
    *,
    seed: int,
    settings: Histology | None = None,
    corner_px: tuple[int, int] = (0, 0),
    size_px: tuple[int, int] = (1024, 1024),
) -> Tile:
    """Return a piece of the section; the same place gives the same pixels, whatever tile it is cut with.

    Args:
        tissue: Which tissue lies where.
        seed: Of `seed(rng)`.
        settings: Stain, grade, scanner; None for the standard ones.
        corner_px: (x, y) of its first pixel on the slide.
        size_px: (width, height).

    Raises:
        RequestError: The settings cannot be meant.

    """
    settings = settings or Histology()
    _check(settings, size_px)
    step = settings.um_per_pixel
    left, top = corner_px[0] * step, corner_px[1] * step
    frame = np.array([left, top, step, tissue.um_per_cell, settings.roughness_um, settings.osteoid])
    regions, both = histology_texture.ground(tissue.cells, frame, (size_px[1], size_px[0]), knots(seed))
    histology_cells.draw(both, regions, settings.kinds(), tissue.cells, frame, seed)
    histology_artefacts.fold(both, settings.folds, frame=frame)
    ink = histology_artefacts.ink(settings.pens, frame=frame, shape=regions.shape)
    light = stains.mix(both[0], both[1], stain=settings.stain, ink=ink)
    pixels = histology_artefacts.scan(light, corner_px[0], corner_px[1], settings.noise, seed)
    return Tile(pixels=pixels, regions=regions, haematoxylin=both[0], eosin=both[1], um_per_pixel=step)


def slide(path: Path, tissue: TissueMap, *, seed: int, settings: Histology | None = None) -> SlideTruth:
    """Write the whole section as a pyramidal TIFF, tile by tile, and return what is on it.

    Raises:
        RequestError: The settings cannot be meant.
        InputError: The folder cannot be written to.
        ResumableError: The disk is full.

    """
    settings = settings or Histology()
    step = settings.um_per_pixel
    size_px = (round(tissue.size_um[0] / step), round(tissue.size_um[1] / step))
    _check(settings, size_px)
    found = np.zeros(len(Region), np.int64)

    def region(x: int, y: int, width: int, height: int) -> np.ndarray:
        made = tile(tissue, seed=seed, settings=settings, corner_px=(x, y), size_px=(width, height))
        found[:] += counts(made.regions)
        return made.pixels

    layout = slide_write.Layout(size_px=size_px, um_per_pixel=(step, step), description=SAYS)
    slide_write.write(path, region, layout=layout)
    area = {which: float(found[which] * step**2 / 1e6) for which in Region}
    return SlideTruth(area_mm2=area, necrosis_percent=necrosis_percent(found))


def _check(settings: Histology, size_px: tuple[int, int]) -> None:
    if not FINEST_UM <= settings.um_per_pixel <= COARSEST_UM or min(size_px) < 1 or settings.grade not in GRADES:
        msg = (
            f"A section of {size_px[0]} x {size_px[1]} pixels of {settings.um_per_pixel} um, grade {settings.grade}, "
            f"cannot be drawn; pixels are {FINEST_UM} to {COARSEST_UM} um wide and grades are 1, 2 and 3."
        )
        raise RequestError(msg)
    if settings.noise < 0 or not 0 <= settings.osteoid <= 1 or not math.isfinite(settings.roughness_um):
        msg = (
            f"Noise {settings.noise}, osteoid {settings.osteoid} and roughness {settings.roughness_um} cannot be "
            "meant; noise is at least 0 and osteoid lies between 0 and 1."
        )
        raise RequestError(msg)
