"""Hamamatsu's NDPI through OpenSlide, on files made here: size, scale and pixels of each level."""

import numpy as np
import pytest
from ndpi_maker import ndpi, pyramid

from osteon.errors import InputError
from osteon.io import files, slide
from osteon.io.kinds import Kind, kind_of

pytest.importorskip("openslide", reason='pip install "osteon[slides]"')


def test_levels_scale_and_vendor(tmp_path):
    found = slide.read(ndpi(tmp_path / "a.ndpi", pyramid(), um_per_pixel=0.23))
    assert found.levels[:2] == ((256, 256), (128, 128))
    assert found.um_per_pixel == pytest.approx((0.23, 0.23), rel=1e-4)
    assert (found.vendor, found.notes) == ("hamamatsu", ())


@pytest.mark.parametrize(("x", "y", "level"), [(0, 0, 0), (10, 20, 0), (201, 180, 0), (30, 40, 1)])
def test_pixels_are_those_written(tmp_path, x, y, level):
    found = slide.read(ndpi(tmp_path / "a.ndpi", pyramid()))
    tile = found.read_region(x, y, 50, 60, level)
    assert tile.shape == (60, 50, 3)
    wanted = pyramid()[level][y : y + 60, x : x + 50]
    assert np.abs(tile.astype(int) - wanted).max() <= 6


def test_a_folder_of_slides_finds_it(tmp_path):
    path = ndpi(tmp_path / "a.ndpi", pyramid())
    assert kind_of(path) is Kind.SLIDE
    (one,) = files.scan([tmp_path]).items
    assert one.about == "slide, 256 x 256"


def test_known_by_its_content_under_another_name(tmp_path):
    assert kind_of(ndpi(tmp_path / "a.tif", pyramid())) is Kind.SLIDE


def test_cut_off_or_damaged_is_refused(tmp_path):
    path = ndpi(tmp_path / "a.ndpi", pyramid())
    whole = path.read_bytes()
    for raw in (whole[: len(whole) // 2], b"II*\0" + bytes(200), b""):
        path.write_bytes(raw)
        with pytest.raises(InputError):
            slide.read(path)
