import numpy as np
import pytest
from matplotlib.path import Path as Outline

from osteon.io.polygons import circle, filled


@pytest.mark.parametrize("seed", range(5))
def test_pixel_centres_inside_as_matplotlib_says(seed):
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 17))
    radii = rng.uniform(3, 14, 17)
    star = np.stack([15.3 + radii * np.sin(angles), 17.1 + radii * np.cos(angles)], axis=1)
    centres = np.stack(np.mgrid[:32, :36], axis=-1).reshape(-1, 2)
    assert np.array_equal(filled([star], shape=(32, 36)), Outline(star).contains_points(centres).reshape(32, 36))


def test_a_polygon_in_a_polygon_is_a_hole():
    square = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
    inside = filled([square * 9 + 0.5, square * 3 + 3.5], shape=(12, 12))
    assert inside.sum() == 81 - 9
    assert not inside[4:7, 4:7].any()


def test_what_lies_outside_is_cut_off():
    square = np.array([[-5.0, -5.0], [-5.0, 50.0], [50.0, 50.0], [50.0, -5.0]])
    assert filled([square], shape=(4, 6)).all()
    assert not filled([square + 100], shape=(4, 6)).any()
    assert not filled([], shape=(4, 6)).any()


def test_neighbours_share_no_pixel_and_leave_none_out():
    left = np.array([[0.0, 0.0], [0.0, 3.0], [8.0, 5.0], [8.0, 0.0]])
    right = np.array([[0.0, 3.0], [0.0, 9.0], [8.0, 9.0], [8.0, 5.0]])
    one, other = (filled([half], shape=(8, 9)) for half in (left, right))
    assert not (one & other).any()
    assert (one | other).all()


def test_a_circle_has_its_area():
    assert filled([circle(np.array([50.0, 50.0]), radius=30.0)], shape=(101, 101)).sum() == pytest.approx(
        np.pi * 900, rel=0.01
    )
