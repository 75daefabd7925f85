import numpy as np
import pytest

from osteon.cohorts.checks.likeness import ALIKE, exact, likeness, near
from osteon.cohorts.checks.looks import looks
from tests.cohorts.checks.made_studies import cohort, film, study


def pixels(seed):
    return film(seed).read()


def seen(*images, patients=None, labels=None):
    patients = patients or [f"p{n}" for n in range(len(images))]
    labels = labels or [{}] * len(images)
    made = (study(n, film(pixels=x), patient=patients[n], labels=labels[n]) for n, x in enumerate(images))
    return list(looks(cohort(*made)))


def names(found):
    return [f.name for f in found]


def test_of_three_copies_each_is_told_with_the_first():
    pairs = [(one.origin, other.origin) for one, other in exact(seen(pixels(1), pixels(1), pixels(2), pixels(1)))]
    assert pairs == [("row 0", "row 1"), ("row 0", "row 3")]


@pytest.mark.parametrize(
    ("patients", "labels", "expected"),
    [
        (["a", "b"], [{}, {}], ["duplicate"]),
        (["a", "a"], [{}, {}], []),
        (["a", "a"], [{"x": "1"}, {"x": "2"}], ["contradicting-labels"]),
        (["a", "b"], [{"x": "1"}, {"x": "2"}], ["duplicate", "contradicting-labels"]),
        (["a", "b"], [{"x": "1"}, {"x": "1"}], ["duplicate"]),
        (["a", "b"], [{"x": "1"}, {"y": "2"}], ["duplicate"]),
    ],
)
def test_copies_are_judged_by_patient_and_label(patients, labels, expected):
    assert names(likeness(seen(pixels(1), pixels(1), patients=patients, labels=labels))) == expected


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda x: 3 * x + 7, True),  # brightness and contrast
        (lambda x: x + np.random.default_rng(0).normal(size=x.shape) * 0.01, True),  # compressed again
        (lambda x: np.kron(x, np.ones((2, 2))), True),  # twice the size
        (lambda x: -x, False),
        (lambda x: x[:, ::-1], False),
        (lambda x: pixels(99), False),
    ],
)
def test_what_counts_as_a_near_copy(change, found):
    assert bool(list(near(seen(pixels(1), change(pixels(1)))))) is found


def test_one_patient_may_have_films_that_are_alike():
    again = pixels(1) * 1.01 + 1
    assert names(likeness(seen(pixels(1), again, patients=["a", "a"]))) == []
    assert names(likeness(seen(pixels(1), again))) == ["near-duplicate"]


def test_blocks_of_the_search_miss_no_pair(monkeypatch):
    """The candidates are sought block by block: the pairs must not depend on the block's size."""
    images = [pixels(n % 5) * (1 + n / 50) for n in range(12)]
    whole = {(one.origin, other.origin) for one, other in near(seen(*images))}
    monkeypatch.setattr("osteon.cohorts.checks.likeness.BLOCK", 3)
    parts = {(one.origin, other.origin) for one, other in near(seen(*images))}
    assert whole == parts
    assert len(whole) == 2 * 3 + 3 * 1


def test_the_candidates_hold_every_pair_that_correlates():
    """The quick signs may only leave out what is not alike: compared with all products of the signatures."""
    base = [pixels(n) for n in range(6)]
    images = [x + np.random.default_rng(n).normal(size=x.shape) * s for n, x in enumerate(base) for s in (0.0, 0.05)]
    found = seen(*images)
    products = np.stack([look.signature for look in found]) @ np.stack([look.signature for look in found]).T
    expected = {(i, j) for i, j in zip(*np.nonzero(products >= ALIKE), strict=True) if i < j}
    assert {(found.index(one), found.index(other)) for one, other in near(found)} == expected
    assert len(expected) >= 6
