import numpy as np
import pytest

from osteon.simulate.person.tissues import TABLE, Tissue
from osteon.simulate.xray.attenuation import tissue_attenuation, water_attenuation
from osteon.simulate.xray.energy_basis import TOLERANCE, energy_basis

ENERGIES = np.arange(22.0, 120.0, 4.0)
BODY = [tissue for tissue in TABLE if tissue not in (Tissue.AIR, Tissue.METAL)]


@pytest.mark.parametrize("tissues", [BODY, [*BODY, Tissue.METAL], [Tissue.FAT], [Tissue.MUSCLE, Tissue.AIR]])
def test_curves_and_factors_give_the_tissues_back(tissues):
    basis = energy_basis(np.array(tissues, np.uint8), ENERGIES)
    matter = [tissue for tissue in tissues if tissue != Tissue.AIR]
    found = basis.factors[matter] @ basis.curves
    error = np.abs(found - tissue_attenuation(matter, ENERGIES)) / water_attenuation(ENERGIES)
    assert error.max() < TOLERANCE + 2e-5
    assert not basis.factors[Tissue.AIR].any()


def test_few_curves_are_enough_and_iodine_adds_its_own():
    plain = energy_basis(np.array(BODY, np.uint8), ENERGIES)
    iodine = {Tissue.BLOOD: 8.0, Tissue.TUMOUR: 3.0}
    enhanced = energy_basis(np.array(BODY, np.uint8), ENERGIES, iodine_mg_per_ml=iodine)
    assert plain.curves.shape[0] <= 3
    assert plain.curves.shape[0] < enhanced.curves.shape[0] <= 4
    found = enhanced.factors[Tissue.BLOOD] @ enhanced.curves
    expected = tissue_attenuation([Tissue.BLOOD], ENERGIES, iodine_mg_per_ml=iodine)[0]
    np.testing.assert_allclose(found, expected, rtol=2e-3)


def test_air_alone_attenuates_nothing():
    basis = energy_basis(np.zeros((3, 3, 3), np.uint8), ENERGIES)
    assert not basis.factors.any()
    assert basis.curves.shape == (1, ENERGIES.size)
