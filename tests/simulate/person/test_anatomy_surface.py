"""Points on a shape's surface lie on it, and a shape is hidden only where all of them are covered."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.simulate.person.anatomy_raster import depth_of
from osteon.simulate.person.anatomy_shapes import chain, cut, ellipsoid, flat, table, tube
from osteon.simulate.person.anatomy_surface import hidden, surface

ROD = tube((1, 2, -10), (1, 2, 10), (5, 4, 5, 4))
EGG = ellipsoid((20, 0, 3), (3, 4, 6), along=(0.6, 0.0, 0.8))
SLANTED = tube((0, 0, 0), (9, 9, 3), (2, 1, 2, 1))


@pytest.mark.parametrize("row", [ROD, EGG, SLANTED, flat(ROD)], ids=["rod", "egg", "slanted", "flat"])
def test_points_lie_on_the_surface(row):
    rows = table([row])
    depths = [depth_of(rows, *point) for point in surface(rows)[0]]
    np.testing.assert_allclose(depths, 0.0, atol=1e-6)


def test_points_surround_the_shape():
    points = surface(table([ROD]))[0]
    np.testing.assert_allclose(points.min(axis=0), (-4, -2, -14), atol=1e-9)
    np.testing.assert_allclose(points.max(axis=0), (6, 6, 14), atol=1e-9)


def test_tips_of_flat_ends_are_their_middles():
    tips = surface(table([flat(ROD)]))[0, -2:]
    np.testing.assert_allclose(tips, [(1, 2, -10), (1, 2, 10)])


def test_what_is_cut_away_has_no_points():
    points = surface(table([cut(ROD, (0, 0, 1), (0, 0, 0))]))[0]
    kept = points[~np.isnan(points[:, 0])]
    assert 0 < len(kept) < len(points)
    assert kept[:, 2].max() <= 1e-6


def test_a_shape_within_others_is_hidden_and_one_that_sticks_out_is_not():
    inside, beside, through = (tube((1, 2, z), (1, 2, z + 4), (2, 2, 2, 2)) for z in (-4, 30, 10))
    np.testing.assert_array_equal(hidden(table([inside, beside, through]), table([ROD])), [True, False, False])


def test_the_union_hides_what_none_of_its_shapes_does():
    pipe = table(chain([(0, 0, 0), (0, 0, 20), (0, 0, 40)], (6, 6, 6)))
    rod = table([tube((0, 0, 10), (0, 0, 30), (3, 3, 3, 3))])
    assert hidden(rod, pipe).tolist() == [True]
    assert hidden(rod, pipe[:1]).tolist() == [False]


def test_what_a_cut_took_away_need_not_be_covered():
    long = tube((1, 2, 0), (1, 2, 60), (2, 2, 2, 2))
    halved = cut(long, (0, 0, 1), (0, 0, 8))
    assert hidden(table([long, halved]), table([ROD])).tolist() == [False, True]
