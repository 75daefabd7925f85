"""From a statistic to a score: which interval, which words, and whose patients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon.errors import RequestError
from osteon.metrics import bootstrap
from osteon.metrics.proportion import clopper_pearson
from osteon.metrics.scoring import Context, Figure, count_patients, scores
from osteon.types import Evidence

CONTEXT = Context(unit="image", evidence=Evidence.REAL, task="t", note="mind")


def scored(values, *, patients=None, figure=None, context=CONTEXT):
    values = np.asarray(values, float)
    owners = np.arange(values.size) if patients is None else np.asarray(patients)
    figure = figure or Figure(metric="dice", n=values.size, patients=count_patients(owners))
    (found,) = scores([figure], lambda w: bootstrap.mean(values)(w)[None], patients=owners, context=context)
    return found


def test_the_interval_is_that_of_patients_drawn_with_all_their_rows(rng):
    values = rng.normal(size=60)
    owners = np.repeat(np.arange(20), 3)
    found = scored(values, patients=owners)
    sums = values.reshape(20, 3).sum(1)
    means = [sums[rng.integers(0, 20, 20)].mean() / 3 for _ in range(4000)]
    assert found.value == pytest.approx(values.mean())
    np.testing.assert_allclose((found.low, found.high), np.quantile(means, [0.025, 0.975]), atol=0.03)


def test_ten_copies_of_every_row_make_no_patient_more_certain(rng):
    values = rng.normal(size=30)
    once, often = scored(values), scored(np.repeat(values, 10), patients=np.repeat(np.arange(30), 10))
    assert often.value == pytest.approx(once.value)
    assert (often.low, often.high) == pytest.approx((once.low, once.high), abs=0.06)


@given(st.permutations(range(24)))
@settings(max_examples=15)
def test_the_order_of_rows_is_nothing(order):
    values = np.sin(np.arange(24))
    owners = np.array([f"p{i // 2}" for i in range(24)])
    one, two = scored(values, patients=owners), scored(values[order], patients=owners[order])
    assert (one.value, one.low, one.high) == pytest.approx((two.value, two.low, two.high))


def test_another_seed_draws_another_interval_and_the_same_the_same(rng):
    values = rng.normal(size=40)
    ends = [
        (s.low, s.high) for s in (scored(values, context=Context(unit="image", evidence=Evidence.REAL, seed=k))
                                  for k in (0, 0, 1))
    ]  # fmt: skip
    assert ends[0] == ends[1] != ends[2]


def test_an_exact_interval_wins_over_the_bootstrap():
    figure = Figure(metric="dice", n=4, patients=4, exact=(0.1, 0.2, "by hand"), note="own")
    found = scored([0, 1, 1, 0], figure=figure)
    assert (found.low, found.high, found.method, found.note) == (0.1, 0.2, "by hand", "own; mind")


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_perfect_share_is_as_sure_as_its_patients_are_many(value):
    figure = Figure(metric="found", n=12, patients=12, perfect_of=7)
    found = scored([value] * 12, figure=figure)
    assert (found.low, found.high) == pytest.approx(clopper_pearson(7 if value else 0, 7))
    assert found.method == "clopper-pearson on patients"
    assert "n of n patients" in found.note


def test_values_all_alike_but_no_share_say_that_nothing_is_known():
    found = scored([0.5] * 12)
    assert (found.low, found.high) == (0.5, 0.5)
    assert "no resample differs: the interval says nothing" in found.note


def test_what_is_undefined_has_no_interval_and_says_what_it_needs():
    found = scored([np.nan] * 12)
    assert np.isnan([found.value, found.low, found.high]).all()
    assert (found.method, found.note) == ("none", "undefined: it needs a case whose truth is not empty; mind")


def test_few_patients_and_lost_resamples_are_said():
    found = scored([0.1, 0.9, np.nan, np.nan, np.nan], figure=Figure(metric="dice", n=2, patients=2))
    assert "2 patients are few for a bootstrap" in found.note
    lost = int(found.note.split(" of 2000 resamples")[0].split()[-1])
    assert lost == pytest.approx(2000 * (3 / 5) ** 5, rel=0.25)


def test_without_a_row_there_is_no_score():
    with pytest.raises(RequestError, match="nothing to score"):
        scores([], lambda w: w, patients=np.array([]), context=CONTEXT)


def test_patients_are_counted_once_and_only_among_the_rows_asked_for():
    owners = np.array(["a", "b", "a", "c"])
    assert count_patients(owners) == 3
    assert count_patients(owners, np.array([True, False, True, False])) == 1
    assert count_patients(owners, np.zeros(4, bool)) == 0
