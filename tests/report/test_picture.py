import base64
import io
import re

import numpy as np
import pytest
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
