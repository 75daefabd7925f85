import numpy as np
import pytest

from osteon.simulate.nuclear.photon_compton import redirected, row_of, scatter, turn
from osteon.simulate.nuclear.photon_random import direction, states
from osteon.simulate.nuclear.photon_tables import ELECTRON_KEV, TECHNETIUM_KEV, Window, tables


@pytest.fixture(scope="module")
def table():
    return tables(Window(resolution=0.5))  # a blunt crystal, so that the tables go far down


def density(cosine, k):
    """Klein and Nishina's differential cross-section, not normalised."""
    left = 1 / (1 + k * (1 - cosine))
    return left**2 * (left + 1 / left - 1 + cosine**2)


def test_sampled_angles_follow_klein_and_nishina(rng):
    state = states(rng, blocks=1)[0]
    found = np.array([scatter(TECHNETIUM_KEV, state)[0] for _ in range(40_000)])
    edges = np.linspace(-1, 1, 21)
    fine = np.linspace(-1, 1, 20 * 50 + 1)
    middle = (fine[1:] + fine[:-1]) / 2
    wanted = density(middle, TECHNETIUM_KEV / ELECTRON_KEV).reshape(20, 50).sum(axis=1)
    wanted *= found.size / wanted.sum()
    counts = np.histogram(found, edges)[0]
    assert ((counts - wanted) ** 2 / wanted).sum() < 43.8  # chi-squared of 19 degrees, p = 0.001


def test_energy_after_a_scatter_is_comptons(rng):
    state = states(rng, blocks=1)[0]
    for energy in (100.0, TECHNETIUM_KEV, 511.0):
        cosine, left = scatter(energy, state)
        assert left == pytest.approx(energy / (1 + energy / ELECTRON_KEV * (1 - cosine)), rel=1e-4)


def test_likelihood_of_a_direction_averages_to_one(table):
    cosines = np.linspace(-1, 1, 2001)
    likely = np.array([redirected(table, TECHNETIUM_KEV, float(c))[1] for c in cosines])
    assert likely.min() > 0  # the tables reach down to the energy of a full turn
    assert np.trapezoid(likely, cosines) / 2 == pytest.approx(1.0, rel=1e-3)


def test_what_can_not_be_counted_has_no_weight():
    sharp = tables(Window(resolution=0.03))
    energy, likely = redirected(sharp, TECHNETIUM_KEV, -1.0)
    assert energy < sharp.low_kev
    assert likely == 0.0


@pytest.mark.parametrize("cosine", [1.0, 0.7, 0.0, -0.9])
def test_a_turn_makes_the_angle_asked_for(rng, cosine):
    state = states(rng, blocks=1)[0]
    for start in (direction(state), (0.0, 0.0, 1.0), (0.0, 0.0, -1.0), (1.0, 0.0, 0.0)):
        after = turn(start, cosine, state)
        assert np.linalg.norm(after) == pytest.approx(1.0)
        assert np.dot(start, after) == pytest.approx(cosine, abs=1e-9)


def test_turns_go_all_ways_round(rng):
    state = states(rng, blocks=1)[0]
    start = (0.6, 0.0, 0.8)
    mean = np.mean([turn(start, 0.5, state) for _ in range(20_000)], axis=0)
    assert mean == pytest.approx(0.5 * np.array(start), abs=0.02)


def test_rows_are_the_nearest(table):
    assert row_of(table, table.peak_kev) == len(table.window) - 1
    assert row_of(table, table.low_kev + 0.74 * table.step_kev) == 1
    assert row_of(table, table.low_kev + 0.26 * table.step_kev) == 0
