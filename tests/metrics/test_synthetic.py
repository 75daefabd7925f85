"""Likeness of drawn pictures to taken ones, and copies."""

import numpy as np
import pytest
from scipy import linalg

from osteon.errors import RequestError
from osteon.metrics.synthetic import copies, frechet_distance, nearest


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_the_distance_is_that_of_the_formula(rng):
    a, b = rng.normal(size=(80, 5)), rng.normal(size=(60, 5)) @ rng.normal(size=(5, 5)) + 1
    first, second = np.cov(a.T), np.cov(b.T)
    root = np.real(linalg.sqrtm(first @ second))
    expected = np.square(a.mean(0) - b.mean(0)).sum() + np.trace(first + second - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(b, a) == pytest.approx(expected, rel=1e-6)


def test_it_is_defined_with_fewer_pictures_than_features(rng):
    few = rng.normal(size=(10, 200))
    assert frechet_distance(few, few) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(few, few + 1) == pytest.approx(200, rel=1e-6)


def test_sets_that_cannot_be_compared_are_refused(rng):
    with pytest.raises(RequestError, match="same features"):
        frechet_distance(rng.normal(size=(5, 3)), rng.normal(size=(5, 4)))
    with pytest.raises(RequestError, match="at least 2"):
        frechet_distance(rng.normal(size=(1, 3)), rng.normal(size=(5, 3)))


def test_copies_of_what_was_trained_on_are_seen(rng):
    trained, held_out = rng.normal(size=(50, 8)), rng.normal(size=(50, 8))
    found = copies(trained + rng.normal(scale=0.01, size=trained.shape), trained=trained, held_out=held_out)
    assert found.share == 1
    assert found.low > found.expected == 0.5


def test_fresh_pictures_of_the_same_kind_are_no_copies(rng):
    trained, held_out = rng.normal(size=(120, 8)), rng.normal(size=(40, 8))
    found = copies(rng.normal(size=(200, 8)), trained=trained, held_out=held_out)
    assert found.low <= found.expected == 0.75 <= found.high
    assert found.n == 200


def test_the_nearest_is_found(rng):
    rows, among = rng.normal(size=(6, 4)), rng.normal(size=(9, 4))
    expected = np.linalg.norm(rows[:, None] - among[None], axis=-1).min(axis=1)
    assert nearest(rows, among) == pytest.approx(expected)
    with pytest.raises(RequestError, match="all three kinds"):
        copies(rows, trained=among, held_out=among[:0])
