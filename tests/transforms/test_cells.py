"""Squares within slices: they cover the region once, and lie where they say."""

import numpy as np
import pytest

from osteon.transforms.cells import cells, place

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
