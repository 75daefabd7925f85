import numpy as np
import pytest
from scipy import stats

from osteon.errors import RequestError
from osteon.metrics import catalogue, scores
from osteon.metrics.lesions import Marks
from osteon.metrics.masks import measure
from osteon.metrics.proportion import clopper_pearson
from osteon.types import Evidence

CONTEXT = scores.Context(unit="image", evidence=Evidence.SURROGATE)


def _by_name(found):
    assert all(score.evidence is Evidence.SURROGATE for score in found)
    assert all(catalogue.fact(score.metric) for score in found)
    return {score.metric: score for score in found}


def _case(patient, shift, *, size=8, spacing=(1.0, 1.0), predicted=True):
    truth = np.zeros((32, 32), bool)
    truth[8 : 8 + size, 8 : 8 + size] = True
    return measure(np.roll(truth, shift, axis=0) & predicted, truth, patient=patient, spacing_mm=spacing)


def test_segmentation_averages_the_cases_with_a_tumour():
    cases = [_case(str(i), i % 4, size=6 + i % 5) for i in range(20)] + [_case("x", 0, predicted=False)]
    found = _by_name(scores.segmentation(cases, context=CONTEXT))
    assert found["dice"].value == pytest.approx(np.mean([c.overlap.dice for c in cases]))
    assert found["hammoude"].value == pytest.approx(1 - found["iou"].value)
    assert found["hammoude"].high == pytest.approx(1 - found["iou"].low)
    assert found["dice"].n == 21
    assert found["hausdorff95_mm"].n == 20
    assert "1 of 21 cases" in found["hausdorff95_mm"].note
    assert found["found"].value == pytest.approx(20 / 21)
    assert (found["found"].low, found["found"].high) == clopper_pearson(20, 21)
    assert "pearson[area mm2]" in found
    assert np.isnan(found["marked_when_empty"].value)
    assert "truth is empty" in found["marked_when_empty"].note


def test_segmentation_judges_normal_films_by_whether_they_are_marked():
    blank = np.zeros((16, 16), bool)
    spot = blank.copy()
    spot[3, 3] = True
    normal = [measure(spot if i < 5 else blank, blank, patient=str(i), spacing_mm=None) for i in range(20)]
    tumour = [_case(f"t{i}", i, spacing=None) for i in range(4)]
    found = _by_name(scores.segmentation(normal + tumour, context=CONTEXT))
    assert found["marked_when_empty"].value == 0.25
    assert (found["marked_when_empty"].low, found["marked_when_empty"].high) == clopper_pearson(5, 20)
    assert found["dice"].n == 4
    assert "hausdorff95_px" in found
    assert "hausdorff95_mm" not in found


def test_segmentation_of_volumes_has_medians_slices_and_sensitivity(rng):
    truth = np.zeros((6, 16, 16), bool)
    truth[1:5, 4:12, 4:12] = True
    shifts = rng.integers(0, 6, size=11)
    cases = [
        measure(np.roll(truth, n, axis=1), truth, patient=str(i), spacing_mm=(4.0, 1.0, 1.0))
        for i, n in enumerate(shifts)
    ]
    found = _by_name(scores.segmentation(cases, context=CONTEXT))
    each = 1 - shifts / 8
    assert found["dice_median"].value == pytest.approx(np.median(each))
    assert found["dice_median"].low <= np.median(each) <= found["dice_median"].high
    assert found["slice_dice"].value == pytest.approx(each.mean())
    assert found["voxel_sensitivity"].value == pytest.approx(each.mean())
    assert "slice_dice" not in _by_name(scores.segmentation([_case("a", 1)], context=CONTEXT))


def test_segmentation_of_mixed_units_is_refused():
    with pytest.raises(RequestError, match="separately"):
        scores.segmentation([_case("a", 0), _case("b", 0, spacing=None)], context=CONTEXT)


def test_nothing_to_score_is_refused():
    with pytest.raises(RequestError, match="nothing to score"):
        scores.segmentation([], context=CONTEXT)


