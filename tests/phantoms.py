"""Tiny studies with known truth, in memory, for every kind of input; the same each time.

A blob in the picture is brighter, a peak higher, a table's numbers larger, the higher the class,
so that a few steps of any learner can go down. Volumes lie on oblique, anisotropic grids, each
input on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from osteon.contract import Classify, Regress, Survive, System
from osteon.geometry import volume_grid
from osteon.types import (
    Cohort,
    Datum,
    Evidence,
    Expression,
    Grid,
    Image,
    Lesion,
    Outcome,
    Record,
    Slide,
    Spectrum,
    Study,
    Truth,
)

Box = tuple[int, ...]


def cohort(system: System, *, studies: int = 6) -> Cohort:
    """Return `studies` patients for `system`, the classes of its tasks in turn."""
    found = tuple(study(system, index=index) for index in range(studies))
    return Cohort(name="phantoms", studies=found, evidence=Evidence.SIMULATED)


def study(system: System, *, index: int = 0, without: str | None = None, truth: bool = True) -> Study:
    """Return one patient with every input of `system` but `without`."""
    data, masks, lesions = {}, {}, []
    for place, wanted in enumerate(system.inputs):
        if wanted.name == without:
            continue
        rng = np.random.default_rng([index, place])
        datum, mask, box = _MAKERS[wanted.kind](index, rng)
        data[wanted.name] = datum
        if mask is not None:
            masks[wanted.name] = mask
            lesions.append(Lesion(label=_word(system, index), input=wanted.name, box_px=box, mask_value=1))
    known = Truth(
        labels=_labels(system, index),
        masks=masks,
        lesions=tuple(lesions),
        outcomes={t.endpoint: Outcome(days=100.0 + index, event=True) for t in system.tasks if isinstance(t, Survive)},
        values={t.name: float(index) for t in system.tasks if isinstance(t, Regress)},
    )
    outlines = Truth(masks=masks, lesions=tuple(lesions)) if not truth else known
    return Study(name=f"study-{index}", patient=f"patient-{index}", site="phantom", data=data, truth=outlines)


def _word(system: System, index: int) -> str:
    """Return the class of the study's lesion: of the first task, or of all tasks that are about lesions, in turn."""
    tasks = [t for t in system.tasks if isinstance(t, Classify)]
    about = [t for t in tasks if t.unit == "lesion"] or tasks[:1]
    words = list(dict.fromkeys(word for t in about for word in t.classes))
    return words[index % len(words)] if words else "tumour"


def _labels(system: System, index: int) -> dict[str, str]:
    """Return the word of the first task as `label`, and one of each task that does not know that word."""
    word = _word(system, index)
    tasks = [t for t in system.tasks if isinstance(t, Classify)]
    own = {t.name: t.classes[index % len(t.classes)] for t in tasks if word not in {*t.classes, *t.words}}
    return {"label": word, **own}


def _blob(shape: tuple[int, ...], rng: np.random.Generator) -> tuple[np.ndarray, Box]:
    """Return an ellipsoid that fills about a third of every side, and its half-open box."""
    centre = [n / 2 + rng.uniform(-0.1, 0.1) * n for n in shape]
    radii = [max(1.5, n * rng.uniform(0.14, 0.18)) for n in shape]
    axes = np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")
    inside = np.sum([((a - c) / r) ** 2 for a, c, r in zip(axes, centre, radii, strict=True)], axis=0) <= 1
    found = np.argwhere(inside)
    return inside, (*map(int, found.min(axis=0)), *map(int, found.max(axis=0) + 1))


def _picture(grid: Grid, pixels: np.ndarray, *, modality: str, unit: str | None = None, **facts: str) -> Image:
    return Image(grid=grid, modality=modality, unit=unit, load=pixels.copy, facts=facts)


def _outline(grid: Grid, inside: np.ndarray, modality: str) -> Image:
    labels = inside.astype(np.int32)
    return Image(grid=grid, modality=modality, unit="label", load=labels.copy)


def _radiograph(index: int, rng: np.random.Generator) -> tuple[Datum, Image, Box]:
    shape = (120, 88) if index % 2 else (80, 112)
    spacing = (0.14, 0.14) if index % 2 else None
    grid = Grid(shape=shape, spacing_mm=spacing, spacing_at="detector" if spacing else None)
    inside, box = _blob(shape, rng)
    bone = np.exp(-(((np.arange(shape[1]) - shape[1] / 2) / (shape[1] / 5)) ** 2))
    pixels = 300 + 900 * bone[None] + rng.normal(0, 20, shape) + inside * (150 + 250 * index)
    image = _picture(grid, pixels.astype(np.float32), modality="DX", BodyPartExamined="KNEE")
    return image, _outline(grid, inside, "DX"), box


