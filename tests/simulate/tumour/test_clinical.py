from dataclasses import replace

import numpy as np
import pytest

from osteon.errors import RequestError
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
