import numpy as np
import pytest

from osteon.errors import InputError
from osteon.io import finite


@pytest.mark.parametrize(
    "values",
    [
        np.array([0.0, -1.5, finite.LARGEST, -finite.LARGEST]),
        np.array([], dtype=float),
        np.array([2**62], dtype=np.int64),
        np.array([True]),
        np.array([1.5], dtype=np.float16),
    ],
)
def test_what_float32_holds_passes(values):
    finite.check(values, file="a.nii")


@pytest.mark.parametrize(
    ("values", "count"),
    [
        ([np.nan, 1.0], 1),
        ([np.inf, -np.inf, 0.0], 2),
        ([1e300, 1.0, 2.0], 1),
        ([np.nan, np.inf, -1e300], 3),
    ],
)
def test_what_it_does_not_hold_is_counted_and_refused(values, count):
    with pytest.raises(InputError, match=f"holds {count} NaN or infinite") as caught:
        finite.check(np.array(values), file="a.nii")
    assert caught.value.file == "a.nii"
