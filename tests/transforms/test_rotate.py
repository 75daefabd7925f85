"""A turn by 90 degrees is a quarter turn; a small one comes back but for the corners."""

import numpy as np
import pytest
from scipy import ndimage

from osteon.transforms.rotate import Rotate, undo
from osteon.types import Sample, Step


def _turn(image, degrees):
    step = Step(name="rotate", params={"degrees": degrees})
    return Rotate().apply(Sample(study="s", patient="p", inputs={"image": image}), step).inputs["image"], step


def test_ninety_degrees_is_a_quarter_turn(rng):
    image = rng.random((2, 9, 9))
    turned, _ = _turn(image, 90.0)
    assert np.allclose(turned, np.rot90(image, axes=(-2, -1)))


def test_undo_inside(rng):
    image = ndimage.gaussian_filter(rng.random((1, 64, 64)), (0, 5, 5))
    turned, step = _turn(image, 12.0)
    back = undo(turned, step)
    assert np.abs(back - image)[:, 16:-16, 16:-16].max() < 0.02 * np.ptp(image)


def test_the_angle_is_within_its_range(rng):
    angles = [Rotate(degrees=(-5, 20)).draw(rng).params["degrees"] for _ in range(200)]
    assert -5 <= min(angles) < 0 < max(angles) <= 20


@pytest.mark.parametrize("degrees", [-15.0, 7.0])
def test_float32_stays(degrees, rng):
    assert _turn(rng.random((1, 8, 8)).astype(np.float32), degrees)[0].dtype == np.float32
