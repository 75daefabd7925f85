import numpy as np
from scipy.ndimage import binary_fill_holes

from osteon.io.outline import outlines


def inside(line, shape):
    from matplotlib.path import Path

    rows, columns = np.indices(shape)
    points = np.column_stack([columns.ravel() + 0.5, rows.ravel() + 0.5])
    return Path(line).contains_points(points).reshape(shape)


def test_outlines_hold_the_centres_of_the_mask(rng):
    from scipy.ndimage import gaussian_filter

    mask = gaussian_filter(rng.normal(size=(40, 50)), 3) > 0.02
    found = np.zeros(mask.shape, bool)
    for line in outlines(mask):
        assert (line[0] == line[-1]).all()
        found ^= inside(line, mask.shape)
    assert (found == mask).all()


def test_the_largest_comes_first_and_touches_the_border():
    mask = np.zeros((9, 9), bool)
    mask[0:5, 0:5], mask[7, 7] = True, True
    first, second = outlines(mask)
    assert (inside(first, mask.shape) == binary_fill_holes(mask & (np.arange(9) < 6))).all()
    assert first.min() == 0.0
    assert len(second) == 5


def test_empty_mask_has_no_outline():
    assert outlines(np.zeros((3, 3))) == []
