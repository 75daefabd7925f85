"""Grey values by the image's own percentiles."""

import numpy as np
import pytest

from osteon.transforms.intensity import robust_unit


def test_units_do_not_matter(rng):
    image = rng.gamma(2, 100, (40, 40))
    assert np.allclose(robust_unit(image), robust_unit(image * 7 + 300), atol=1e-5)


def test_outliers_are_cut(rng):
    image = rng.random(10_000)
    image[0] = 1e6
    found = robust_unit(image)
    assert (found.min(), found.max()) == (0, 1)
    assert found[1:].std() > 0.2
    assert found.dtype == np.float32


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_one_value_is_zero(value):
    assert not robust_unit(np.full((4, 4), value)).any()
