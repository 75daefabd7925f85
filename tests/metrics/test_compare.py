import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.metrics import compare, delong
from osteon.metrics.mcnemar import mcnemar
from osteon.metrics.scoring import Context
from osteon.types import Evidence

CONTEXT = Context(unit="image", evidence=Evidence.REAL)


def _two(rng, n=200):
    truth = rng.integers(0, 2, n)
    shared = rng.normal(size=n)
    belief = [1 / (1 + np.exp(-(shared + rng.normal(size=n) + gain * (2 * truth - 1)))) for gain in (2.0, 0.7)]
    return truth, tuple(np.stack([1 - b, b], axis=1) for b in belief)


def test_one_row_a_patient_is_tested_exactly(rng):
    truth, pair = _two(rng)
    accuracy, area = compare.classification(truth, pair, classes="ab", patients=np.arange(200), context=CONTEXT)
    tested = delong.paired_test(truth, pair[0][:, 1], pair[1][:, 1])
    right = [p.argmax(axis=1) == truth for p in pair]
    assert (area.method, area.difference, area.p) == ("delong paired", tested.value, tested.p)
    assert accuracy.p == mcnemar(*right).p
    assert accuracy.difference == pytest.approx(right[0].mean() - right[1].mean())
    assert accuracy.low < accuracy.difference < accuracy.high


def test_several_rows_a_patient_go_by_the_paired_bootstrap(rng):
    truth, pair = _two(rng)
    found = compare.classification(truth, pair, classes="ab", patients=np.arange(200) % 60, context=CONTEXT)
    exact = compare.classification(truth, pair, classes="ab", patients=np.arange(200), context=CONTEXT)[1]
    assert {c.method for c in found} == {"paired patient bootstrap"}
    assert {c.patients for c in found} == {60}
    assert (found[1].low, found[1].high) == pytest.approx((exact.low, exact.high), abs=0.03)
    assert found[1].p < 0.01


def test_pairing_makes_the_interval_narrower_than_two_apart(rng):
    """Both systems err on the same hard patients; a paired interval knows that."""
    hard = rng.normal(size=80)
    first, second = hard + 0.1 * rng.normal(size=80), hard + 0.1 * rng.normal(size=80) - 0.05
    found = compare.values("dice", first=first, second=second, patients=range(80), context=CONTEXT)
    apart = 2 * 1.96 * np.sqrt(first.var() / 80 + second.var() / 80)
    assert found.high - found.low < apart / 3
    assert found.low <= found.difference <= found.high


def test_swapping_the_systems_turns_the_sign(rng):
    truth, pair = _two(rng)
    one, other = (
        compare.classification(truth, p, classes="ab", patients=np.arange(200) % 60, context=CONTEXT)
        for p in (pair, pair[::-1])
    )
    for a, b in zip(one, other, strict=True):
        assert (a.difference, a.low, a.high, a.p) == pytest.approx((-b.difference, -b.high, -b.low, b.p))


def test_a_system_against_itself_differs_by_nothing(rng):
    truth, (first, _) = _two(rng)
    for owners in (np.arange(200), np.arange(200) % 60):
        for found in compare.classification(truth, (first, first), classes="ab", patients=owners, context=CONTEXT):
            assert (found.difference, found.low, found.high) == (0.0, 0.0, 0.0)
            assert not found.p < 1.0


def test_each_of_three_classes_is_compared(rng):
    truth = rng.integers(0, 3, 90)
    pair = tuple(rng.dirichlet(np.ones(3), 90) for _ in range(2))
    found = compare.classification(truth, pair, classes="abc", patients=np.arange(90), context=CONTEXT)
    assert [c.metric for c in found] == ["accuracy", "auc[a]", "auc[b]", "auc[c]", "auc_macro"]
    *_, macro = found
    assert macro.difference == pytest.approx(np.mean([c.difference for c in found[1:4]]))
    assert macro.low < macro.difference < macro.high
    assert macro.method == "paired patient bootstrap"


def test_a_case_without_a_value_is_left_out_of_both_and_named():
    found = compare.values(
        "dice", first=[0.5, np.nan, 0.7], second=[0.4, 0.9, 0.7], patients=["a", "b", "c"], context=CONTEXT
    )
    assert (found.first, found.second, found.n) == (pytest.approx(0.6), pytest.approx(0.55), 2)
    assert "1 of 3 cases" in found.note


@pytest.mark.parametrize(
    ("first", "second", "patients"), [([0.1], [0.2, 0.3], ["a"]), ([np.nan], [0.1], ["a"]), ([0.1], [0.2], ["a", "b"])]
)
def test_values_that_do_not_pair_are_refused(first, second, patients):
    with pytest.raises(RequestError, match="same split"):
        compare.values("dice", first=first, second=second, patients=patients, context=CONTEXT)


def test_systems_on_different_rows_are_refused(rng):
    truth, (first, second) = _two(rng)
    with pytest.raises(RequestError, match="same rows"):
        compare.classification(truth, (first, second[:50]), classes="ab", patients=range(200), context=CONTEXT)


def test_the_paired_interval_is_that_of_a_bootstrap_written_out(rng):
    first, second = rng.normal(1, 1, 40), rng.normal(0.5, 1, 40)
    owners = np.repeat(np.arange(20), 2)
    found = compare.values("dice", first=first, second=second, patients=owners, context=CONTEXT)
    gaps = (first - second).reshape(20, 2).sum(1)
    draws = [gaps[rng.integers(0, 20, 20)].mean() / 2 for _ in range(4000)]
    assert found.difference == pytest.approx((first - second).mean())
    np.testing.assert_allclose((found.low, found.high), np.quantile(draws, [0.025, 0.975]), atol=0.04)
    share = min(np.mean(np.array(draws) <= 0), np.mean(np.array(draws) >= 0))
    assert found.p == pytest.approx(2 * share, abs=0.02)


def test_p_never_says_more_than_the_resamples_can(rng):
    found = compare.values(
        "dice", first=rng.normal(9, 0.1, 30), second=rng.normal(0, 0.1, 30), patients=np.arange(30), context=CONTEXT
    )
    assert 0 < found.p <= 0.002


def test_a_difference_that_is_not_there_is_found_as_often_as_p_allows():
    hits = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        both = rng.normal(size=(2, 25))
        found = compare.values("dice", first=both[0], second=both[1], patients=np.arange(25), context=CONTEXT)
        hits += found.p < 0.05
    assert hits <= 9, "0.05 of 60 is 3; far more would be a test that lies"


def test_the_positive_class_may_be_the_first(rng):
    truth = rng.integers(0, 2, 40)
    odds = [np.stack([1 - p, p], axis=1) for p in rng.random((2, 40))]
    by = {
        name: compare.classification(
            truth, tuple(odds), classes="ab", patients=np.arange(40), context=CONTEXT, positive=name
        )[1]
        for name in "ab"
    }
    assert by["a"].difference == pytest.approx(by["b"].difference)
    with pytest.raises(RequestError, match="none of a, b"):
        compare.classification(truth, tuple(odds), classes="ab", patients=np.arange(40), context=CONTEXT, positive="c")


def test_one_class_alone_has_an_accuracy_and_no_area(rng):
    truth = np.ones(20, int)
    odds = [np.stack([1 - p, p], axis=1) for p in rng.random((2, 20))]
    accuracy, area = compare.classification(truth, tuple(odds), classes="ab", patients=np.arange(20), context=CONTEXT)
    assert np.isfinite(accuracy.difference)
    assert np.isnan(area.difference)
