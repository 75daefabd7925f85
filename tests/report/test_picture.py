import base64
import io
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from osteon.report import picture


def opened(uri):
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


def test_the_outline_runs_along_the_edges_of_the_mask():
    mask = np.zeros((20, 30), bool)
    mask[5:9, 10:16] = True
    xs, ys = zip(*re.findall(r"([\d.]+) ([\d.]+)", picture.path(mask)), strict=True)
    assert min(map(float, xs)) == pytest.approx(10, abs=0.5)
    assert max(map(float, xs)) == pytest.approx(16, abs=0.5)
    assert min(map(float, ys)) == pytest.approx(5, abs=0.5)
    assert max(map(float, ys)) == pytest.approx(9, abs=0.5)


def test_a_mask_at_the_border_is_closed():
    assert picture.path(np.ones((4, 4))).count("Z") == 1


def test_a_large_film_is_shrunk_and_keeps_its_shape(rng):
    made = picture.plate(rng.random((3000, 2000)).astype(np.float32))
    assert (made.width, made.height) == (2000, 3000)
    assert opened(made.image).size == (733, 1100)


def test_the_veil_is_clear_where_it_is_cold():
    heat = np.zeros((50, 50), np.float32)
    heat[20:30, 20:30] = 1
    alpha = np.asarray(opened(picture.plate(np.zeros((50, 50)), heat=heat).veil))[..., 3]
    assert alpha[0, 0] == 0
    assert alpha[25, 25] > 150


def test_values_that_are_not_numbers_do_no_harm():
    pixels = np.full((10, 10), np.nan, np.float32)
    assert picture.grey(pixels).max() == 0


def test_no_mask_no_outline(rng):
    made = picture.plate(rng.random((10, 10)), mask=np.zeros((10, 10)))
    assert made.outline is None
    assert made.veil is None


@given(seed=st.integers(0, 10**6), scale=st.floats(1e-3, 1e6), shift=st.floats(-1e5, 1e5))
@settings(max_examples=30, deadline=None)
def test_grey_does_not_depend_on_the_scanners_units(seed, scale, shift):
    pixels = np.random.default_rng(seed).random((12, 9))
    one, other = picture.grey(pixels), picture.grey(pixels * scale + shift)
    assert one.dtype == np.uint8
    assert (one.min(), one.max()) == (0, 255)
    if scale > 1e-2 * abs(shift) + 1e-2:
        assert np.abs(one.astype(int) - other.astype(int)).max() <= 4


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0, 7.0])
def test_a_picture_of_one_value_is_still_a_picture(value):
    made = picture.plate(np.full((30, 20), value, np.float32))
    assert opened(made.image).size == (20, 30)


def test_the_box_and_size_stay_in_the_source_s_pixels(rng):
    mask = np.zeros((2400, 1800), bool)
    mask[100:300, 200:500] = True
    made = picture.plate(rng.random((2400, 1800)).astype(np.float32), mask=mask, box_px=(100, 200, 300, 500))
    numbers = np.array(re.findall(r"([\d.]+) ([\d.]+)", made.outline), float)
    assert made.box_px == (100, 200, 300, 500)
    assert numbers.max(0) == pytest.approx([500, 300], abs=1)
    assert numbers.min(0) == pytest.approx([200, 100], abs=1)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_each_region_has_its_own_closed_path_and_a_hole_too(count):
    mask = np.zeros((20, 60), bool)
    for k in range(count):
        mask[5:12, 10 * k + 2 : 10 * k + 9] = True
    assert picture.path(mask).count("Z") == picture.path(mask).count("M") == count
    mask[8, 5] = False
    assert picture.path(mask).count("Z") == count + 1
