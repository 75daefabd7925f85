import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import f1_score, jaccard_score

from osteon.errors import GeometryError
from osteon.metrics.overlap import iou_of_dice, overlap

PAIR = st.tuples(*[arrays(bool, (4, 5))] * 2)


@given(PAIR)
def test_dice_and_iou_are_scikit_learns(pair):
    predicted, truth = pair
    found = overlap(predicted, truth)
    if not (predicted.any() or truth.any()):
        assert np.isnan([found.dice, found.iou, found.hammoude]).all()
        return
    assert found.dice == pytest.approx(f1_score(truth.ravel(), predicted.ravel()))
    assert found.iou == pytest.approx(jaccard_score(truth.ravel(), predicted.ravel()))
    assert found.iou == pytest.approx(iou_of_dice(found.dice))


@given(PAIR)
def test_hammoude_is_one_less_iou_and_a_distance(pair):
    predicted, truth = pair
    there, back = overlap(predicted, truth), overlap(truth, predicted)
    if predicted.any() or truth.any():
        symmetric = np.logical_xor(predicted, truth).sum() / np.logical_or(predicted, truth).sum()
        assert there.hammoude == pytest.approx(1 - there.iou) == pytest.approx(symmetric)
        assert there.hammoude == back.hammoude
        assert (there.hammoude == 0) == np.array_equal(predicted, truth)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_overlap_is_monais(rng):
    metrics, torch = pytest.importorskip("monai.metrics"), pytest.importorskip("torch")
    predicted, truth = rng.random((2, 6, 7, 8)) > 0.6
    tensors = [torch.as_tensor(mask[None, None].astype(np.float32)) for mask in (predicted, truth)]
    found = overlap(predicted, truth)
    assert found.dice == pytest.approx(float(metrics.compute_dice(*tensors)), abs=1e-6)
    assert found.iou == pytest.approx(float(metrics.compute_iou(*tensors)), abs=1e-6)


def test_voxel_sensitivity_is_the_share_of_the_truth():
    assert overlap(np.array([1, 1, 1, 0]), np.array([1, 0, 0, 0])).voxel_sensitivity == 1.0
    assert overlap(np.array([1, 0, 0, 0]), np.array([1, 1, 1, 1])).voxel_sensitivity == 0.25
    assert np.isnan(overlap(np.array([1]), np.array([0])).voxel_sensitivity)


def test_volume_error_has_a_sign():
    assert overlap(np.array([1, 1, 1, 0]), np.array([1, 1, 0, 0])).volume_error == 0.5
    assert overlap(np.array([1, 0, 0, 0]), np.array([1, 1, 0, 0])).volume_error == -0.5
    assert np.isnan(overlap(np.array([1, 0]), np.array([0, 0])).volume_error)


def test_the_mean_hammoude_of_huang_2017_keeps_to_the_bound_of_its_dice():
    """Sheet 6: with a mean Dice of 87.80 % the mean HM cannot exceed 21.7 %; 19.81 % is printed."""
    bound = 1 - iou_of_dice(0.878)
    assert round(100 * bound, 1) == 21.7
    assert bound > 0.1981


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_a_mean_hammoude_never_exceeds_that_of_the_mean_dice(dices):
    mean_hammoude = np.mean([1 - iou_of_dice(d) for d in dices])
    assert mean_hammoude <= 1 - iou_of_dice(float(np.mean(dices))) + 1e-12


def test_masks_of_different_grids_are_refused():
    with pytest.raises(GeometryError, match="resample"):
        overlap(np.zeros((2, 2)), np.zeros((2, 3)))
