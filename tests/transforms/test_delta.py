"""Delta features: ratios and differences, in their order, nan where there is nothing to divide by."""

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.transforms import delta
from osteon.transforms.radiomics import vector


def test_ratio_and_difference():
    found = delta.delta(np.array([10.0, -2.0]), np.array([4.0, 3.0]))
    assert found.tolist() == pytest.approx([0.4, -1.5, -6.0, 5.0])
    assert found.dtype == np.float32
    assert delta.names(["volume", "mean"]) == (
        "delta_ratio_volume", "delta_ratio_mean", "delta_difference_volume", "delta_difference_mean",
    )  # fmt: skip


def test_nothing_changed():
    values = np.array([3.0, -0.5, 1e6])
    assert delta.delta(values, values).tolist() == [1, 1, 1, 0, 0, 0]


def test_a_ratio_to_nothing_is_unknown_and_the_difference_is_not():
    found = delta.delta(np.array([0.0, np.nan]), np.array([2.0, 1.0]))
    assert np.isnan(found[[0, 1, 3]]).all()
    assert found[2] == 2


def test_a_lesion_of_half_the_size(rng):
    """On the features themselves: half the extent along each axis is an eighth of the volume."""
    axes = np.meshgrid(*(np.arange(24) - 11.5,) * 3, indexing="ij")
    squared = np.sum(np.square(axes), axis=0)
    image = rng.normal(100, 10, (24, 24, 24))
    before, after = (vector.extract(image, squared <= r * r, spacing_mm=(1.0, 1.0, 1.0)) for r in (10, 5))
    change = dict(zip(delta.names(vector.Radiomics().names()), delta.delta(before, after), strict=True))
    assert change["delta_ratio_original_shape_MeshVolume"] == pytest.approx(1 / 8, rel=0.04)
    assert change["delta_ratio_original_shape_SurfaceArea"] == pytest.approx(1 / 4, rel=0.05)
    assert change["delta_difference_original_firstorder_Mean"] == pytest.approx(0, abs=2)


@pytest.mark.parametrize("shapes", [((2,), (3,)), ((2, 1), (2, 1))])
def test_what_does_not_go_together_is_refused(shapes):
    with pytest.raises(InputError, match="the same settings"):
        delta.delta(*(np.ones(shape) for shape in shapes))
