"""Patches cover an image once; what is put back lies where it was cut; slides at any magnification."""

import numpy as np
import pytest

from osteon.errors import GeometryError
from osteon.transforms import tile_patches
from tests import phantoms


@pytest.mark.parametrize("shape", [(128, 128), (130, 250), (1, 1), (300, 64)])
def test_patches_cover_the_image_once(shape, rng):
    pixels = rng.integers(0, 255, (*shape, 3), dtype=np.uint8)
    back = np.zeros_like(pixels)
    for step, patch in tile_patches.patches(pixels, size=64):
        assert patch.shape == (64, 64, 3)
        row, column = step.params["row"] * 64, step.params["column"] * 64
        height, width = (min(64, n - start) for n, start in zip(shape, (row, column), strict=True))
        back[row : row + 64, column : column + 64] += patch[:height, :width]
        assert (patch[height:] == 255).all()
    assert np.array_equal(back, pixels)


def test_a_map_spread_over_its_pixels(rng):
    pixels = rng.integers(0, 255, (130, 250, 3), dtype=np.uint8)
    cut = list(tile_patches.patches(pixels, size=64))
    cells = tile_patches.assemble([(step, patch[0, 0, 0]) for step, patch in cut])
    assert cells.shape == (3, 4)
    spread = tile_patches.spread(cells, cut[0][0], shape=(130, 250))
    assert spread.shape == (130, 250)
    expected = pixels[np.arange(130)[:, None] // 64 * 64, np.arange(250)[None] // 64 * 64, 0]
    assert np.array_equal(spread, expected)


def test_a_map_of_a_shrunken_image_comes_back_to_its_pixels():
    pixels = np.zeros((200, 300, 3), dtype=np.uint8)
    pixels[100:, 200:] = 200
    small = tile_patches.shrink(pixels, factor=2)
    assert small.shape == (100, 150, 3)
    cut = list(tile_patches.patches(small, size=50))
    cells = tile_patches.assemble([(step, patch.mean()) for step, patch in cut])
    spread = tile_patches.spread(cells, cut[0][0], shape=(200, 300))
    assert (spread[101:, 201:] > 190).all()
    assert (spread[:99, :] < 10).all()


def test_cells_that_were_left_out_are_filled(rng):
    cut = list(tile_patches.patches(np.zeros((100, 100, 3), dtype=np.uint8), size=50))
    cells = tile_patches.assemble([(cut[3][0], np.array([1.0, 2.0]))], fill=-1)
    assert cells[1, 1].tolist() == [1, 2]
    assert (cells[0] == -1).all()


@pytest.mark.parametrize("um_per_pixel", [0.25, 0.4, 0.5, 1.0])
def test_a_slide_is_cut_by_the_micrometre(um_per_pixel):
    """A ramp along x in micrometres reads the same in every slide, whichever level is used."""
    width, height = round(400 / um_per_pixel), round(200 / um_per_pixel)
    ramp = ((np.arange(width) + 0.5) * um_per_pixel / 2).round().astype(np.uint8)
    slide = phantoms.slide_of(
        np.broadcast_to(ramp[None, :, None], (height, width, 3)).copy(), um_per_pixel=um_per_pixel
    )
    cut = {
        (s.params["row"], s.params["column"]): p
        for s, p in tile_patches.slide_patches(slide, size=100, um_per_pixel=1.0)
    }
    assert set(cut) == {(r, c) for r in range(2) for c in range(4)}
    assert cut[1, 2].shape == (100, 100, 3)
    assert abs(float(cut[1, 2][50, 50, 0]) - 125) <= 2  # 250 um from the left, two to a step
    assert abs(float(cut[0, 3][10, 90, 2]) - 195) <= 2


def test_a_slide_without_scale_is_refused():
    slide = phantoms.slide_of(np.zeros((50, 50, 3), dtype=np.uint8), um_per_pixel=None)
    with pytest.raises(GeometryError, match="no pixel size"):
        next(tile_patches.slide_patches(slide, size=10, um_per_pixel=1.0))


def test_glass_and_tissue():
    assert not tile_patches.is_tissue(np.full((32, 32, 3), 240, dtype=np.uint8))
    assert not tile_patches.is_tissue(np.full((32, 32, 3), 0, dtype=np.uint8))
    assert tile_patches.is_tissue(np.tile(np.array([200, 120, 160], dtype=np.uint8), (32, 32, 1)))
