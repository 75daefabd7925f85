import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.cohorts.checks.looks import CORNER, looks, shrink
from osteon.types import Cohort, Grid, Image, Slide, Spectrum, Study


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 12), st.integers(1, 12))
def test_shrinking_averages(rows, columns, to_rows, to_columns):
    array = np.random.default_rng(rows * columns).normal(size=(rows, columns))
    small = shrink(array, (to_rows, to_columns))
    assert small.shape == (to_rows, to_columns)
    assert small.min() >= array.min() - 1e-9
    assert small.max() <= array.max() + 1e-9
    if rows % to_rows == 0 and columns % to_columns == 0:
        blocks = array.reshape(to_rows, rows // to_rows, to_columns, columns // to_columns).mean(axis=(1, 3))
        assert small == pytest.approx(blocks)


def one(datum):
    return next(iter(looks(Cohort(name="c", studies=(Study(name="s", patient="p", data={"x": datum}),)))))


def image(pixels, *, shape=None, **more):
    return Image(grid=Grid(shape=shape or pixels.shape), modality="OT", load=lambda: pixels, **more)


def test_colour_time_and_slides():
    rng = np.random.default_rng(0)
    grey = rng.normal(size=(40, 50)).astype(np.float32)
    colour = one(image(np.stack([grey] * 3, axis=-1), shape=(40, 50)))
    assert colour.signature == pytest.approx(one(image(grey)).signature, abs=1e-5)
    moving = one(image(np.stack([grey] * 4), shape=(40, 50), times_s=(0.0, 1.0, 2.0, 3.0)))
    assert moving.signature == pytest.approx(colour.signature, abs=1e-5)
    slide = Slide(
        path="x.svs",
        levels=((400, 300), (100, 75)),
        um_per_pixel=None,
        read_region=lambda x, y, w, h, level: rng.integers(0, 255, (h, w, 3), dtype=np.uint8),
    )
    assert one(slide).coarse.shape == (64,)


def test_corners_are_four_in_order():
    pixels = np.zeros((64, 64), np.float32)
    pixels[:8, -8:] = 1
    corners = one(image(pixels)).corners.reshape(4, CORNER, CORNER)
    assert corners.mean(axis=(1, 2)).argmax() == 1


def test_small_images_have_no_corners():
    assert one(image(np.arange(100.0).reshape(10, 10))).corners is None


def test_spectra_are_alike_by_their_noise_alone():
    rng = np.random.default_rng(0)
    axis = np.linspace(400, 1700, 900)
    bands = 1e4 * np.exp(-(((axis - 1000) / 40) ** 2)) + 2e4
    first, second, copy = bands + rng.normal(size=900) * 30, bands + rng.normal(size=900) * 30, None
    copy = first * 1.3 + 50
    looked = [one(Spectrum(shift_per_cm=axis, counts=c)) for c in (first, second, copy)]
    assert looked[0].signature @ looked[2].signature > 0.99
    assert looked[0].signature @ looked[1].signature < 0.5
