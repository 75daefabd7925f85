import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from osteon.errors import RequestError
from osteon.metrics import bootstrap, kappa


def raters(rng, rows=60, count=2, classes=3):
    truth = rng.integers(0, classes, rows)
    wrong = rng.random((rows, count)) < 0.35
    return np.where(wrong, rng.integers(0, classes, (rows, count)), truth[:, None])


@pytest.mark.parametrize("weighting", ["none", "linear", "quadratic"])
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_cohens_is_scikit_learns(rng, weighting, classes):
    first, second = raters(rng, classes=classes).T
    theirs = cohen_kappa_score(
        first, second, labels=list(range(classes)), weights=None if weighting == "none" else weighting
    )
    assert kappa.cohen(first, second, classes=classes, weighting=weighting) == pytest.approx(theirs)
    assert kappa.cohen(second, first, classes=classes, weighting=weighting) == pytest.approx(theirs)


@pytest.mark.parametrize("count", [2, 3, 6])
def test_fleiss_is_statsmodels(rng, count):
    inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")
    ratings = raters(rng, count=count)
    table, _ = inter_rater.aggregate_raters(ratings, n_cat=3)
    assert kappa.fleiss(ratings, classes=3) == pytest.approx(inter_rater.fleiss_kappa(table))


def test_the_statistic_of_weights_is_the_value_of_repeated_rows(rng):
    ratings = raters(rng, rows=25, count=3)
    weights = rng.integers(0, 4, (25, 6)).astype(float)
    statistics = (
        (kappa.fleiss_statistic(ratings, classes=3), lambda r: kappa.fleiss(r, classes=3)),
        (
            kappa.cohen_statistic(ratings[:, 0], ratings[:, 1], classes=3, weighting="linear"),
            lambda r: kappa.cohen(r[:, 0], r[:, 1], classes=3, weighting="linear"),
        ),
    )
    for statistic, value in statistics:
        repeated = [value(np.repeat(ratings, column.astype(int), axis=0)) for column in weights.T]
        assert statistic(weights) == pytest.approx(repeated)


def test_perfect_chance_and_undefined():
    same = np.array([0, 1, 2, 1])
    assert kappa.cohen(same, same, classes=3) == 1.0
    assert kappa.cohen(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), classes=2) == 0.0
    assert np.isnan(kappa.cohen(np.zeros(4, int), np.zeros(4, int), classes=2))
    assert np.isnan(kappa.fleiss(np.zeros((4, 3), int), classes=2))
    assert kappa.fleiss(np.stack([same] * 4, axis=1), classes=3) == pytest.approx(1.0)


def test_weights_forgive_neighbours():
    first, near, far = np.array([0, 1, 2, 2, 0]), np.array([1, 1, 2, 2, 0]), np.array([2, 1, 2, 2, 0])
    plain = [kappa.cohen(first, other, classes=3) for other in (near, far)]
    squared = [kappa.cohen(first, other, classes=3, weighting="quadratic") for other in (near, far)]
    assert squared[0] > plain[0]
    assert squared[1] < squared[0]


def test_the_bootstrap_interval_covers(rng):
    """In 60 samples from one population the interval holds its kappa in at least 85 %."""
    big = raters(rng, rows=200_000, classes=2)
    true = kappa.cohen(big[:, 0], big[:, 1], classes=2)
    held = 0
    for start in range(60):
        first, second = big[start * 100 : start * 100 + 100].T
        draws = bootstrap.resample(
            kappa.cohen_statistic(first, second, classes=2), np.arange(100), rng=rng, resamples=300
        )
        interval = bootstrap.percentile(draws)
        held += interval.low <= true <= interval.high
    assert held >= 51


@pytest.mark.parametrize(
    "ratings", [np.zeros((3, 1), int), np.full((3, 2), 5), np.full((3, 2), -1), np.zeros((3, 2)), np.zeros((0, 2), int)]
)
def test_bad_ratings_are_refused(ratings):
    with pytest.raises(RequestError):
        kappa.fleiss(ratings, classes=2)
    with pytest.raises(RequestError, match="same rows"):
        kappa.cohen(np.zeros(3, int), np.zeros(4, int), classes=2)
