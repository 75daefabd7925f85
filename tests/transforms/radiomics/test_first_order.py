"""Statistics agree with SciPy's and with numbers worked out by hand."""

import numpy as np
import pytest
from scipy import stats

from osteon.transforms.radiomics.first_order import NAMES, first_order


def of(found, grey=None, voxel_mm3=1.0):
    grey = np.ones(len(found), np.int32) if grey is None else grey
    return dict(zip(NAMES, first_order(np.asarray(found), np.asarray(grey), voxel_mm3=voxel_mm3), strict=True))


def test_against_scipy(rng):
    found = rng.gamma(2.0, 30.0, 1000)
    made = of(found)
    assert made["Skewness"] == pytest.approx(stats.skew(found))
    assert made["Kurtosis"] == pytest.approx(stats.kurtosis(found, fisher=False))
    assert made["InterquartileRange"] == pytest.approx(stats.iqr(found))
    assert made["Variance"] == pytest.approx(found.var())


def test_by_hand():
    made = of([1, 2, 3, 4], grey=[1, 1, 1, 3], voxel_mm3=2.0)
    assert made["Energy"] == 30
    assert made["TotalEnergy"] == 60
    assert made["RootMeanSquared"] == pytest.approx(7.5**0.5)
    assert made["MeanAbsoluteDeviation"] == 1
    assert made["RobustMeanAbsoluteDeviation"] == 0.5  # of 2 and 3, between the tenth and ninetieth percentile
    assert made["Entropy"] == pytest.approx(-0.75 * np.log2(0.75) + 0.5)
    assert made["Uniformity"] == 0.625
    assert (made["Minimum"], made["Mean"], made["Median"], made["Maximum"], made["Range"]) == (1, 2.5, 2.5, 4, 3)


def test_one_value_has_no_spread():
    made = of([5.0, 5.0, 5.0])
    assert [made[n] for n in ("Variance", "Skewness", "Kurtosis", "Entropy", "Range")] == [0] * 5
    assert made["Uniformity"] == 1


def test_shifting_moves_the_mean_alone(rng):
    found = rng.normal(0, 10, 200)
    one, other = of(found), of(found + 100)
    same = ("Variance", "Skewness", "Kurtosis", "InterquartileRange", "MeanAbsoluteDeviation", "Range")
    assert [other[n] for n in same] == pytest.approx([one[n] for n in same])
    assert other["Mean"] == pytest.approx(one["Mean"] + 100)
