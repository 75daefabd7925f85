from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from osteon.errors import RequestError
from osteon.simulate.tumour import outcome

lifelines = pytest.importorskip("lifelines")
N = 20_000


def people(rng, n=N):
    return {
        "grade": rng.integers(-1, 2, n).astype(float),
        "size_5cm": rng.normal(0, 0.8, n),
        "poor_response": (rng.random(n) < 0.5).astype(float),
        "axial": (rng.random(n) < 0.2).astype(float),
        "age_decades": rng.normal(0, 1.5, n),
        "hidden": rng.normal(0, 1, n),
    }


@pytest.fixture(scope="module")
def course():
    rng = np.random.default_rng(7)
    values = people(rng)
    return values, outcome.draw(values, prognosis=outcome.OSTEOSARCOMA, rng=rng)


@pytest.mark.parametrize("index", range(3))
def test_cox_gives_the_drawn_log_hazards_back(course, index):
    values, drawn = course
    cause = outcome.OSTEOSARCOMA.causes[index]
    table = pd.DataFrame({**values, "days": drawn.days, "event": drawn.cause == index})
    fitted = lifelines.CoxPHFitter().fit(table, "days", "event")
    for name in values:
        expected, se = cause.log_hazards.get(name, 0.0), fitted.standard_errors_[name]
        assert abs(fitted.params_[name] - expected) < 3.5 * se
        assert se < 0.25


def test_the_hazard_has_its_weibull_shape():
    """Cumulative hazard of reference patients by Nelson and Aalen, other causes censoring."""
    rng = np.random.default_rng(11)
    values = {name: np.zeros(N) for name in people(rng, 1)}
    drawn = outcome.draw(values, prognosis=outcome.OSTEOSARCOMA, rng=rng)
    cause = outcome.OSTEOSARCOMA.causes[1]
    fitted = lifelines.NelsonAalenFitter().fit(drawn.days, drawn.cause == 1)
    for days in (365.0, 1000.0, 1826.0):
        expected = (days / cause.scale_days) ** cause.shape
        assert fitted.predict(days) == pytest.approx(expected, rel=0.1)


def test_reference_patients_fare_as_stated():
    rng = np.random.default_rng(12)
    values = {name: np.zeros(N) for name in people(rng, 1)}
    drawn = outcome.draw(values, prognosis=outcome.OSTEOSARCOMA, rng=rng)
    free = lifelines.KaplanMeierFitter().fit(drawn.days, drawn.cause != outcome.NONE)
    alive = lifelines.KaplanMeierFitter().fit(drawn.death_days, drawn.death)
    assert free.predict(1826.0) == pytest.approx(0.75, abs=0.02)
    assert free.predict(1826.0) < alive.predict(1826.0) < 0.93


def test_death_follows_relapse(course):
    _, drawn = course
    assert (drawn.death_days >= drawn.days - 1e-9).all()
    relapsed = drawn.cause == 1
    assert drawn.death[relapsed].mean() > 3 * drawn.death[drawn.cause == outcome.NONE].mean()
    died_first = drawn.cause == 2
    assert np.allclose(drawn.death_days[died_first], drawn.days[died_first])
    assert drawn.death[died_first].all()


def test_follow_up_ends_where_it_says(course):
    _, drawn = course
    assert drawn.days.max() <= 10 * outcome.DAYS
    never = replace(outcome.OSTEOSARCOMA, lost_per_year=0.0, follow_up_years=(4.0, 4.0))
    rng = np.random.default_rng(1)
    kept = outcome.draw(people(rng, 500), prognosis=never, rng=rng)
    assert np.allclose(kept.days[kept.cause == outcome.NONE], 4 * outcome.DAYS)


def test_endpoints_are_a_patients_row(course):
    values, drawn = course
    row = int(np.flatnonzero(drawn.cause == 1)[0])
    found = outcome.endpoints(drawn, prognosis=outcome.OSTEOSARCOMA, row=row)
    assert set(found) == {"local_recurrence", "lung_metastasis", "event", "death"}
    assert found["lung_metastasis"].event
    assert found["event"].event
    assert not found["local_recurrence"].event
    assert found["local_recurrence"].days == found["event"].days >= 1
    assert found["death"].days >= found["event"].days
    score = outcome.risk(values, cause=outcome.OSTEOSARCOMA.causes[1])
    known = lifelines.utils.concordance_index(drawn.days, -score, drawn.cause == 1)
    assert 0.65 < known < 0.85


def test_covariates_are_zero_for_the_reference():
    reference = outcome.covariates(grade=2, size_mm=80.0, necrosis_percent=95.0, axial=False, age_years=20.0)
    assert set(reference.values()) == {0.0}
    poor = outcome.covariates(grade=0, size_mm=130.0, necrosis_percent=89.9, axial=True, age_years=30.0, hidden=2.0)
    assert poor == {
        "grade": -1.0,
        "size_5cm": 1.0,
        "poor_response": 1.0,
        "axial": 1.0,
        "age_decades": 1.0,
        "hidden": 2.0,
    }


def test_giant_cell_tumours_recur_and_seldom_kill():
    rng = np.random.default_rng(3)
    values = people(rng, 4000)
    drawn = outcome.draw(values, prognosis=outcome.GIANT_CELL_TUMOUR, rng=rng)
    assert 0.15 < (drawn.cause == 0).mean() < 0.45
    assert drawn.death.mean() < 0.05


def test_what_is_missing_is_said(rng):
    values = people(rng, 5)
    del values["axial"]
    with pytest.raises(RequestError, match="axial"):
        outcome.draw(values, prognosis=outcome.OSTEOSARCOMA, rng=rng)
    immortal = replace(outcome.OSTEOSARCOMA, causes=outcome.OSTEOSARCOMA.causes[:2])
    with pytest.raises(RequestError, match="death"):
        outcome.draw(people(rng, 5), prognosis=immortal, rng=rng)
