"""CT at a low dose and beside metal: what was drawn is stated, and shows in the images."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from osteon import cohorts
from osteon.io import files, nifti
from osteon.simulate import cohort as writer
from osteon.simulate import recipes, recipes_dose
from osteon.simulate.recipe import Case, Order

ORDER = Order(recipe="osteosarcoma-low-dose-ct", patients=200, seed=6, size="small")
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
    assert recipes_dose.DOSE_PERCENT[0] <= doses.min() < 4.0
    assert 25.0 < doses.max() <= recipes_dose.DOSE_PERCENT[1]
    assert np.median(doses) == pytest.approx(np.sqrt(90.0), rel=0.15)
    found = Counter(case.labels["metal"] for case in cases)
    assert all(found[word] / 200 == pytest.approx(share, abs=0.02) for word, share in recipes_dose.METAL.items())


def test_the_patients_are_those_of_the_usual_dose():
    usual = recipes.get("osteosarcoma-ct")
    for i in range(5):
        own, other = RECIPE.draw(ORDER, i).patient, usual.draw(replace(ORDER, recipe="osteosarcoma-ct"), i).patient
        assert replace(own, latents=other.latents) == other


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
