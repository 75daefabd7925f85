import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.metrics.mcnemar import mcnemar

ANSWERS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60).map(np.array)


@given(ANSWERS)
def test_p_is_statsmodels(answers):
    peer = pytest.importorskip("statsmodels.stats.contingency_tables")
    first, second = answers.T
    table = [[(first & second).sum(), (first & ~second).sum()], [(~first & second).sum(), (~first & ~second).sum()]]
    theirs = peer.mcnemar(table, exact=True).pvalue if (first != second).any() else 1.0
    ours = mcnemar(first, second)
    assert ours.p == pytest.approx(theirs)
    assert (ours.only_first, ours.only_second) == (table[0][1], table[1][0])
    assert mcnemar(second, first).p == pytest.approx(ours.p)
