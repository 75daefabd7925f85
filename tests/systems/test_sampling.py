"""The order of an epoch: classes equally often, or in between that and as they come."""

import numpy as np
import pytest

from osteon.systems._sampling import balanced


@pytest.mark.parametrize(
    ("power", "shares"), [(0.0, (1 / 3, 1 / 3, 1 / 3)), (0.5, (4 / 7, 2 / 7, 1 / 7)), (1.0, (16 / 21, 4 / 21, 1 / 21))]
)
def test_classes_are_drawn_as_often_as_the_power_of_their_size_says(power, shares):
    targets = [{"film": c} for c, n in enumerate((1600, 400, 100)) for _ in range(n)]
    order = balanced("film", power=power)(targets, np.random.default_rng(0))
    assert len(order) == len(targets)
    drawn = np.bincount([targets[i]["film"] for i in order]) / len(order)
    assert drawn == pytest.approx(shares, abs=0.03)
