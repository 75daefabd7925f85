"""A window of a volume: places go where the drawn numbers say, image and mask together."""

import numpy as np
import pytest

from osteon.transforms.chain import chain
from osteon.transforms.warp_volume import WarpVolume, sampled, view
from osteon.types import Sample

STILL = {
    "scale": (1.0, 1.0, 1.0),
    "degrees": (0.0, 0.0, 0.0),
    "mirrored": (False, False, False),
    "place": (0.0, 0.0, 0.0),
    "wander": (0.0, 0.0, 0.0),
}


@pytest.fixture
def volume(rng):
    return rng.random((2, 6, 8, 10)).astype(np.float32)


def test_nothing_drawn_is_nothing_done(volume):
    np.testing.assert_allclose(sampled(volume, {**STILL, "size": (6, 8, 10)}), volume, atol=1e-5)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_mirrors(volume, axis):
    params = {**STILL, "size": (6, 8, 10), "mirrored": tuple(axis == a for a in range(3))}
    np.testing.assert_allclose(sampled(volume, params), np.flip(volume, 1 + axis), atol=1e-5)


def test_a_quarter_turn_about_the_slice_axis(volume):
    square = volume[:, :, :, :8]
    turned = sampled(square, {**STILL, "size": (6, 8, 8), "degrees": (90.0, 0.0, 0.0)})
    quarter = [np.rot90(square, k, axes=(2, 3)) for k in (1, 3)]
    assert min(np.abs(turned - q).max() for q in quarter) < 1e-4


def test_a_small_window_and_a_large_one(volume):
    inner = sampled(volume, {**STILL, "size": (4, 4, 4)})
    np.testing.assert_allclose(inner, volume[:, 1:5, 2:6, 3:7], atol=1e-5)
    outer = sampled(volume, {**STILL, "size": (8, 10, 12)})
    np.testing.assert_allclose(outer[:, 1:-1, 1:-1, 1:-1], volume, atol=1e-5)
    assert outer[:, 0].max() == 0


def test_the_window_reaches_either_end_of_what_it_cannot_cover(volume):
    low, high = (sampled(volume, {**STILL, "size": (4, 4, 4), "place": (p, p, p)}) for p in (-1.0, 1.0))
    np.testing.assert_allclose(low, volume[:, :4, :4, :4], atol=1e-5)
    np.testing.assert_allclose(high, volume[:, -4:, -4:, -4:], atol=1e-5)


def test_zoom_magnifies(rng):
    ball = (sum((g - 15.5) ** 2 for g in np.mgrid[:32, :32, :32]) < 36)[None].astype(np.float32)
    seen = sampled(ball, {**STILL, "size": (32, 32, 32), "scale": (1.5, 1.5, 1.5)})
    assert seen.sum() / ball.sum() == pytest.approx(1.5**3, rel=0.05)
    turned = view((32, 32, 32), {**STILL, "size": (32, 32, 32), "degrees": (20.0, 10.0, 5.0)})
    assert np.linalg.det(turned[:, :3]) == pytest.approx(1.0)


def test_image_and_mask_move_together_and_the_step_is_noted(rng):
    image = rng.random((1, 20, 18, 22)).astype(np.float32)
    sample = Sample(study="s", patient="p", inputs={"image": image}, targets={"mask": image.copy()})
    seen = chain(WarpVolume(size=(12, 12, 12)))(sample, rng)
    assert seen.inputs["image"].shape == (1, 12, 12, 12)
    np.testing.assert_array_equal(seen.inputs["image"], seen.targets["mask"])
    again = WarpVolume(size=(12, 12, 12)).apply(sample, seen.steps[-1])
    np.testing.assert_array_equal(again.inputs["image"], seen.inputs["image"])


def test_draws_lie_within_their_ranges(rng):
    warp = WarpVolume(size=(8, 8, 8), zoom=(0.5, 2.0), degrees=(30.0, 10.0, 5.0))
    found = [warp.draw(rng).params for _ in range(300)]
    assert np.abs([p["degrees"] for p in found]).max(axis=0) == pytest.approx([30, 10, 5], rel=0.1)
    scales = np.array([p["scale"] for p in found])
    assert scales.min() >= 0.5 * np.exp(-0.1)
    assert scales.max() <= 2.0 * np.exp(0.1)
    assert 0.4 < np.mean([p["mirrored"] for p in found]) < 0.6
