import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from osteon.errors import RequestError
from osteon.metrics.proportion import clopper_pearson, wilson

COUNTS = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("successes", "n", "printed"),
    [
        (21, 28, (55.1, 89.3)),
        (22, 28, (59.0, 91.7)),
        (18, 28, (44.1, 81.4)),
        (6, 7, (42.1, 99.6)),
        (7, 8, (47.3, 99.7)),
        (7, 12, (27.7, 84.8)),
    ],
)
def test_the_intervals_of_he_2019_come_out(successes, n, printed):
    """Sheet 14 and E17: the published intervals are those of these counts, and 75.5 % is 21 of 28."""
    assert tuple(round(100 * end, 1) for end in clopper_pearson(successes, n)) == printed


@given(COUNTS, st.sampled_from([0.9, 0.95, 0.99]))
def test_both_are_scipys(counts, level):
    result = binomtest(*counts)
    for ours, theirs in ((clopper_pearson, "exact"), (wilson, "wilson")):
        interval = result.proportion_ci(confidence_level=level, method=theirs)
        np.testing.assert_allclose(ours(*counts, level=level), (interval.low, interval.high), atol=1e-9)


@given(COUNTS)
def test_an_interval_holds_its_share_and_mirrors(counts):
    successes, n = counts
    for interval in (clopper_pearson, wilson):
        low, high = interval(successes, n)
        assert 0.0 <= low <= successes / n + 1e-12
        assert successes / n - 1e-12 <= high <= 1.0
        np.testing.assert_allclose(interval(n - successes, n), (1 - high, 1 - low), atol=1e-9)


def test_the_exact_interval_covers_at_least_as_often_as_it_says():
    n, share = 28, 0.75
    seen = np.random.default_rng(1).binomial(n, share, 4000)
    covered = [low <= share <= high for low, high in (clopper_pearson(int(k), n) for k in seen)]
    assert np.mean(covered) >= 0.95


@pytest.mark.parametrize("counts", [(1, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_refused(counts):
    with pytest.raises(RequestError, match="successes"):
        clopper_pearson(*counts)
