"""A dose is above 0 and comes with a generator, or there is none."""

import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.simulate.xray.dose import check_dose

CT = {"of": "CT", "setting": "photons", "per": "ray"}


@pytest.mark.parametrize("rng", [None, np.random.default_rng(0)])
def test_no_noise_needs_nothing(rng):
    check_dose(None, rng=rng, **CT)


def test_a_dose_above_0_with_a_generator_is_fine():
    check_dose(1e-3, rng=np.random.default_rng(0), **CT)


def test_noise_without_a_generator_is_refused():
    with pytest.raises(RequestError, match=r"A CT with noise needs a generator.*photons=None"):
        check_dose(1e5, rng=None, **CT)


@pytest.mark.parametrize("photons", [0.0, -1.0, float("nan")])
def test_a_dose_that_is_not_above_0_is_refused(photons):
    with pytest.raises(RequestError, match="photons a ray cannot be meant"):
        check_dose(photons, rng=np.random.default_rng(0), **CT)
