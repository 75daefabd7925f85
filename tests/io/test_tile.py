"""What is written as a tile comes back with its pixels and its um/pixel, here and in OpenSlide, and twice the same."""

from __future__ import annotations

import numpy as np
import openslide
import pytest
import tifffile

from osteon.errors import InputError
from osteon.io import files, picture, simulated, tile
from osteon.types import Image


@pytest.fixture
def pixels(rng) -> np.ndarray:
    return rng.integers(0, 256, (300, 270, 3), dtype=np.uint8)


@pytest.mark.parametrize("um_per_pixel", [0.25, 0.5, 1.0, 2.0 / 3.0])
def test_pixels_and_micrometres_come_back(tmp_path, pixels, um_per_pixel):
    tile.write(tmp_path / "a.tif", pixels, um_per_pixel=um_per_pixel)
    found = files.open_image(tmp_path / "a.tif")
    assert isinstance(found, Image), "one cut from a slide is no slide"
    assert np.array_equal(found.read(), pixels)
    assert found.grid.spacing_mm == pytest.approx((um_per_pixel / 1000.0,) * 2, rel=1e-6)
    assert found.notes == ()


def test_openslide_finds_the_same_micrometres(tmp_path, pixels):
    tile.write(tmp_path / "a.tif", pixels, um_per_pixel=0.5)
    with openslide.OpenSlide(str(tmp_path / "a.tif")) as opened:
        assert opened.level_dimensions == ((270, 300),)
        assert float(opened.properties["openslide.mpp-x"]) == pytest.approx(0.5, rel=1e-4)
        assert np.array_equal(np.asarray(opened.read_region((0, 0), 0, (270, 300)))[..., :3], pixels)


def test_the_same_pixels_give_the_same_bytes(tmp_path, pixels):
    for name in ("a.tif", "b.tif"):
        tile.write(tmp_path / name, pixels, um_per_pixel=1.0, note="Simulated")
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_a_simulated_tile_says_so(tmp_path, pixels):
    tile.write(tmp_path / "a.tif", pixels, um_per_pixel=1.0, note=simulated.SAYS)
    assert simulated.is_simulated(picture.read(tmp_path / "a.tif"))
    assert simulated.SAYS.encode() in (tmp_path / "a.tif").read_bytes()


@pytest.mark.parametrize(
    "how",
    [
        {"resolution": (300, 300), "resolutionunit": "inch", "tile": (16, 16)},
        {"resolution": (118, 118), "resolutionunit": "centimeter"},
        {"resolution": ((0, 1), (0, 1)), "resolutionunit": "centimeter", "tile": (16, 16)},
        {"tile": (16, 16)},
    ],
)
def test_how_a_page_is_to_be_printed_is_no_spacing(tmp_path, pixels, how):
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", **how)
    assert picture.read(tmp_path / "a.tif").grid.spacing_mm is None


@pytest.mark.parametrize("stored", [None, (1, 0), (0, 1), (0, 0)])
def test_a_resolution_that_is_no_number_is_none(stored):
    assert tile._ratio(stored) == 0.0


@pytest.mark.parametrize("turn", [1, 6])
def test_rows_and_columns_keep_their_own_spacing_when_turned(tmp_path, pixels, turn):
    tifffile.imwrite(
        tmp_path / "a.tif", pixels, photometric="rgb", tile=(16, 16), resolution=(10_000, 5_000),
        resolutionunit="centimeter", extratags=[(picture.ORIENTATION, 3, 1, turn, True)],
    )  # fmt: skip
    grid = picture.read(tmp_path / "a.tif").grid
    expected = ((300, 270), (0.002, 0.001)) if turn == 1 else ((270, 300), (0.001, 0.002))
    assert (grid.shape, grid.spacing_mm) == expected


@pytest.mark.parametrize(
    ("wrong", "um_per_pixel"),
    [(np.zeros((4, 4), np.uint8), 1.0), (np.zeros((4, 4, 4), np.uint8), 1.0), (np.zeros((4, 4, 3)), 1.0),
     (np.zeros((4, 4, 3), np.uint8), 0.0), (np.zeros((4, 4, 3), np.uint8), float("nan"))],
)  # fmt: skip
def test_what_is_no_tile_is_refused_and_leaves_nothing(tmp_path, wrong, um_per_pixel):
    with pytest.raises(InputError, match="a tile is uint8 RGB"):
        tile.write(tmp_path / "a.tif", wrong, um_per_pixel=um_per_pixel)
    assert not list(tmp_path.iterdir())
