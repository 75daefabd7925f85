"""A study of noise of a usual size, with something outlined in it: what a system is timed on without a real one."""

from __future__ import annotations

import numpy as np

from osteon.contract import Classify, Input, System
from osteon.geometry import volume_grid
from osteon.types import Datum, Expression, Grid, Image, Lesion, Record, Spectrum, Study, Truth

FILM: dict[str, tuple[tuple[int, ...], str]] = {
    "radiograph": ((2000, 1600), "DX"),
    "scintigram": ((1024, 256), "NM"),
    "tile": ((512, 512, 3), "OT"),
}
VOLUME: dict[str, tuple[tuple[int, int, int], str]] = {
    "ct": ((60, 512, 512), "CT"),
    "mri": ((30, 256, 256), "MR"),
    "pet": ((60, 128, 128), "PT"),
}
AFFINE = np.array([[0, 0, 0.8, 0], [0, 0.8, 0, 0], [3, 0, 0, 0], [0, 0, 0, 1]], dtype=float)
RADIUS = 0.08
"""Of the outlined ellipse, as a share of each side."""


def study_of_noise(system: System, *, volume: tuple[int, int, int] | None = None) -> Study:
    """Return a study of noise for `system`, an ellipse outlined in every image, the first class its label.

    It has every input that can be made up, optional ones too; a slide cannot. Its volumes are of the shape `volume`
    (slices, rows, columns), or of what is usual for their kind when None.
    """
    rng = np.random.default_rng(0)
    data = {i.name: made_up(i, rng, volume=volume) for i in system.inputs if i.kind != "slide"}
    labels = {task.name: task.classes[0] for task in system.tasks if isinstance(task, Classify)}
    masks = {name: _outlined(datum) for name, datum in data.items() if isinstance(datum, Image)}
    lesions = tuple(_lesion(name, mask) for name, mask in masks.items())
    return Study(name="noise", patient="noise", data=data, truth=Truth(labels=labels, masks=masks, lesions=lesions))


def made_up(wanted: Input, rng: np.random.Generator, *, volume: tuple[int, int, int] | None = None) -> Datum:
    """Return noise of the kind that `wanted` is, a volume in this shape if one is given; a table without any value."""
    if wanted.kind in FILM:
        shape, modality = FILM[wanted.kind]
        return _image(Grid(shape=shape[:2], spacing_mm=(0.15, 0.15)), rng.normal(100, 30, shape), modality)
    if wanted.kind in VOLUME:
        usual, modality = VOLUME[wanted.kind]
        shape = volume or usual
        return _image(volume_grid(shape, AFFINE), rng.normal(100, 30, shape), modality)
    if wanted.kind == "spectrum":
        shifts = np.linspace(400, 2000, 1600)
        return Spectrum(shift_per_cm=shifts, counts=rng.normal(1000, 50, shifts.size))
    if wanted.kind == "expression":
        return Expression(genes=(), values=np.zeros(0))
    return Record(values={})


def _image(grid: Grid, pixels: np.ndarray, modality: str) -> Image:
    return Image(grid=grid, modality=modality, load=pixels.astype(np.float32).copy)


def _outlined(image: Image) -> Image:
    """Return a label map of `image` with an ellipse in the middle."""
    shape = image.grid.shape
    axes = np.meshgrid(*(np.linspace(-0.5, 0.5, n) for n in shape), indexing="ij", sparse=True)
    inside = sum((axis / RADIUS) ** 2 for axis in axes) <= 1
    return Image(grid=image.grid, modality=image.modality, unit="label", load=np.asarray(inside, dtype=np.int32).copy)


def _lesion(name: str, mask: Image) -> Lesion:
    places = np.argwhere(mask.read())
    box = (*places.min(axis=0).tolist(), *(places.max(axis=0) + 1).tolist())
    return Lesion(input=name, box_px=box, mask_value=1)
