import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.simulate.person.tissues import TABLE, Tissue
from osteon.simulate.xray.attenuation import MATERIALS, mass_attenuation, tissue_attenuation, water_attenuation


@pytest.mark.parametrize(
    ("elements", "kev", "expected"),
    [  # NIST, Hubbell and Seltzer (1996), with coherent scatter, cm2/g
        ({"H": 0.1119, "O": 0.8881}, 20.0, 0.8096),
        ({"H": 0.1119, "O": 0.8881}, 60.0, 0.2059),
        ({"H": 0.1119, "O": 0.8881}, 100.0, 0.1707),
        ({"Ca": 1.0}, 40.0, 1.830),
        ({"Ca": 1.0}, 80.0, 0.3656),
        ({"I": 1.0}, 60.0, 7.579),
        ({"I": 1.0}, 100.0, 1.942),
        ({"Al": 1.0}, 60.0, 0.2778),
        ({"W": 1.0}, 60.0, 3.713),
    ],
)
def test_the_coefficients_are_those_of_nist(elements, kev, expected):
    assert mass_attenuation(elements, np.array([kev]))[0] == pytest.approx(expected, rel=0.025)


def test_a_mixture_is_the_sum_of_its_elements_and_keeps_the_shape():
    energies = np.array([[30.0, 50.0], [70.0, 90.0]])
    mixed = mass_attenuation({"H": 0.25, "C": 0.75}, energies)
    parts = 0.25 * mass_attenuation({"H": 1.0}, energies) + 0.75 * mass_attenuation({"C": 1.0}, energies)
    assert mixed.shape == (2, 2)
    np.testing.assert_allclose(mixed, parts, rtol=1e-12)


def test_the_k_edge_of_iodine_stands_where_it_is():
    below, above = mass_attenuation(MATERIALS["iodine"], np.array([33.0, 33.4]))
    assert above > 4 * below


@pytest.mark.parametrize("kev", [0.5, 900.0, np.nan])
def test_energies_outside_the_tables_are_refused(kev):
    with pytest.raises(RequestError, match="from 1 to 800 keV"):
        mass_attenuation(MATERIALS["water"], np.array([60.0, kev]))


def test_material_fractions_sum_to_one():
    for name, elements in MATERIALS.items():
        assert sum(elements.values()) == pytest.approx(1.0, abs=2e-4), name


def test_tissues_come_with_their_density_in_per_mm():
    energies = np.array([40.0, 60.0, 100.0])
    table = tissue_attenuation((Tissue.MUSCLE, Tissue.CORTICAL), energies)
    assert table.shape == (2, 3)
    muscle = TABLE[Tissue.MUSCLE]
    np.testing.assert_allclose(
        table[0], muscle.density_g_per_cm3 * mass_attenuation(muscle.elements, energies) / 10.0, rtol=1e-12
    )
    assert (table[1] > 2 * table[0]).all()  # cortical bone
    assert table[1][0] / table[0][0] > table[1][2] / table[0][2]  # and its contrast falls with energy


def test_contrast_agent_adds_its_iodine():
    energies = np.array([60.0])
    plain = tissue_attenuation((Tissue.BLOOD,), energies)
    given = tissue_attenuation((Tissue.BLOOD,), energies, iodine_mg_per_ml={Tissue.BLOOD: 10.0})
    elsewhere = tissue_attenuation((Tissue.BLOOD,), energies, iodine_mg_per_ml={Tissue.MUSCLE: 10.0})
    added = 0.010 * mass_attenuation(MATERIALS["iodine"], energies)[0] / 10.0
    assert (given - plain)[0, 0] == pytest.approx(added)
    assert (elsewhere == plain).all()


def test_water_in_per_mm():
    assert water_attenuation(np.array([60.0]))[0] == pytest.approx(0.0206, rel=0.01)


def test_no_tissues_give_no_rows():
    assert tissue_attenuation((), np.array([60.0, 70.0])).shape == (0, 2)
