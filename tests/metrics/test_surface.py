import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from osteon.errors import GeometryError
from osteon.metrics import surface

SPACINGS = [(1.0, 1.0, 1.0), (3.0, 0.7, 0.7), (0.5, 2.0, 1.2)]


def _ball(shape, centre, radius):
    return sum((axis - c) ** 2 for axis, c in zip(np.ogrid[tuple(map(slice, shape))], centre, strict=True)) <= radius**2


def _pair(shape=(24, 30, 28)):
    return _ball(shape, (12, 14, 13), 8), _ball(shape, (11, 16, 15), 7)


@settings(deadline=None)
@given(st.integers(2, 3), st.integers(0, 2**32 - 1), st.sampled_from(SPACINGS), st.floats(0.05, 0.95))
def test_surfaces_and_distances_are_those_of_scipy(ndim, seed, spacing, density):
    rng = np.random.default_rng(seed)
    spacing = spacing[:ndim]
    masks = rng.random((2, *rng.integers(1, 9, ndim))) < density
    edges = [mask & ~ndimage.binary_erosion(mask) for mask in masks]
    for mask, edge in zip(masks, edges, strict=True):
        assert np.array_equal(surface.surface(mask), edge)
    found = surface.distances(*masks, spacing_mm=spacing)
    if not (masks[0].any() and masks[1].any()):
        assert np.isnan([surface.hausdorff(found), surface.average(found)]).all()
        return
    far = [ndimage.distance_transform_edt(~edge, sampling=spacing) for edge in edges]
    np.testing.assert_allclose(found.to_truth, far[1][edges[0]], atol=1e-9)
    np.testing.assert_allclose(found.to_predicted, far[0][edges[1]], atol=1e-9)


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_hausdorff_and_average_are_monais(spacing):
    metrics, torch = pytest.importorskip("monai.metrics"), pytest.importorskip("torch")
    predicted, truth = _pair()
    tensors = [torch.as_tensor(mask[None, None]) for mask in (predicted, truth)]
    found = surface.distances(predicted, truth, spacing_mm=spacing)
    for percentile in (95, 100):
        theirs = metrics.compute_hausdorff_distance(
            *tensors, include_background=True, percentile=percentile, spacing=list(spacing)
        )
        assert surface.hausdorff(found, percentile=percentile) == pytest.approx(float(theirs), abs=1e-5)
    theirs = metrics.compute_average_surface_distance(
        *tensors, include_background=True, symmetric=True, spacing=list(spacing)
    )
    assert surface.average(found) == pytest.approx(float(theirs), abs=1e-5)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_hausdorff_and_average_are_those_of_simpleitk(spacing):
    sitk = pytest.importorskip("SimpleITK")
    masks = _pair()
    maps, edges = [], []
    for mask in masks:
        image = sitk.GetImageFromArray(mask.astype(np.uint8))
        image.SetSpacing(spacing[::-1])
        contour = sitk.LabelContour(image)
        far = sitk.SignedMaurerDistanceMap(contour, squaredDistance=False, useImageSpacing=True)
        edges.append(sitk.GetArrayFromImage(contour) > 0)
        maps.append(np.abs(sitk.GetArrayFromImage(far)))
    sides = [maps[1][edges[0]], maps[0][edges[1]]]
    found = surface.distances(*masks, spacing_mm=spacing)
    # SimpleITK keeps distances in 32 bits.
    assert surface.hausdorff(found) == pytest.approx(max(np.percentile(side, 95) for side in sides), rel=1e-5)
    assert surface.average(found) == pytest.approx(np.concatenate(sides).mean(), rel=1e-5)


def test_distances_scale_with_the_spacing_and_are_symmetric():
    predicted, truth = _pair()
    once = surface.distances(predicted, truth, spacing_mm=(2.0, 0.5, 0.75))
    twice = surface.distances(predicted, truth, spacing_mm=(4.0, 1.0, 1.5))
    back = surface.distances(truth, predicted, spacing_mm=(2.0, 0.5, 0.75))
    assert surface.hausdorff(twice) == pytest.approx(2 * surface.hausdorff(once))
    assert surface.average(twice) == pytest.approx(2 * surface.average(once))
    assert surface.hausdorff(back) == surface.hausdorff(once)
    assert surface.average(back) == pytest.approx(surface.average(once))


def test_a_shift_of_a_slab_is_its_distance_in_mm():
    slab = np.zeros((30, 10, 10), bool)
    slab[5:8] = True
    found = surface.distances(np.roll(slab, 10, axis=0), slab, spacing_mm=(2.5, 1.0, 1.0))
    assert surface.hausdorff(found, percentile=100) == 25.0


def test_masks_large_enough_for_two_threads_are_measured_alike():
    shape, spacing = (48, 64, 64), (1.5, 0.6, 0.8)
    masks = _ball(shape, (24, 30, 32), 22), _ball(shape, (22, 34, 30), 21)
    edges = [mask & ~ndimage.binary_erosion(mask) for mask in masks]
    far = [ndimage.distance_transform_edt(~edge, sampling=spacing) for edge in edges]
    found = surface.distances(*masks, spacing_mm=spacing)
    np.testing.assert_allclose(found.to_truth, far[1][edges[0]], atol=1e-9)
    np.testing.assert_allclose(found.to_predicted, far[0][edges[1]], atol=1e-9)


def test_margins_do_not_matter():
    predicted, truth = _pair()
    wide = [np.pad(mask, 9) for mask in (predicted, truth)]
    near, far = (surface.distances(*pair, spacing_mm=(1.0, 1.0, 1.0)) for pair in ((predicted, truth), wide))
    assert np.array_equal(near.to_truth, far.to_truth)


def test_a_mask_on_one_slice_of_a_volume_is_all_surface():
    disc = np.zeros((5, 20, 20), bool)
    disc[2] = _ball((20, 20), (10, 10), 6)
    assert surface.distances(disc, disc, spacing_mm=(1.0, 1.0, 1.0)).to_truth.size == disc.sum()


@pytest.mark.parametrize(
    ("predicted", "truth", "spacing"),
    [
        (np.zeros((2, 2)), np.zeros((2, 3)), (1.0, 1.0)),
        (np.zeros((2, 2)), np.zeros((2, 2)), (1.0, 1.0, 1.0)),
        (np.zeros((2, 2)), np.zeros((2, 2)), (0.0, 1.0)),
        (np.zeros(4), np.zeros(4), (1.0,)),
    ],
)
def test_what_does_not_fit_is_refused(predicted, truth, spacing):
    with pytest.raises(GeometryError, match="one shape"):
        surface.distances(predicted, truth, spacing_mm=spacing)


def test_scores_do_not_load_numba():
    code = "import sys, osteon.metrics.scores, osteon.metrics.compare; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
