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


def test_the_nearest_of_several_is_found_in_each_direction():
    sites = np.zeros((7, 9, 11), bool)
    sites[0, 0, 0] = sites[6, 8, 10] = True
    queries = np.zeros_like(sites)
    for axis, place in enumerate(((3, 0, 0), (0, 4, 0), (0, 0, 5))):
        queries[:] = False
        queries[place] = True
        spacing = (2.0, 3.0, 5.0)
        expected = min(
            np.linalg.norm(np.subtract(place, site) * spacing) for site in ((0, 0, 0), (6, 8, 10))
        )  # fmt: skip
        assert nearest_mm(queries, sites, spacing)[0] == pytest.approx(expected), axis


def test_distances_come_in_the_order_of_argwhere(rng):
    sites, queries = rng.random((5, 6, 7)) < 0.1, rng.random((5, 6, 7)) < 0.3
    sites[2, 3, 4] = True
    spacing = (3.0, 0.7, 1.1)
    found = nearest_mm(queries, sites, spacing)
    every = np.argwhere(sites) * spacing
    for place, distance in zip(np.argwhere(queries), found, strict=True):
        assert distance == pytest.approx(np.linalg.norm(every - place * spacing, axis=1).min())


def test_a_voxel_on_a_site_is_at_no_distance_and_no_query_gives_none():
    sites = np.ones((2, 3, 4), bool)
    assert (nearest_mm(sites, sites, (1.0, 1.0, 1.0)) == 0).all()
    assert nearest_mm(np.zeros_like(sites), sites, (1.0, 1.0, 1.0)).shape == (0,)
