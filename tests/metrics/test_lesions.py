import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.errors import GeometryError
from osteon.metrics import lesions
from osteon.metrics.lesions import Marks

BOX = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 12), st.integers(1, 12)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)
IMAGE = st.tuples(
    st.lists(st.integers(0, 9), max_size=4),
    st.lists(st.integers(0, 9), max_size=4),
    st.integers(0, 3),
).map(lambda v: Marks(lesions=np.array([*v[0], *[-np.inf] * v[2]], float) / 9, false=np.array(v[1], float) / 9))


@given(st.lists(BOX, min_size=1, max_size=6), st.lists(BOX, min_size=1, max_size=6))
def test_box_overlap_is_torchvisions(boxes, truth):
    torch, ops = pytest.importorskip("torch"), pytest.importorskip("torchvision.ops")
    theirs = ops.box_iou(torch.tensor(boxes, dtype=torch.float64), torch.tensor(truth, dtype=torch.float64))
    np.testing.assert_allclose(lesions._box_iou(boxes, truth), theirs.numpy())


def test_box_overlap_is_that_of_masks_in_3d(rng):
    corner = rng.integers(0, 5, (2, 3))
    boxes = np.hstack([corner, corner + rng.integers(2, 6, (2, 3))])
    grids = []
    for box in boxes:
        grid = np.zeros((12, 12, 12), bool)
        grid[tuple(slice(a, b) for a, b in zip(box[:3], box[3:], strict=True))] = True
        grids.append(grid)
    expected = (grids[0] & grids[1]).sum() / (grids[0] | grids[1]).sum()
    assert lesions._box_iou(boxes[:1], boxes[1:])[0, 0] == pytest.approx(expected)


def test_the_most_believed_mark_takes_the_lesion_and_a_second_is_not_false():
    truth = [(0, 0, 10, 10), (20, 20, 30, 30)]
    marks = lesions.match_boxes([(0, 0, 10, 9), (0, 0, 10, 10), (50, 50, 60, 60)], [0.6, 0.9, 0.2], truth=truth)
    assert marks.lesions.tolist() == [0.9, -np.inf]
    assert marks.false.tolist() == [0.2]


@given(st.lists(BOX, max_size=6), st.lists(BOX, max_size=4), st.integers(0, 2**32 - 1))
def test_every_lesion_keeps_its_place_and_no_mark_counts_twice(boxes, truth, seed):
    scores = np.random.default_rng(seed).random(len(boxes))
    marks = lesions.match_boxes(boxes, scores, truth=truth)
    hits = marks.lesions[np.isfinite(marks.lesions)]
    assert marks.lesions.size == len(truth)
    assert hits.size + marks.false.size <= len(boxes)
    assert set(hits) | set(marks.false) <= set(scores)


def test_regions_of_masks_are_marks():
    truth, predicted, belief = np.zeros((3, 20, 20))
    truth[2:6, 2:6] = truth[12:16, 12:16] = 1
    predicted[2:6, 3:7] = predicted[0:2, 15:18] = 1
    belief[3, 4], belief[1, 16] = 0.8, 0.3
    marks = lesions.match_masks(predicted, truth, belief=belief)
    assert marks.lesions.tolist() == [0.8, -np.inf]
    assert marks.false.tolist() == [0.3]
    empty = lesions.match_masks(truth * 0, truth, belief=belief)
    assert (empty.lesions.size, empty.false.size) == (2, 0)


def _sensitivity_by_hand(images, limit):
    """Try each threshold and keep to the number of false marks an image."""
    best, total = 0.0, sum(m.lesions.size for m in images)
    for cut in np.unique(np.concatenate([np.append(m.lesions, m.false) for m in images])):
        if np.isfinite(cut) and sum((m.false >= cut).sum() for m in images) / len(images) <= limit:
            best = max(best, sum((m.lesions >= cut).sum() for m in images) / total)
    return best


@given(st.lists(IMAGE, min_size=1, max_size=8).filter(lambda images: any(m.lesions.size for m in images)))
def test_froc_is_the_best_threshold_tried_by_hand(images):
    values = lesions.froc_statistic(images)(np.ones((len(images), 1)))[:, 0]
    by_hand = [_sensitivity_by_hand(images, limit) for limit in lesions.FALSE_MARKS]
    np.testing.assert_allclose(values[:-1], by_hand)
    assert values[-1] == pytest.approx(np.mean(by_hand))
    curve = lesions.froc(images)
    assert (np.diff(curve.sensitivity) >= 0).all()
    assert (np.diff(curve.false_marks) >= 0).all()
    for limit, value in zip(lesions.FALSE_MARKS, by_hand, strict=True):
        assert curve.sensitivity[curve.false_marks <= limit].max() == pytest.approx(value)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_froc_is_monais(rng):
    """MONAI interpolates between thresholds; with many images the two meet."""
    monai = pytest.importorskip("monai.metrics.froc")
    images = [
        Marks(lesions=np.where(rng.random(3) < 0.8, rng.beta(5, 2, 3), -np.inf), false=rng.beta(2, 4, rng.poisson(3)))
        for _ in range(400)
    ]
    hits = np.concatenate([m.lesions[np.isfinite(m.lesions)] for m in images])
    false = np.concatenate([m.false for m in images])
    rate, sensitivity = monai.compute_froc_curve_data(false, hits, 3 * len(images), len(images))
    theirs = monai.compute_froc_score(rate, sensitivity, (0.25, 0.5, 1, 2))
    ours = lesions.froc_statistic(images, at=(0.25, 0.5, 1, 2))(np.ones((400, 1)))[-1, 0]
    assert ours == pytest.approx(float(theirs), abs=2e-3)


def test_counts_at_a_threshold():
    images = [
        Marks(lesions=np.array([0.9, -np.inf]), false=np.array([0.7])),
        Marks(lesions=np.array([0.4]), false=np.array([0.1])),
    ]
    assert lesions.sensitivity_counts(images, threshold=0.5) == (1, 3, 1)


def test_masks_of_different_grids_are_refused():
    with pytest.raises(GeometryError, match="one grid"):
        lesions.match_masks(np.zeros((2, 2)), np.zeros((2, 3)), belief=np.zeros((2, 2)))
