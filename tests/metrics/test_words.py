"""How a score is shown."""

import math

import pytest

from osteon.metrics import words
from osteon.types import Evidence, Score


def score(value, low, high):
    return Score(metric="auc", value=value, low=low, high=high, method="m", unit="patient", n=9, patients=9,
                 evidence=Evidence.REAL)  # fmt: skip


@pytest.mark.parametrize(
    ("value", "low", "high", "interval", "whole"),
    [
        (0.5, 0.1332, 1.0, "0.133 to 1.000", "0.500 (0.133 to 1.000)"),
        (-0.05, -0.1, 0.0, "-0.100 to 0.000", "-0.050 (-0.100 to 0.000)"),
        (math.nan, math.nan, math.nan, "-", "-"),
        (0.5, math.nan, math.nan, "-", "0.500 (-)"),
        (12.0, 3.0, math.inf, "3.000 to -", "12.000 (3.000 to -)"),
    ],
)
def test_three_digits_and_a_dash_for_what_is_undefined(value, low, high, interval, whole):
    found = score(value, low, high)
    assert words.interval(found) == interval
    assert words.whole(found) == whole
