"""CT of limbs; at a low dose and beside metal, what was asked for or drawn is stated and shows in the images."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from osteon import cohorts
from osteon.io import files, nifti
from osteon.simulate import cohort as writer
from osteon.simulate import recipes, recipes_limb_ct
from osteon.simulate.recipe import Case, Order

PLAIN = Order(recipe="osteosarcoma-ct", patients=200, seed=6, size="small")
ORDER = replace(PLAIN, options={"dose_percent": "drawn", "metal": "drawn"})
RECIPE = recipes.get(ORDER.recipe)


def case_of(metal: str) -> Case:
    return next(c for i in range(40) if (c := RECIPE.draw(ORDER, i)).labels["metal"] == metal)


def made(case: Case, folder) -> tuple[np.ndarray, np.ndarray]:
    folder.mkdir()
    (row,) = RECIPE.make(case, ORDER, folder)
    assert row.labels == {"dose_percent": round(case.patient.latents["dose_percent"], 3)}
    return files.open_image(folder / row.path).read(), nifti.read(folder / row.mask).read()


def test_doses_and_metal_are_drawn_as_stated():
    cases = [RECIPE.draw(ORDER, i) for i in range(ORDER.patients)]
    doses = np.array([case.patient.latents["dose_percent"] for case in cases])
    assert recipes_limb_ct.LOW_PERCENT[0] <= doses.min() < 4.0
    assert 25.0 < doses.max() <= recipes_limb_ct.LOW_PERCENT[1]
    assert np.median(doses) == pytest.approx(np.sqrt(90.0), rel=0.15)
    found = Counter(case.labels["metal"] for case in cases)
    assert all(found[word] / 200 == pytest.approx(share, abs=0.02) for word, share in recipes_limb_ct.METALS.items())


def test_the_patients_are_those_of_the_usual_dose():
    for i in range(5):
        own, other = RECIPE.draw(ORDER, i).patient, RECIPE.draw(PLAIN, i).patient
        assert replace(own, latents=other.latents) == other
        assert other.latents == {}


@pytest.mark.parametrize(
    "options", [{"metal": "none"}, {"dose_percent": "100"}, {"dose_percent": "100", "metal": "none"}]
)
def test_a_default_that_is_said_changes_nothing(options):
    assert RECIPE.draw(replace(PLAIN, options=options), 3) == RECIPE.draw(PLAIN, 3)


@pytest.mark.parametrize("kind", ["nail", "plate"])
def test_one_kind_of_metal_and_one_dose_can_be_asked_for(kind):
    cases = [RECIPE.draw(replace(PLAIN, options={"metal": kind, "dose_percent": "10"}), i) for i in range(6)]
    assert {case.labels["metal"] for case in cases} == {kind}
    assert {case.patient.latents["dose_percent"] for case in cases} == {10.0}


def test_each_option_stands_alone(tmp_path):
    low, metal = ({"dose_percent": "drawn"}, {"metal": "drawn"})
    for i in range(4):
        both = RECIPE.draw(ORDER, i)
        one, other = (RECIPE.draw(replace(PLAIN, options=options), i) for options in (low, metal))
        assert one.patient.latents == {"dose_percent": both.patient.latents["dose_percent"]}
        assert one.labels == {}
        assert other.labels == both.labels
        assert "dose_percent" not in other.patient.latents
    (row,) = RECIPE.make(other, replace(PLAIN, options=metal), tmp_path)
    assert row.labels == {}, "a dose that is the usual one is not stated"


def test_noise_falls_with_the_dose_as_its_root(tmp_path):
    case = case_of("none")
    images = {}
    for percent in (3.0, 12.0, 1e6):
        latents = {**case.patient.latents, "dose_percent": percent}
        there = replace(case, patient=replace(case.patient, latents=latents))
        images[percent], mask = made(there, tmp_path / str(percent))
    few, many = (np.std((images[p] - images[1e6])[mask > 0]) for p in (3.0, 12.0))
    assert few / many == pytest.approx(2.0, rel=0.25)
    assert few > 10.0, "it is seen"


@pytest.mark.parametrize("kind", ["nail", "plate"])
def test_metal_is_bright_streaks_and_is_left_out_of_the_outline(tmp_path, kind):
    case = case_of(kind)
    hu, mask = made(case, tmp_path / "with")
    bare, whole = made(replace(case, labels={"metal": "none"}), tmp_path / "without")
    assert hu.max() > 3000.0 > bare.max()
    assert 0 < (mask > 0).sum() <= (whole > 0).sum()
    far = (np.abs(hu - bare) > 60.0) & (hu < 2000.0)
    assert far.sum() > 50, "streaks and shadows reach beyond the metal"


@pytest.mark.slow
def test_the_tables_state_dose_and_metal(tmp_path, monkeypatch):
    monkeypatch.setenv("OSTEON_KEY", str(tmp_path / "key"))
    order = replace(ORDER, patients=3)
    out = writer.cohort(order, out=tmp_path / "out")
    with (out / "truth.csv").open() as table:
        truth = {row["patient"]: row for row in csv.DictReader(table)}
    with (out / "cohort.csv").open() as table:
        rows = list(csv.DictReader(table))
    for row in rows:
        assert float(row["dose_percent"]) == pytest.approx(
            float(truth[row["patient"]]["latent_dose_percent"]), abs=1e-3
        )
        assert row["metal"] == truth[row["patient"]]["metal"]
    found = cohorts.load(out)
    assert all(set(study.data) == {"ct"} for study in found.studies)
    assert {f.name for f in cohorts.audit(found).findings} <= {"few-patients"}
