"""Cut an image or a slide into square patches on a grid, and put values of patches back as a map."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from osteon.errors import GeometryError
from osteon.transforms import resize
from osteon.types import Slide, Step

WHITE = 255


def grid(shape: tuple[int, int], *, size: int) -> tuple[int, int]:
    """Return how many (rows, columns) of patches of `size` pixels cover an image of `shape`."""
    return -(-shape[0] // size), -(-shape[1] // size)


def patches(pixels: np.ndarray, *, size: int) -> Iterator[tuple[Step, np.ndarray]]:
    """Yield each patch of `pixels` (rows, columns, 3) with its step, row by row; white beyond the edge."""
    shape = (pixels.shape[0], pixels.shape[1])
    for row, column in np.ndindex(grid(shape, size=size)):
        patch = pixels[row * size : (row + 1) * size, column * size : (column + 1) * size]
        yield _step(row, column, size=size, shape=shape), _fill(patch, size)


def slide_patches(slide: Slide, *, size: int, um_per_pixel: float) -> Iterator[tuple[Step, np.ndarray]]:
    """Yield each patch of `size` pixels of `um_per_pixel` of `slide` with its step, row by row, one in memory.

    Read at the coarsest level that is at least as fine, then resized.

    Raises:
        GeometryError: The slide states no pixel size.

    """
    level, factor = _level(slide, um_per_pixel)
    width, height = slide.levels[level]
    shape = (round(height / factor), round(width / factor))
    for row, column in np.ndindex(grid(shape, size=size)):
        left, top = round(column * size * factor), round(row * size * factor)
        right, bottom = (min(round((n + 1) * size * factor), end) for n, end in ((column, width), (row, height)))
        pixels = slide.read_region(left, top, right - left, bottom - top, level)
        patch_shape = (min(size, shape[0] - row * size), min(size, shape[1] - column * size))
        yield _step(row, column, size=size, shape=shape), _fill(_shrink(pixels, patch_shape), size)


def is_tissue(patch: np.ndarray, *, share: float = 0.05, saturation: float = 0.07) -> bool:
    """Return whether more than `share` of the pixels of `patch` (rows, columns, 3) is coloured, not glass."""
    brightest, darkest = patch.max(axis=-1).astype(np.float32), patch.min(axis=-1).astype(np.float32)
    return bool(((brightest - darkest) > saturation * np.maximum(brightest, 1)).mean() > share)


def assemble(values: Iterable[tuple[Step, np.ndarray | float]], *, fill: float = 0.0) -> np.ndarray:
    """Return the map of the patches' values, one cell a patch: (rows, columns) or (rows, columns, n)."""
    found = [(step.params, np.asarray(value, dtype=np.float32)) for step, value in values]
    first, example = found[0]
    cells = np.full((*grid(first["shape"], size=first["size"]), *example.shape), fill, dtype=np.float32)
    for params, value in found:
        cells[params["row"], params["column"]] = value
    return cells


def spread(cells: np.ndarray, step: Step, *, shape: tuple[int, int]) -> np.ndarray:
    """Return a map of cells (rows, columns) drawn out to an image of `shape`, the patched one at any size."""
    size, patched = step.params["size"], step.params["shape"]
    rows, columns = (
        ((np.arange(n) + 0.5) * covered / n / size).astype(int) for n, covered in zip(shape, patched, strict=True)
    )
    return cells[rows[:, None], columns[None, :]]


def shrink(pixels: np.ndarray, *, factor: float) -> np.ndarray:
    """Return `pixels` (rows, columns, 3) uint8 with `factor` times fewer of them along each side."""
    return _shrink(pixels, (max(1, round(pixels.shape[0] / factor)), max(1, round(pixels.shape[1] / factor))))


def _step(row: int, column: int, *, size: int, shape: tuple[int, int]) -> Step:
    return Step(name="tile_patch", params={"row": row, "column": column, "size": size, "shape": shape})


def _fill(patch: np.ndarray, size: int) -> np.ndarray:
    padding = ((0, size - patch.shape[0]), (0, size - patch.shape[1]), (0, 0))
    return np.pad(patch, padding, constant_values=WHITE)


def _level(slide: Slide, um_per_pixel: float) -> tuple[int, float]:
    """Return the level to read and how many of its pixels make one of `um_per_pixel`."""
    if slide.um_per_pixel is None:
        msg = (
            f"The slide states no pixel size, so patches at {um_per_pixel} um/pixel cannot be cut; "
            "use a slide that states um/pixel, or cut tiles yourself."
        )
        raise GeometryError(msg)
    full = slide.levels[0][0]
    factors = [um_per_pixel / (slide.um_per_pixel[0] * full / width) for width, _ in slide.levels]
    fine = [i for i, factor in enumerate(factors) if factor >= 0.99]
    best = fine[-1] if fine else 0
    return best, factors[best]


def _shrink(pixels: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    if pixels.shape[:2] == shape:
        return pixels
    planes = resize.apply(pixels.transpose(2, 0, 1), resize.draw(pixels.shape[:2], to=shape))
    return planes.transpose(1, 2, 0).round().clip(0, WHITE).astype(np.uint8)
