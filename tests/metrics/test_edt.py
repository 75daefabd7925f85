import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt

from osteon.metrics.edt import nearest_mm


@settings(deadline=None)
@given(
    st.tuples(*[st.integers(1, 9)] * 3),
    st.tuples(*[st.floats(0.2, 5)] * 3),
    st.floats(0.01, 0.9),
    st.integers(0, 2**32 - 1),
)
def test_distances_are_scipys(shape, spacing, density, seed):
    rng = np.random.default_rng(seed)
    queries, sites = rng.random((2, *shape)) < density
    sites.flat[rng.integers(sites.size)] = True
    expected = distance_transform_edt(~sites, sampling=spacing)[queries]
    np.testing.assert_allclose(nearest_mm(queries, sites, spacing), expected, atol=1e-9)


@pytest.mark.parametrize("apart", [0, 7, 59])
def test_a_lone_site_is_found_from_afar(apart):
    queries, sites = np.zeros((2, 60, 3, 3), bool)
    queries[0, 0, 0] = sites[apart, 2, 1] = True
    expected = np.hypot(np.hypot(2.0 * apart, 2 * 0.5), 0.7)
    assert nearest_mm(queries, sites, (2.0, 0.5, 0.7)) == pytest.approx([expected])
