import numpy as np
import pytest
from scipy.stats import norm

from osteon.simulate.nuclear.photon_tables import ELECTRON_KEV, TECHNETIUM_KEV, Window, tables
from osteon.simulate.person.tissues import TABLE, Tissue


@pytest.fixture(scope="module")
def table():
    return tables(Window())


def test_rows_are_the_energies_up_to_the_peak(table):
    assert table.peak_kev == TECHNETIUM_KEV
    assert table.low_kev + table.step_kev * (len(table.window) - 1) == pytest.approx(table.peak_kev)
    assert table.total.shape == table.scatter.shape == (len(table.window), 256)


def test_water_has_the_attenuation_of_the_nist_tables(table):
    # NIST XCOM at 140.5 keV without coherent scatter: 0.1510 cm2/g.
    assert table.total[-1, Tissue.URINE] == pytest.approx(0.1509, rel=0.005)
    assert table.scatter[-1, Tissue.URINE] / table.total[-1, Tissue.URINE] == pytest.approx(0.994, abs=0.001)


def test_bone_absorbs_more_and_lower_energies_are_attenuated_more(table):
    kept = table.scatter[-1] / np.where(table.total[-1] > 0, table.total[-1], 1)
    assert kept[Tissue.CORTICAL] < kept[Tissue.TRABECULAR] < kept[Tissue.MUSCLE]
    present = [int(tissue) for tissue in TABLE]
    assert (np.diff(table.total[:, present], axis=0) < 0).all()


def test_tissues_that_do_not_exist_attenuate_nothing(table):
    assert not table.total[:, 200].any()


def test_klein_nishina_is_thomson_at_low_and_the_textbook_value_at_high_energy():
    at = tables(Window(peak_kev=ELECTRON_KEV))
    # sigma(511 keV) = 0.2866 barn; 2 pi r_e^2 = 0.49893 barn.
    assert at.klein_nishina[-1] * 0.49893 == pytest.approx(0.2866, rel=1e-3)
    thomson = 4.0 / 3.0
    assert tables(Window()).klein_nishina[-1] == pytest.approx(0.692 * thomson, rel=0.04)


@pytest.mark.parametrize("energy", [110.0, 126.0, 140.511])
def test_window_takes_what_a_normal_distribution_puts_in_it(energy):
    window = Window()
    sigma = 0.099 * (TECHNETIUM_KEV * energy) ** 0.5 / 2.3548
    wanted = norm.cdf(1.1 * TECHNETIUM_KEV, energy, sigma) - norm.cdf(0.9 * TECHNETIUM_KEV, energy, sigma)
    assert float(window.accepts(np.array(energy))) == pytest.approx(wanted, rel=1e-4)


def test_what_is_below_the_tables_is_never_counted(table):
    peak = float(Window().accepts(np.array(TECHNETIUM_KEV)))
    assert float(Window().accepts(np.array(table.low_kev - 1.0))) / peak < 1.5e-6
    assert table.accepted == pytest.approx(peak)
    assert table.window[-1] == pytest.approx(1.0)
    assert (np.diff(table.window) > -1e-3).all()


def test_a_sharper_crystal_sees_less_scatter():
    sharp, blunt = tables(Window(resolution=0.05)), tables(Window(resolution=0.15))
    assert sharp.low_kev > blunt.low_kev
