"""The simulated patients of a row: made once, as the row asks, and found again."""

import json

import pytest

from osteon.engine import made
from osteon.engine.evidence_row import Made
from osteon.errors import RequestError

SERUM = Made(recipe="raman-serum", patients=3, size="small", seed=4)


@pytest.fixture(autouse=True)
def _key(tmp_path, monkeypatch):
    monkeypatch.setenv("OSTEON_KEY", str(tmp_path / "key"))


def ordered(root) -> dict:
    return json.loads((root / "simulated.json").read_text())["order"]


def test_the_cohort_is_ordered_as_the_row_says_and_lies_under_its_name(tmp_path) -> None:
    root = made.patients(SERUM, tmp_path / "simulated")
    assert root == tmp_path / "simulated" / SERUM.name
    told = ordered(root)
    assert (told["recipe"], told["patients"], told["seed"], told["size"]) == ("raman-serum", 3, 4, "small")
    assert told["like"] is None


def test_patients_like_those_of_a_paper_are_other_patients(tmp_path) -> None:
    like = Made(recipe="raman-serum", patients=3, size="small", seed=4, like="raman-cnn-shao2020", paper=3)
    root = made.patients(like, tmp_path)
    assert ordered(root)["like"] == "raman-cnn-shao2020"
    assert root.name != SERUM.name


def test_a_finished_cohort_is_taken_as_it_is(tmp_path) -> None:
    root = made.patients(SERUM, tmp_path)
    written = (root / "cohort.csv").stat().st_mtime_ns
    assert made.patients(SERUM, tmp_path) == root
    assert (root / "cohort.csv").stat().st_mtime_ns == written


def test_a_recipe_that_does_not_know_the_paper_refuses(tmp_path) -> None:
    with pytest.raises(RequestError, match="no patients like those of"):
        made.patients(Made(recipe="raman-serum", patients=3, like="xray-triage-he2020"), tmp_path)
