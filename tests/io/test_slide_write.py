"""What is written opens in OpenSlide with its um/pixel and its pixels, whatever its size, and the same twice."""

import errno
import tracemalloc

import numpy as np
import openslide
import pytest
import tifffile

from osteon.errors import RequestError, ResumableError
from osteon.io import slide
from osteon.io.slide_write import Layout, write


def region_of(pixels):
    """Return the reader of an array, which counts its calls and refuses to be asked for more."""

    def region(x, y, width, height):
        assert x + width <= pixels.shape[1]
        assert y + height <= pixels.shape[0]
        region.pixels += width * height
        return pixels[y : y + height, x : x + width]

    region.pixels = 0
    return region


def halved(pixels):
    """Halve by hand, with the same rounding."""
    rows, columns = max(1, pixels.shape[0] // 2), max(1, pixels.shape[1] // 2)
    whole = np.pad(pixels, ((0, 2), (0, 2), (0, 0)), mode="edge")[: 2 * rows, : 2 * columns].astype(int)
    return (whole.reshape(rows, 2, columns, 2, 3).sum((1, 3)) + 2) // 4


def smooth(rng, height, width):
    coarse = rng.integers(60, 255, (height // 16 + 1, width // 16 + 1, 3)).astype(np.uint8)
    return coarse.repeat(16, 0).repeat(16, 1)[:height, :width]


@pytest.mark.parametrize("size", [(300, 200), (64, 64), (129, 257), (1, 200), (200, 1), (131, 65), (20, 10)])
def test_every_level_is_stored_whole(tmp_path, rng, size):
    pixels = rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    layout = Layout(size_px=size, um_per_pixel=(0.5, 0.5), tile_px=64, jpeg_quality=None)
    region = region_of(pixels)
    write(tmp_path / "a.tif", region, layout=layout)
    assert region.pixels == size[0] * size[1]
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        stored = [page.asarray() for page in tiff.pages]
    assert [(s.shape[1], s.shape[0]) for s in stored] == layout.sizes()
    expected = pixels
    for level in stored:
        assert np.array_equal(level, expected)
        expected = halved(expected)


def test_openslide_opens_it_with_its_resolution(tmp_path, rng):
    pixels = smooth(rng, 700, 900)
    layout = Layout(size_px=(900, 700), um_per_pixel=(0.25, 0.5), tile_px=256, description="simulated")
    write(tmp_path / "a.tif", region_of(pixels), layout=layout)
    opened = openslide.OpenSlide(tmp_path / "a.tif")
    assert opened.level_dimensions == ((900, 700), (450, 350), (225, 175))
    assert float(opened.properties["openslide.mpp-x"]) == pytest.approx(0.25)
    assert float(opened.properties["openslide.mpp-y"]) == pytest.approx(0.5)
    assert opened.properties["tiff.ImageDescription"] == "simulated"
    assert np.abs(np.asarray(opened.read_region((0, 0), 0, (900, 700)))[..., :3] - pixels.astype(int)).mean() < 6


def test_our_own_reader_opens_it(tmp_path, rng):
    pixels = smooth(rng, 300, 280)
    layout = Layout(size_px=(280, 300), um_per_pixel=(0.5, 0.5), tile_px=128, jpeg_quality=None)
    write(tmp_path / "a.tif", region_of(pixels), layout=layout)
    opened = slide.read(tmp_path / "a.tif")
    assert opened.um_per_pixel == pytest.approx((0.5, 0.5))
    assert np.array_equal(opened.read_region(40, 150, 200, 120, 0), pixels[150:270, 40:240])


@pytest.mark.parametrize("quality", [85, None])
def test_the_same_pixels_give_the_same_bytes(tmp_path, rng, quality):
    pixels = smooth(rng, 200, 300)
    layout = Layout(size_px=(300, 200), um_per_pixel=(0.5, 0.5), tile_px=64, jpeg_quality=quality)
    for name in ("a.tif", "b.tif"):
        write(tmp_path / name, region_of(pixels), layout=layout)
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_memory_stays_at_rows_of_tiles(tmp_path):
    tile, size = np.full((128, 128, 3), 200, np.uint8), (2048, 6144)
    layout = Layout(size_px=size, um_per_pixel=(0.5, 0.5), tile_px=128)
    tracemalloc.start()
    write(tmp_path / "a.tif", lambda _x, _y, width, height: tile[:height, :width], layout=layout)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    row = 128 * size[0] * 3
    assert peak < 8 * row < size[0] * size[1] * 3 / 5


def test_a_failure_leaves_nothing(tmp_path):
    def region(_x, y, width, height):
        if y:
            raise OSError(errno.ENOSPC, "No space left on device")
        return np.zeros((height, width, 3), np.uint8)

    with pytest.raises(ResumableError):
        write(tmp_path / "a.tif", region, layout=Layout(size_px=(64, 300), um_per_pixel=(1, 1), tile_px=64))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wrong", [{"size_px": (0, 5)}, {"um_per_pixel": (0.0, 1.0)}, {"tile_px": 100}])
def test_a_layout_that_cannot_be_meant_is_refused(tmp_path, wrong):
    layout = Layout(**({"size_px": (64, 64), "um_per_pixel": (1.0, 1.0)} | wrong))
    with pytest.raises(RequestError, match="multiple of 16"):
        write(tmp_path / "a.tif", lambda *_: None, layout=layout)
