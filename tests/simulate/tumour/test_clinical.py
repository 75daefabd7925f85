from dataclasses import replace

import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.simulate.person.patient import CLOSURE_YEARS
from osteon.simulate.tumour import clinical
from osteon.simulate.tumour.lesion import Content, Group, Lesion, Margin, Matrix, Region

SARCOMA = Lesion(
    entity="osteosarcoma", group=Group.MALIGNANT, bone="femur_left", region=Region.METAPHYSIS, centre_mm=(0, 0, 0),
    size_mm=90.0, matrix=Matrix.OSTEOID, mineral=0.5, margin=Margin.III, grade=3, soft_tissue_mm=20.0, breach=0.6,
)  # fmt: skip
FIBROMA = Lesion(
    entity="non-ossifying fibroma", group=Group.BENIGN, bone="tibia_left", region=Region.METAPHYSIS,
    centre_mm=(0, 0, 0), size_mm=25.0, margin=Margin.IA,
)  # fmt: skip


def rows(lesions, rng, n=800, age_years=30.0):
    drawn = [clinical.row(lesions, age_years=age_years, sex="male", site="femur", rng=rng).values for _ in range(n)]
    return {name: np.array([d[name] for d in drawn]) for name in drawn[0]}


def test_a_sarcoma_hurts_and_shows_in_the_blood(rng):
    sick, well, small = (rows(one, rng) for one in ((SARCOMA,), (), (FIBROMA,)))
    assert np.median(sick["alp_u_per_l"]) > 1.5 * np.median(well["alp_u_per_l"])
    assert np.median(sick["ldh_u_per_l"]) > 1.3 * np.median(well["ldh_u_per_l"])
    for complaint in ("pain", "night_pain", "swelling", "fracture"):
        assert sick[complaint].mean() > small[complaint].mean() >= 0
    assert sick["pain"].mean() > 0.85
    assert well["pain"].mean() < 0.15
    assert np.median(sick["duration_weeks"]) < 0.6 * np.median(small["duration_weeks"])


def test_the_blood_of_the_well_is_in_its_range(rng):
    well = rows((), rng)
    assert 60 < np.median(well["alp_u_per_l"]) < 90
    assert 160 < np.median(well["ldh_u_per_l"]) < 210
    child = rows((), rng, age_years=11.0)
    assert np.median(child["alp_u_per_l"]) > 2.5 * np.median(well["alp_u_per_l"])


def test_drawn_numbers_lie_around_their_stated_mean(rng):
    """So an observer who knows the tumour knows the best that the blood can tell."""
    drawn = rows((SARCOMA,), rng, n=3000)
    means = clinical.mean_logs(clinical.burden((SARCOMA,)), age_years=30.0, sex="male")
    for name, mean in means.items():
        logs = np.log(drawn[name])
        assert logs.mean() == pytest.approx(mean, abs=0.06)
        assert logs.std() == pytest.approx(clinical.SPREAD[name], rel=0.06)


def test_burden_adds_up_and_fluid_weighs_little():
    one, two = clinical.burden((SARCOMA,)), clinical.burden((SARCOMA, FIBROMA))
    assert two.volume_dl > one.volume_dl
    assert two.malignant
    assert two.grade == 3
    cyst = replace(FIBROMA, content=Content.FLUID)
    assert clinical.burden((cyst,)).volume_dl == pytest.approx(0.1 * clinical.burden((FIBROMA,)).volume_dl)
    assert clinical.burden(()) == clinical.Burden()


def test_what_was_not_recorded_is_none(rng):
    drawn = [clinical.row((), age_years=40.0, sex="female", site=None, rng=rng, missing=0.3).values for _ in range(300)]
    assert all(d["age_years"] == 40.0 and d["sex"] == "female" for d in drawn)
    gaps = np.mean([d[name] is None for d in drawn for name in ("pain", "ldh_u_per_l", "alp_u_per_l")])
    assert gaps == pytest.approx(0.3, abs=0.05)
    with pytest.raises(RequestError, match="missing"):
        clinical.row((), age_years=40.0, sex="female", site=None, rng=rng, missing=1.0)


@pytest.mark.parametrize("sex", ["female", "male"])
def test_growing_blood_ends_when_the_growth_plates_close(sex):
    """One age for the bones and for what they give to the blood."""
    closed = CLOSURE_YEARS[sex]
    before, after = (
        clinical.mean_logs(clinical.Burden(), age_years=age, sex=sex)["alp_u_per_l"] for age in (closed - 0.1, closed)
    )
    assert np.exp(before) == pytest.approx(230.0)
    assert np.exp(after) == pytest.approx(72.0)


def test_a_ball_of_ten_centimetres_is_half_a_litre():
    ball = replace(FIBROMA, size_mm=100.0, elongation=1.0)
    assert clinical.burden((ball,)).volume_dl == pytest.approx(4 / 3 * np.pi * 5.0**3 / 100.0)
    long = replace(FIBROMA, size_mm=100.0, elongation=2.0)
    assert clinical.burden((long,)).volume_dl == pytest.approx(clinical.burden((ball,)).volume_dl / 4.0)
    with_mass = replace(ball, soft_tissue_mm=10.0)
    assert clinical.burden((with_mass,)).volume_dl == pytest.approx(1.44 * clinical.burden((ball,)).volume_dl)


def test_each_thing_that_is_felt_moves_what_it_should_and_nothing_else():
    base = clinical.Burden(volume_dl=1.0)
    means = clinical.mean_logs(base, age_years=30.0, sex="male")
    odds = clinical.complaint_odds(base)
    moved = {
        "grade": {"ldh_u_per_l"}, "forming": {"alp_u_per_l"}, "aggression": {"duration_weeks"},
        "soft_tissue": set(), "breach": set(), "malignant": set(clinical.SPREAD),
    }  # fmt: skip
    complaints = {
        "grade": set(), "forming": set(), "aggression": {"pain", "night_pain", "fracture"},
        "soft_tissue": {"swelling"}, "breach": {"fracture"}, "malignant": {"pain", "night_pain"},
    }  # fmt: skip
    for name, level in (("grade", 2), ("forming", 0.5), ("aggression", 1.0), ("soft_tissue", True), ("breach", 0.5),
                        ("malignant", True)):  # fmt: skip
        felt = replace(base, **{name: level})
        other = clinical.mean_logs(felt, age_years=30.0, sex="male")
        assert {k for k in means if other[k] != means[k]} == moved[name], name
        assert {k for k in odds if clinical.complaint_odds(felt)[k] != odds[k]} == complaints[name], name


def test_every_number_has_a_spread_and_a_row_its_columns(rng):
    row = clinical.row((SARCOMA,), age_years=12.34, sex="female", site="leg", rng=rng).values
    assert set(row) == {"age_years", "sex", "site", *clinical.SPREAD, *clinical.complaint_odds(clinical.Burden())}
    assert row["age_years"] == 12.3
    assert all(row[name] > 0.0 for name in clinical.SPREAD)
    assert {row[c] for c in ("pain", "night_pain", "swelling", "fracture")} <= {0.0, 1.0}
