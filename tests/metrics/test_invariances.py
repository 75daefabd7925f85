"""What must hold of every metric, whatever the data: patients in another order, classes swapped, units changed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon.metrics import agreement, concordance, delong, mcnemar, overlap, precision_recall, proportion, roc, surface

SEEDS = st.integers(0, 2**31)


def binary(seed, n=60):
    rng = np.random.default_rng(seed)
    truth = np.r_[0, 1, rng.integers(0, 2, n - 2)]
    return truth, np.round(rng.random(n) + 0.3 * truth, 2), rng


AREAS = {
    "roc": lambda truth, scores: roc.auc(truth, scores),
    "precision and recall": lambda truth, scores: precision_recall.average_precision(truth, scores),
}


@pytest.mark.parametrize("area", AREAS.values(), ids=AREAS)
@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_an_area_asks_for_the_order_of_scores_only(area, seed):
    truth, scores, rng = binary(seed)
    order = rng.permutation(len(truth))
    before = area(truth, scores)
    assert 0 <= before <= 1
    assert area(truth[order], scores[order]) == pytest.approx(before)
    assert area(truth, np.exp(3 * scores) - 7) == pytest.approx(before)
    assert area(truth, truth.astype(float)) == 1


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_the_auc_of_the_opposite_is_what_is_left_of_one(seed):
    truth, scores, _ = binary(seed)
    assert roc.auc(truth, -scores) == pytest.approx(1 - roc.auc(truth, scores))
    assert roc.auc(1 - truth, -scores) == pytest.approx(roc.auc(truth, scores))


@given(n=st.integers(1, 200), share=st.floats(0, 1), level=st.sampled_from([0.8, 0.95, 0.99]))
@pytest.mark.parametrize("interval", [proportion.wilson, proportion.clopper_pearson])
@settings(max_examples=60, deadline=None)
def test_an_interval_holds_its_share_grows_with_the_level_and_mirrors(interval, n, share, level):
    hits = int(share * n)
    low, high = interval(hits, n, level=level)
    assert 0 <= low <= hits / n <= high <= 1
    wider = interval(hits, n, level=0.999)
    assert wider[0] <= low <= high <= wider[1]
    assert interval(n - hits, n, level=level) == pytest.approx((1 - high, 1 - low), abs=1e-9)


@pytest.mark.parametrize("interval", [proportion.wilson, proportion.clopper_pearson])
def test_ten_times_the_patients_make_it_narrower(interval):
    widths = [np.ptp(interval(7 * k, 10 * k)) for k in (1, 10, 100)]
    assert widths[0] > widths[1] > widths[2]


@given(seed=SEEDS)
@settings(max_examples=15, deadline=None)
def test_masks_do_not_care_for_axes_mirrors_or_who_is_first(seed):
    rng = np.random.default_rng(seed)
    one, other = rng.random((2, 6, 7, 8)) > 0.7
    one[2, 2, 2] = other[3, 3, 3] = True
    spacing = (3.0, 1.0, 0.5)
    turned = [np.transpose(m[::-1], (2, 0, 1)) for m in (one, other)]
    there = surface.distances(one, other, spacing_mm=spacing)
    back = surface.distances(other, one, spacing_mm=spacing)
    moved = surface.distances(*turned, spacing_mm=(0.5, 3.0, 1.0))
    double = surface.distances(one, other, spacing_mm=(6.0, 2.0, 1.0))
    for measure in (surface.hausdorff, surface.average):
        assert measure(back) == pytest.approx(measure(there))
        assert measure(moved) == pytest.approx(measure(there))
        assert measure(double) == pytest.approx(2 * measure(there))
    assert surface.hausdorff(there, percentile=100) >= surface.hausdorff(there) >= 0
    assert overlap.overlap(*turned).dice == overlap.overlap(one, other).dice
    assert overlap.overlap(one, other).volume_error == pytest.approx(
        (one.sum() - other.sum()) / other.sum()
    )  # fmt: skip


@given(seed=SEEDS)
@settings(max_examples=15, deadline=None)
def test_an_empty_pair_a_same_pair_and_an_apart_pair(seed):
    mask = np.random.default_rng(seed).random((5, 6)) > 0.5
    mask[0, 0], mask[4, 5] = True, False
    assert overlap.overlap(mask, mask).dice == 1
    assert surface.hausdorff(surface.distances(mask, mask, spacing_mm=(1.0, 1.0))) == 0
    assert overlap.overlap(mask, ~mask).dice == 0
    assert np.isnan(surface.hausdorff(surface.distances(mask, np.zeros_like(mask), spacing_mm=(1.0, 1.0))))


@given(seed=SEEDS, shift=st.floats(-50, 50), scale=st.floats(0.1, 20))
@settings(max_examples=25, deadline=None)
def test_agreement_follows_the_units_it_is_given(seed, shift, scale):
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=25) * 10
    said = truth + rng.normal(size=25)
    assert agreement.pearson(scale * said + shift, truth) == pytest.approx(agreement.pearson(said, truth), abs=1e-6)
    assert agreement.spearman(said**3, truth) == pytest.approx(agreement.spearman(said, truth))
    before, after = agreement.bland_altman(said, truth), agreement.bland_altman(said + shift, truth)
    assert after.bias == pytest.approx(before.bias + shift)
    assert after.upper - after.lower == pytest.approx(before.upper - before.lower)
    back = agreement.bland_altman(truth, said)
    assert (back.bias, back.upper) == (pytest.approx(-before.bias), pytest.approx(-before.lower))


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_concordance_of_the_opposite_risk_is_what_is_left_of_one(seed):
    rng = np.random.default_rng(seed)
    risk, days, event = rng.random(30), rng.permutation(30) + 1.0, rng.random(30) < 0.6
    event[np.argmin(days)] = True
    found = concordance.concordance(risk, days, event)
    assert concordance.concordance(-risk, days, event) == pytest.approx(1 - found)
    assert concordance.concordance(np.exp(risk), days * 365, event) == pytest.approx(found)
    assert concordance.concordance(-days, days, event) == 1


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_two_scores_compared_the_other_way_round_differ_by_the_sign(seed):
    truth, first, rng = binary(seed)
    second = first + rng.normal(size=len(first)) * 0.3
    there, back = delong.paired_test(truth, first, second), delong.paired_test(truth, second, first)
    assert there.value == pytest.approx(-back.value, abs=1e-12)
    assert there.p == pytest.approx(back.p)
    assert 0 <= there.p <= 1
    area, low, high = delong.interval(truth, first)
    assert area == pytest.approx(roc.auc(truth, first))
    assert low <= area <= high


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_mcnemar_counts_only_where_they_disagree(seed):
    rng = np.random.default_rng(seed)
    first, second = rng.random((2, 40)) < 0.7
    there, back = mcnemar.mcnemar(first, second), mcnemar.mcnemar(second, first)
    assert there.p == pytest.approx(back.p)
    more = np.r_[first, np.ones(9, bool)], np.r_[second, np.ones(9, bool)]
    assert mcnemar.mcnemar(*more).p == pytest.approx(there.p)
    assert mcnemar.mcnemar(first, first).p == 1
