"""Bins lie where they are said to, and every neighbour is looked at once."""

import itertools

import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.transforms.radiomics import levels

INSIDE = np.ones(6, bool)


def test_bins_of_a_width_lie_at_its_multiples():
    values = np.array([-30.0, -25.0, -0.1, 0.0, 24.9, 25.0])
    assert levels.discretise(values, INSIDE, bin_width=25).tolist() == [1, 2, 2, 3, 3, 4]
    assert levels.discretise(values + 1000, INSIDE, bin_width=25).tolist() == [1, 2, 2, 3, 3, 4]


def test_bins_of_a_count_divide_the_range():
    values = np.array([0.0, 2.4, 2.5, 5.0, 9.9, 10.0])
    assert levels.discretise(values, INSIDE, bin_count=4).tolist() == [1, 1, 2, 3, 4, 4]
    assert levels.discretise(np.full(6, 7.0), INSIDE, bin_count=4).tolist() == [1] * 6


def test_outside_is_no_level():
    values, mask = np.array([5.0, np.nan, 30.0]), np.array([True, False, True])
    assert levels.discretise(values, mask, bin_width=10).tolist() == [1, 0, 4]


@pytest.mark.parametrize(
    "wrong", [{}, {"bin_width": 5, "bin_count": 5}, {"bin_width": 0}, {"bin_count": -3}, {"bin_width": 1e-6}]
)
def test_bins_that_cannot_be_meant_are_refused(wrong):
    with pytest.raises(RequestError, match="give"):
        levels.discretise(np.array([0.0, 1.0]), np.ones(2, bool), **wrong)


@pytest.mark.parametrize(("flat", "count"), [(False, 26), (True, 8)])
def test_each_neighbour_is_there_once(flat, count):
    steps = {tuple(s) for s in levels.neighbours((5, 5, 5), flat=flat).tolist()}
    wanted = {s for s in itertools.product((-1, 0, 1), repeat=3) if any(s) and not (flat and s[0])}
    assert steps == wanted
    assert len(steps) == count
    half = {tuple(s) for s in levels.directions((5, 5, 5), flat=flat).tolist()}
    assert len(half) == count // 2
    assert not half & {tuple(-v for v in s) for s in half}


def test_a_thin_region_has_no_neighbours_across():
    assert len(levels.directions((1, 5, 5), flat=False)) == 4
    assert len(levels.directions((1, 1, 5), flat=False)) == 1
    assert levels.directions((1, 1, 1), flat=False).shape == (0, 3)
