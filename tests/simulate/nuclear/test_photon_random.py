import math

import numpy as np
import pytest

from osteon.simulate.nuclear.photon_random import direction, normal_pair, states, uniform

MASK = 2**64 - 1


def reference(state, count):
    """xoshiro256+ in Python's integers."""
    s = [int(word) for word in state]
    out = []
    for _ in range(count):
        out.append(((s[0] + s[3]) & MASK) >> 11)
        shifted = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = ((s[3] << 45) | (s[3] >> 19)) & MASK
    return np.array(out) / 2.0**53


@pytest.fixture
def state(rng):
    return states(rng, blocks=1)[0]


def test_numbers_are_those_of_the_published_generator(state):
    wanted = reference(state, 1000)
    assert np.array_equal([uniform(state) for _ in range(1000)], wanted)


def test_first_outputs_of_a_known_state():
    state = np.array([1, 2, 3, 4], np.uint64)
    assert uniform(state) == (5 >> 11) / 2**53
    assert state.tolist() == [7, 0, 262146, 211106232532992]


def test_uniform_fills_the_unit_interval_evenly(state):
    numbers = np.array([uniform(state) for _ in range(20_000)])
    assert numbers.min() >= 0
    assert numbers.max() < 1
    counts = np.histogram(numbers, bins=20, range=(0, 1))[0]
    assert ((counts - 1000) ** 2 / 1000).sum() < 43.8  # chi-squared of 19 degrees, p = 0.001


def test_normal_pairs_are_normal_and_unrelated(state):
    pairs = np.array([normal_pair(state) for _ in range(20_000)])
    assert pairs.mean(axis=0) == pytest.approx([0, 0], abs=0.03)
    assert np.cov(pairs.T) == pytest.approx(np.eye(2), abs=0.04)
    assert (np.abs(pairs) < 1).mean() == pytest.approx(math.erf(1 / 2**0.5), abs=0.01)


def test_directions_are_unit_and_alike(state):
    found = np.array([direction(state) for _ in range(20_000)])
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0)
    assert found.mean(axis=0) == pytest.approx([0, 0, 0], abs=0.02)
    assert (found**2).mean(axis=0) == pytest.approx([1 / 3] * 3, abs=0.01)


def test_blocks_differ_and_follow_the_seed():
    one = states(np.random.default_rng(1), blocks=4)
    assert one.shape == (4, 4)
    assert one.dtype == np.uint64
    assert len({tuple(row) for row in one.tolist()}) == 4
    assert np.array_equal(one, states(np.random.default_rng(1), blocks=4))
    assert not np.array_equal(one, states(np.random.default_rng(2), blocks=4))