def _scintigram(index: int, rng: np.random.Generator) -> tuple[Datum, Image, Box]:
    grid = Grid(shape=(96, 48), spacing_mm=(2.4, 2.4))
    inside, box = _blob(grid.shape, rng)
    pixels = rng.poisson(20 + inside * (20 + 40 * index)).astype(np.float32)
    return _picture(grid, pixels, modality="NM", unit="counts"), _outline(grid, inside, "NM"), box


def _volume(modality: str, unit: str | None, *, low: float, high: float) -> Callable[..., tuple[Datum, Image, Box]]:
    def make(index: int, rng: np.random.Generator) -> tuple[Datum, Image, Box]:
        shape = tuple(int(n) for n in (rng.integers(8, 12), rng.integers(40, 56), rng.integers(30, 44)))
        grid = oblique_grid(shape, rng)
        inside, box = _blob(shape, rng)
        pixels = low + (high - low) * (0.3 + 0.05 * rng.standard_normal(shape) + inside * (0.1 + 0.15 * index))
        image = _picture(grid, pixels.astype(np.float32), modality=modality, unit=unit)
        return image, _outline(grid, inside, modality), box

    return make


def oblique_grid(shape: tuple[int, ...], rng: np.random.Generator) -> Grid:
    """Return a grid turned about all three axes, of three different spacings, with a determinant of either sign."""
    turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([rng.uniform(3, 6), rng.uniform(0.7, 1.0), rng.uniform(1.1, 1.5)])
    affine[:3, 3] = rng.uniform(-200, 200, 3)
    return volume_grid((shape[0], shape[1], shape[2]), affine)


def _tissue(shape: tuple[int, int], index: int, rng: np.random.Generator) -> np.ndarray:
    colours = np.array([[235, 190, 215], [215, 120, 150], [120, 70, 160]], dtype=float)
    pixels = colours[index % 3] + rng.normal(0, 12, (*shape, 1))
    return pixels.clip(0, 255).round().astype(np.uint8)


def _tile(index: int, rng: np.random.Generator) -> tuple[Datum, None, None]:
    pixels = _tissue((200, 300), index, rng)
    return _picture(Grid(shape=(200, 300)), pixels, modality="OT"), None, None


def _slide(index: int, rng: np.random.Generator) -> tuple[Datum, None, None]:
    """Return a slide of 0.5 um/pixel with two levels: glass, and tissue in its upper right part."""
    pixels = np.full((600, 800, 3), 245, dtype=np.uint8)
    pixels[40:340, 360:760] = _tissue((300, 400), index, rng)
    return slide_of(pixels, um_per_pixel=0.5), None, None


def slide_of(pixels: np.ndarray, *, um_per_pixel: float | None) -> Slide:
    """Return `pixels` (rows, columns, 3) as a slide in memory with a second level of half the size."""
    levels = (pixels, pixels[::2, ::2])

    def read_region(x: int, y: int, width: int, height: int, level: int) -> np.ndarray:
        return levels[level][y : y + height, x : x + width]

    return Slide(
        path=Path("phantom.svs"),
        levels=tuple((array.shape[1], array.shape[0]) for array in levels),
        um_per_pixel=None if um_per_pixel is None else (um_per_pixel, um_per_pixel),
        read_region=read_region,
    )


def _spectrum(index: int, rng: np.random.Generator) -> tuple[Datum, None, None]:
    """Return Lorentzian bands on broad fluorescence; the band at 1,004 /cm grows with the class."""
    shift = np.linspace(390.0, 1610.0, 1000)
    counts = 4000 * np.exp(-(((shift - 700) / 900) ** 2)) + rng.normal(0, 4, shift.size)
    for centre, height in ((620, 120), (850, 200), (1004, 150 + 150 * index), (1450, 250)):
        counts += height / (1 + ((shift - centre) / 8) ** 2)
    return Spectrum(shift_per_cm=shift, counts=counts), None, None


class _AnyColumn(Mapping[str, float]):
    """A clinical row that has every column a system asks for, larger the higher the class."""

    def __init__(self, index: int) -> None:
        self.index = index

    def __getitem__(self, column: str) -> float:
        rng = np.random.default_rng([self.index, *column.encode()])
        return float(self.index + 0.3 * rng.standard_normal())

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _table(index: int, _rng: np.random.Generator) -> tuple[Datum, None, None]:
    return Record(values=_AnyColumn(index)), None, None


def _expression(index: int, rng: np.random.Generator) -> tuple[Datum, None, None]:
    genes = tuple(f"GENE{n}" for n in range(20))
    return Expression(genes=genes, values=rng.normal(5 + index, 1, len(genes))), None, None


_MAKERS: Mapping[str, Callable[..., tuple[Datum, Image | None, Box | None]]] = {
    "radiograph": _radiograph,
    "scintigram": _scintigram,
    "ct": _volume("CT", "HU", low=-300, high=900),
    "mri": _volume("MR", None, low=0, high=1500),
    "pet": _volume("PT", "SUVbw", low=0, high=12),
    "slide": _slide,
    "tile": _tile,
    "spectrum": _spectrum,
    "table": _table,
    "expression": _expression,
}
