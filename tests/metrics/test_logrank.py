"""The log-rank test against the sample of the textbooks and against lifelines."""

import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.metrics.logrank import logrank

# Freireich 1963: weeks of remission in leukaemia, 6-mercaptopurine against placebo.
TREATED = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
TREATED_EVENTS = [1] * 9 + [0] * 12
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_the_textbook_sample():
    test = logrank(
        np.array(["6-MP"] * 21 + ["placebo"] * 21),
        np.array(TREATED + PLACEBO),
        np.array(TREATED_EVENTS + [1] * 21),
    )
    assert test.groups == ("6-MP", "placebo")
    assert test.observed == (9, 21)
    assert test.expected == pytest.approx((19.25, 10.75), abs=0.005)
    assert test.chi2 == pytest.approx(16.79, abs=0.005)
    assert test.p < 1e-4


@pytest.mark.parametrize("groups", [2, 3])
def test_as_lifelines(groups, rng):
    statistics = pytest.importorskip("lifelines.statistics")
    group = rng.integers(groups, size=80)
    days = rng.integers(1, 40, size=80)  # many ties
    event = rng.random(80) < 0.6
    theirs = statistics.multivariate_logrank_test(days, group, event)
    ours = logrank(group, days, event)
    assert ours.chi2 == pytest.approx(theirs.test_statistic, rel=1e-6)
    assert ours.p == pytest.approx(theirs.p_value, rel=1e-5)


def test_one_group_is_refused():
    with pytest.raises(RequestError, match="two groups"):
        logrank(np.array(["a", "a"]), np.array([1, 2]), np.array([1, 1]))
