"""Suspicious places: the highest first, apart from each other, as wide as what lies there."""

import numpy as np
import pytest

from osteon.transforms.places import APART, broad_place, places


@pytest.fixture
def logits():
    rng = np.random.default_rng(0)
    noise = rng.normal(-6, 0.1, (128, 96)).astype(np.float32)
    noise[20:30, 40:70] = 3.0
    noise[25, 50] = 3.5
    noise[100:104, 10:12] = 2.0
    noise[60, 60] = 1.0
    return noise


def test_places_come_in_order_with_their_widths(logits):
    found = places(logits, count=3)
    assert found[:, :3].tolist() == [[24.5, 54.5, 30.0], [101.5, 10.5, 4.0], [60.0, 60.0, 1.0]]
    assert found[:, 3].tolist() == [3.5, 2.0, 1.0]


def test_no_two_places_are_near_each_other():
    rng = np.random.default_rng(1)
    spots = np.full((128, 128), -9.0, np.float32)
    spots[tuple(rng.integers(0, 128, (2, 40)))] = rng.normal(0, 3, 40)
    found = places(spots, count=6)
    apart = np.abs(found[:, None, :2] - found[None, :, :2]).max(axis=-1) + 999 * np.eye(6)
    assert apart.min() > APART
    assert (np.diff(found[:, 3]) <= 0).all()


def test_a_map_with_too_few_places_repeats_the_last():
    found = places(np.zeros((8, 8), np.float32), count=3)
    assert found.shape == (3, 4)
    assert (found == found[0]).all()
    assert found[0].tolist() == [3.5, 3.5, 8.0, 0.0]


def test_a_broad_place_outweighs_a_single_pixel(logits):
    logits[110, 80] = 30.0
    row, column, logit = broad_place(logits)
    assert 20 <= row < 30
    assert 40 <= column < 70
    assert logit == pytest.approx(3.0, abs=0.05)
