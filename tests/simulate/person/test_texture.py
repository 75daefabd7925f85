from __future__ import annotations

import numpy as np
import pytest

from osteon.simulate.person.texture import knot, noise


def test_noise_is_the_knot_at_whole_places_and_lies_between_them():
    for place in ((0, 0, 0), (3, -7, 12), (-1, -1, -1)):
        assert noise(*map(float, place), 5) == pytest.approx(knot(*place, 5))
    corners = [knot(1 + a, 2 + b, 3 + c, 5) for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    assert min(corners) <= noise(1.4, 2.6, 3.5, 5) <= max(corners)


def test_it_is_smooth_and_another_seed_is_another_texture():
    x = np.arange(0.0, 40.0, 0.01)
    values = np.array([noise(v, 0.3, 0.7, 1) for v in x])
    assert np.abs(np.diff(values)).max() < 0.05
    other = np.array([noise(v, 0.3, 0.7, 2) for v in x])
    assert abs(np.corrcoef(values, other)[0, 1]) < 0.4


def test_knots_are_even_and_neighbours_are_strangers():
    block = np.array([[[knot(i, j, k, 9) for k in range(12)] for j in range(12)] for i in range(12)])
    assert -1.0 <= block.min() < -0.95
    assert 0.95 < block.max() <= 1.0
    assert block.mean() == pytest.approx(0.0, abs=0.05)
    assert block.std() == pytest.approx(3**-0.5, abs=0.03)
    for axis in range(3):
        one, other = np.moveaxis(block, axis, 0)[:-1].ravel(), np.moveaxis(block, axis, 0)[1:].ravel()
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.08
