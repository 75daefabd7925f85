"""Squares within slices: they cover the region once, and lie where they say."""

import numpy as np
import pytest

from osteon.transforms.cells import cells, core, from_nearest, place

SHAPE = (3, 10, 11)


@pytest.mark.parametrize("spacing_mm", [(5.0, 1.0, 1.0), (5.0, 0.7, 1.4), (1.0, 4.0, 4.0)])
def test_cells_cover_the_region_once(rng, spacing_mm):
    region, covered = rng.random(SHAPE) < 0.1, np.zeros(SHAPE, int)
    for step in cells(region, spacing_mm=spacing_mm, side_mm=3.0):
        covered[place(step)] += 1
        assert region[place(step)].any()
    assert (covered[region] == 1).all()
    assert covered.max() == 1


@pytest.mark.parametrize(("spacing", "pixels"), [(1.0, 3), (0.5, 6), (9.0, 1)])
def test_a_cell_is_square_in_millimetres(spacing, pixels):
    region = np.zeros(SHAPE, bool)
    region[1, 0, 0] = True
    (step,) = cells(region, spacing_mm=(1.0, spacing, spacing), side_mm=3.0)
    assert step.params == {"slice": 1, "rows": (0, pixels), "columns": (0, pixels)}


def test_an_empty_region_has_no_cells():
    assert not list(cells(np.zeros(SHAPE, bool), spacing_mm=(1, 1, 1), side_mm=3.0))


@pytest.mark.parametrize(("spacing", "left"), [(3.0, 8), (1.5, 6), (4.0, 10)])
def test_the_core_is_deeper_than_the_rim_in_its_slice(spacing, left):
    region = np.zeros((2, 20, 20), bool)
    region[1, 4:14, 4:14] = True
    inner = core(region, spacing_mm=(9.0, spacing, spacing), rim_mm=3.0)
    assert inner.sum(axis=(1, 2)).tolist() == [0, left**2]
    assert region[inner].all()


def test_a_region_that_fills_the_image_has_its_edge_there():
    assert core(np.ones((1, 5, 5), bool), spacing_mm=(1, 1, 1), rim_mm=1.0).sum() == 9


def test_values_come_from_the_nearest_known_place_of_the_slice():
    values = np.arange(24.0).reshape(2, 3, 4)
    known = np.zeros(values.shape, bool)
    known[0, 0, 0] = known[1, 2, 3] = True
    found = from_nearest(values, known, spacing_mm=(0.1, 1.0, 1.0))
    assert (found[0] == 0).all()
    assert (found[1] == 23).all()
    known[0, 2, 3] = True
    wide = from_nearest(values, known, spacing_mm=(0.1, 1.0, 9.0))
    assert wide[0, 2].tolist() == [0, 0, 11, 11]
    assert wide[0, 0].tolist() == [0, 0, 11, 11]


def test_a_slice_without_a_known_place_takes_the_nearest_slices():
    values = np.arange(16.0).reshape(4, 2, 2)
    known = np.zeros(values.shape, bool)
    known[3] = True
    assert (from_nearest(values, known, spacing_mm=(5.0, 1.0, 1.0)) == values[3]).all()


def test_where_nothing_is_known_values_stay():
    values = np.arange(4.0).reshape(1, 2, 2)
    assert from_nearest(values, np.zeros((1, 2, 2), bool), spacing_mm=(1, 1, 1)) is values
