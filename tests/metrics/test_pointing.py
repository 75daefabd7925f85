"""The pointing game: hits, energy, what chance would give, and intervals by patient."""

import numpy as np
import pytest

from osteon.errors import GeometryError, RequestError
from osteon.metrics import pointing
from osteon.metrics.pointing import Pointed, point
from osteon.metrics.proportion import clopper_pearson
from osteon.metrics.scoring import Context
from osteon.types import Evidence

CONTEXT = Context(unit="lesion", evidence=Evidence.SIMULATED)
MASK = np.zeros((10, 10), int)
MASK[2:4, 2:7] = 3


def test_a_map_on_the_mask_and_one_beside_it():
    on, beside = np.zeros((10, 10)), np.zeros((10, 10))
    on[3, 5], on[9, 9] = 3.0, 1.0
    beside[9, 9] = 1.0
    assert point(on, MASK, patient="a") == Pointed(patient="a", hit=1.0, energy=0.75, chance=0.1)
    assert point(beside, MASK, patient="a") == Pointed(patient="a", hit=0.0, energy=0.0, chance=0.1)


def test_a_flat_map_scores_what_chance_gives():
    found = point(np.full((10, 10), 0.4), MASK, patient="a")
    assert found.hit == found.chance == pytest.approx(found.energy) == 0.1


def test_a_map_without_heat_has_no_energy():
    assert np.isnan(point(np.zeros((10, 10)), MASK, patient="a").energy)


def test_noise_scores_what_chance_gives(rng):
    cases = [point(rng.random((10, 10)), MASK, patient=str(i)) for i in range(2000)]
    assert np.mean([c.hit for c in cases]) == pytest.approx(0.1, abs=0.02)
    assert np.mean([c.energy for c in cases]) == pytest.approx(0.1, abs=0.005)


def test_only_the_field_counts():
    """In a crop around the lesion a map can hardly miss it; chance says so."""
    field = np.zeros((10, 10), bool)
    field[2:6, 2:7] = True
    heat = np.zeros((10, 10))
    heat[9, 9], heat[5, 2] = 9.0, 1.0
    assert point(heat, MASK, patient="a", field=field) == Pointed(patient="a", hit=0.0, energy=0.0, chance=0.5)


def test_volumes_too(rng):
    mask = rng.random((4, 5, 6)) > 0.5
    assert point(mask.astype(float), mask, patient="a").energy == 1.0


@pytest.mark.parametrize(
    ("mask", "field"), [(MASK[:5], None), (MASK * 0, None), (MASK, MASK == 0)], ids=["shape", "empty", "outside"]
)
def test_what_does_not_go_together_is_refused(mask, field):
    with pytest.raises(GeometryError, match="do not go together"):
        point(np.ones((10, 10)), mask, patient="a", field=field)


def _case(patient, hit, energy=0.5):
    return Pointed(patient=patient, hit=hit, energy=energy, chance=0.1)


def test_one_case_a_patient_has_the_exact_interval():
    hit, energy, chance = pointing.scores([_case(str(i), float(i < 15)) for i in range(20)], context=CONTEXT)
    assert (hit.metric, energy.metric, chance.metric) == ("pointing_game", "energy_inside", "pointing_chance")
    assert (hit.value, hit.method, hit.n, hit.unit) == (0.75, "clopper-pearson", 20, "lesion")
    assert (hit.low, hit.high) == clopper_pearson(15, 20)
    assert energy.method == "patient bootstrap"


def test_the_interval_goes_by_patient_and_not_by_map(rng):
    """Ten maps of each patient that agree tell no more than one of each."""
    hits = (rng.random(30) < 0.6).astype(float)
    many = [_case(str(i), h) for i, h in enumerate(hits) for _ in range(10)]
    as_if = [_case(str(i), h) for i, h in enumerate(np.repeat(hits, 10))]
    clustered, naive = (pointing.scores(cases, context=CONTEXT)[0] for cases in (many, as_if))
    assert clustered.value == naive.value
    assert (clustered.n, clustered.patients) == (300, 30)
    assert clustered.high - clustered.low > 2.5 * (naive.high - naive.low)


def test_a_map_without_heat_is_left_out_of_the_energy_alone():
    cases = [_case("a", 1.0), _case("b", 0.0, float("nan")), _case("c", 1.0)]
    hit, energy, _ = pointing.scores(cases, context=CONTEXT)
    assert (hit.n, energy.n, energy.value) == (3, 2, 0.5)


def test_nothing_to_score_is_refused():
    with pytest.raises(RequestError, match="nothing to score"):
        pointing.scores([], context=CONTEXT)