def test_detection_counts_lesions_and_false_marks(rng):
    images = [
        Marks(lesions=np.where(rng.random(2) < 0.7, rng.random(2), -np.inf), false=rng.random(rng.poisson(1)))
        for _ in range(60)
    ]
    owners = [str(i // 2) for i in range(60)]
    found = _by_name(scores.detection(images, patients=owners, context=CONTEXT, threshold=0.4))
    hits = np.concatenate([m.lesions for m in images])
    assert found["lesion_sensitivity"].value == pytest.approx((hits >= 0.4).mean())
    assert found["false_marks"].value == pytest.approx(sum((m.false >= 0.4).sum() for m in images) / 60)
    curve = [found[f"froc_sensitivity[{at}]"].value for at in ("0.125", "0.25", "0.5", "1", "2", "4", "8")]
    assert curve == sorted(curve)
    assert found["froc"].value == pytest.approx(np.mean(curve))
    for score in found.values():
        assert score.low <= score.value <= score.high
        assert score.patients == 30


def test_detection_without_lesions_is_undefined():
    found = _by_name(
        scores.detection(
            [Marks(lesions=np.empty(0), false=np.array([0.9]))] * 12, patients=list("abcdefghijkl"), context=CONTEXT
        )
    )
    assert np.isnan(found["froc"].value)
    assert found["false_marks"].value == 1.0


def test_survival_counts_events(rng):
    days = rng.exponential(100, 120)
    event = rng.random(120) < 0.5
    (score,) = scores.survival(
        -days + 60 * rng.normal(size=120),
        days=days,
        event=event,
        patients=[str(i) for i in range(120)],
        context=CONTEXT,
    )
    assert score.metric == "concordance"
    assert score.events == event.sum()
    assert score.low < score.value < score.high


def test_regression_is_scipys_and_its_bias_interval_like_the_t_interval(rng):
    truth = rng.uniform(5, 200, 80)
    predicted = truth + rng.normal(3, 8, 80)
    found = _by_name(
        scores.regression(truth, predicted, patients=[str(i) for i in range(80)], context=CONTEXT, quantity="volume ml")
    )
    interval = stats.ttest_1samp(predicted - truth, 0).confidence_interval()
    bias = found["bias[volume ml]"]
    assert bias.value == pytest.approx((predicted - truth).mean())
    assert (bias.low, bias.high) == pytest.approx((interval.low, interval.high), abs=0.4)
    assert found["pearson[volume ml]"].value == pytest.approx(stats.pearsonr(truth, predicted).statistic)
    assert found["spearman[volume ml]"].value == pytest.approx(stats.spearmanr(truth, predicted).statistic)
    assert found["mae[volume ml]"].value == pytest.approx(np.abs(predicted - truth).mean())


@pytest.mark.parametrize(("truth", "said"), [([3.0], [4.0]), ([3.0] * 4, [3.0] * 4)])
def test_one_value_and_values_all_alike_have_an_error_and_no_correlation(truth, said):
    owners = [str(i) for i in range(len(truth))]
    found = _by_name(
        scores.regression(np.array(truth), np.array(said), patients=owners, context=CONTEXT, quantity="volume ml")
    )
    assert {name.partition("[")[2] for name in found} == {"volume ml]"}
    assert found["mae[volume ml]"].value == pytest.approx(np.abs(np.subtract(said, truth)).mean())
    assert found["bias[volume ml]"].value == pytest.approx(np.subtract(said, truth).mean())
    assert np.isnan(found["pearson[volume ml]"].value)


def test_a_threshold_moves_lesions_found_and_false_marks_and_not_the_curve(rng):
    images = [Marks(lesions=rng.random(2), false=rng.random(3)) for _ in range(20)]
    owners = np.arange(20)
    low, high = (_by_name(scores.detection(images, patients=owners, context=CONTEXT, threshold=t)) for t in (0.0, 0.9))
    assert low["lesion_sensitivity"].value == 1.0
    assert high["lesion_sensitivity"].value < low["lesion_sensitivity"].value
    assert low["false_marks"].value == 3.0
    assert low["froc"].value == high["froc"].value
    assert "marks scored 0.9 or more" in high["false_marks"].note


def test_a_mark_at_the_threshold_is_made():
    images = [Marks(lesions=np.array([0.5]), false=np.array([0.5]))] * 12
    found = _by_name(scores.detection(images, patients=np.arange(12), context=CONTEXT))
    assert (found["lesion_sensitivity"].value, found["false_marks"].value) == (1.0, 1.0)


def test_risk_is_higher_for_who_dies_sooner():
    days, event = np.arange(1.0, 13), np.ones(12, bool)
    sooner = scores.survival(-days, days=days, event=event, patients=np.arange(12), context=CONTEXT)[0]
    later = scores.survival(days, days=days, event=event, patients=np.arange(12), context=CONTEXT)[0]
    assert (sooner.value, later.value) == (1.0, 0.0)
    none = scores.survival(days, days=days, event=~event, patients=np.arange(12), context=CONTEXT)[0]
    assert np.isnan(none.value)
    assert none.events == 0


def test_every_figure_of_every_kind_has_its_facts(rng):
    cases = [_case(str(i), i) for i in range(2)]
    images = [Marks(lesions=rng.random(2), false=rng.random(1)) for _ in range(12)]
    found = [
        *scores.segmentation(cases, context=CONTEXT),
        *scores.detection(images, patients=np.arange(12), context=CONTEXT),
    ]
    for score in found:
        fact = catalogue.fact(score.metric)
        assert np.isnan(score.value) or fact.low - 1e-9 <= score.value <= fact.high + 1e-9, score.metric
        assert catalogue.title(score.metric)
