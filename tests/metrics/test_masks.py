import numpy as np
import pytest

from osteon.metrics import surface
from osteon.metrics.masks import measure


def _square(rows):
    mask = np.zeros((4, 12, 12), bool)
    mask[1:3, 2:rows, 3:9] = True
    return mask


def test_a_volume_is_in_mm_and_ml():
    case = measure(_square(7), _square(9), patient="p", spacing_mm=(5.0, 0.5, 0.5))
    distances = surface.distances(_square(7), _square(9), spacing_mm=(5.0, 0.5, 0.5))
    assert (case.unit, case.size_unit) == ("mm", "ml")
    assert case.hausdorff95 == surface.hausdorff(distances)
    assert case.surface_distance == surface.average(distances)
    assert case.overlap.truth * case.voxel_size == pytest.approx(2 * 7 * 6 * 5 * 0.25 / 1000)


def test_the_slices_of_a_volume_are_averaged_where_there_is_a_tumour():
    truth, predicted = _square(9), _square(9)
    predicted[2] = False
    predicted[0, 0, 0] = True
    case = measure(predicted, truth, patient="p", spacing_mm=(5.0, 0.5, 0.5))
    assert case.slice_dice == 0.5
    assert np.isnan(measure(predicted, np.zeros_like(truth), patient="p", spacing_mm=None).slice_dice)
    assert np.isnan(measure(predicted[1], truth[1], patient="p", spacing_mm=None).slice_dice)


def test_a_film_is_in_mm2_and_one_without_spacing_in_pixels_never_mm():
    film = measure(_square(7)[1], _square(9)[1], patient="p", spacing_mm=(0.2, 0.2))
    bare = measure(_square(7)[1], _square(9)[1], patient="p", spacing_mm=None)
    assert (film.unit, film.size_unit) == ("mm", "mm2")
    assert (bare.unit, bare.size_unit, bare.voxel_size) == ("px", "px", 1.0)
    assert film.hausdorff95 == pytest.approx(0.2 * bare.hausdorff95)
    assert film.voxel_size == pytest.approx(0.04)


def test_a_missed_tumour_has_no_distance_but_a_dice_of_0():
    case = measure(_square(2), _square(9), patient="p", spacing_mm=None)
    assert case.overlap.dice == 0.0
    assert np.isnan([case.hausdorff95, case.surface_distance]).all()
