"""Derived images of a row: made once, labelled as asked, on the training side alone."""

from dataclasses import replace

import numpy as np
import pytest

from osteon import cohorts
from osteon.cohorts import derived
from osteon.engine import extra, made
from osteon.engine.evidence_row import Extra, Made, Row
from osteon.errors import RequestError
from osteon.types import Cohort, Evidence
from tests.engine.test_drr import _ct
from tests.engine.test_gan import ALLOW, SYSTEM, boxed_films

ROW = Row(
    name="row", system="xray-triage-he2020.lite0", cohort="films", split="column", seeds=(0,), allow=ALLOW,
    first=("auc[malignant]", "lesion", "lesion"),
)  # fmt: skip
FILMS = boxed_films()


def _with(**said):
    return replace(ROW, extra=Extra(**said))


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Return a data folder with two CTs in the cohort `scans`."""
    monkeypatch.setenv("OSTEON_KEY", str(tmp_path / "key"))
    scans = Cohort(name="scans", studies=(_ct(0), _ct(1)), evidence=Evidence.SURROGATE, fingerprint="t")
    cohorts.pack(scans, tmp_path / "data" / "scans")
    return tmp_path / "data"


def test_a_row_without_derived_images_has_none(data):
    with pytest.raises(RequestError, match="nothing derived"):
        extra.drawn(ROW, FILMS, data, data=data)


def test_frontal_films_take_the_place_of_cts_and_are_projected_once(tmp_path, monkeypatch):
    monkeypatch.setattr(extra, "FILM_PX", 24)
    scans = Cohort(name="scans", studies=(_ct(0), _ct(1)), evidence=Evidence.SURROGATE, fingerprint="abcdefghijklmno")
    found = extra.filmed(scans, tmp_path)
    assert [list(s.data) for s in found.studies] == [["radiograph"]] * 2
    assert found.studies[0].data["radiograph"].read().shape == (24, 24)
    (folder,) = (tmp_path / "derived").iterdir()
    assert folder.name == "films-scans-abcdefghijkl"
    monkeypatch.setattr(extra.drr, "drr_cohort", lambda *_, **__: pytest.fail("they were there"))
    assert extra.filmed(scans, tmp_path).fingerprint == found.fingerprint


def test_films_of_cts_get_the_label_asked_for_and_are_projected_once(data, tmp_path, monkeypatch):
    monkeypatch.setattr(extra, "FILM_PX", 24)
    row = _with(kind="drr", source="scans", count=2, label=("lesion", "malignant"))
    (found,) = extra.drawn(row, FILMS, tmp_path / "runs", data=data)
    assert len(found.studies) == 4
    assert all(s.truth.labels["lesion"] == "malignant" and s.derived_from for s in found.studies)
    assert found.studies[0].data["radiograph"].read().shape == (24, 24)
    samples = [s for study in found.studies for s in SYSTEM.parts[0].prepare(study, {})]
    assert [SYSTEM.tasks[0].classes[s.targets["lesion"]] for s in samples] == ["malignant"] * 4
    monkeypatch.setattr(extra.drr, "drr_cohort", None)
    (again,) = extra.drawn(row, FILMS, tmp_path / "runs", data=data)
    assert again.fingerprint == found.fingerprint
    assert np.array_equal(found.studies[0].data["radiograph"].read(), again.studies[0].data["radiograph"].read())


def test_without_a_label_the_films_keep_that_of_their_ct(data, tmp_path, monkeypatch):
    monkeypatch.setattr(extra, "FILM_PX", 24)
    (found,) = extra.drawn(_with(kind="drr", source="scans", count=1), FILMS, tmp_path / "runs", data=data)
    assert [s.truth.labels for s in found.studies] == [{"label": "malignant"}] * 2


def test_a_network_draws_each_class_after_the_training_side(data, tmp_path, monkeypatch):
    monkeypatch.setattr(extra, "GAN_SIDE_PX", 16)
    monkeypatch.setattr(extra, "GAN_STEPS", 2)
    found = extra.drawn(_with(kind="gan", source="dcgan", count=3), FILMS, tmp_path / "runs", data=data)
    assert [{s.truth.labels["lesion"] for s in one.studies} for one in found] == [
        {"benign"}, {"intermediate"}, {"malignant"},
    ]  # fmt: skip
    both = derived.joined(FILMS, found)
    split = cohorts.split(both, "column")
    assert sum(s.name in split.train for one in found for s in one.studies) == 9


def test_simulated_patients_are_those_that_other_rows_share(data, tmp_path, monkeypatch):
    asked = []

    def patients(wanted, folder):
        asked.append((wanted, folder.name))
        return data / "scans"

    monkeypatch.setattr(made, "patients", patients)
    extra.drawn(_with(kind="simulated", source="limb-radiographs", count=5), FILMS, tmp_path, data=data)
    assert asked == [(Made(recipe="limb-radiographs", patients=5, size="small"), "simulated")]
