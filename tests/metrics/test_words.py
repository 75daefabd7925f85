"""How a score is shown."""

import math
from dataclasses import replace

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


@pytest.mark.parametrize(
    ("unit", "n", "patients", "said"),
    [("patient", 36, 36, "36 patients"), ("patient", 1, 1, "1 patient"),
     ("lesion", 286, 113, "286 lesions of 113 patients"), ("spectrum", 1303, 1, "1,303 spectra of 1 patient"),
     ("study", 4, 3, "4 studies of 3 patients")],
)  # fmt: skip
def test_what_is_counted_is_said_and_whose_it_is(unit, n, patients, said):
    found = replace(score(0.5, 0.4, 0.6), unit=unit, n=n, patients=patients)
    assert words.counted(found) == said
