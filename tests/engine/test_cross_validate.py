"""Folds as runs of their own: what is pooled, what is said, and what a refusal leaves behind."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import tiny

from osteon import engine
from osteon.engine import run, stored
from osteon.errors import CohortError, InputError, OsteonError, RequestError

OPTIONS = engine.TrainOptions(threads=1, workers=0, device="cpu", split="kfold:2")
QUICK = tiny.system(replace(tiny.PART, fit=replace(tiny.FIT, epochs=1)))


def spoilt(cohort, number):
    """Return the cohort with one film that opens and then cannot be read, as a half-copied file does."""

    def broken():
        raise InputError("is cut short.", file="film.png")

    studies = list(cohort.studies)
    film = studies[number].data["radiograph"]
    studies[number] = replace(studies[number], data={"radiograph": replace(film, load=broken)})
    return replace(cohort, studies=tuple(studies))


def test_a_study_that_no_fold_could_read_is_said_in_the_pooled_scores(tmp_path: Path) -> None:
    cohort, whole = tiny.cohort(24), engine.cross_validate(QUICK, tiny.cohort(24), tmp_path / "cv", options=OPTIONS)
    assert all(s.note.endswith("2 trainings, pooled") for s in whole)
    found = engine.cross_validate(QUICK, spoilt(cohort, 3), tmp_path / "cv", options=OPTIONS)
    assert all("1 study got no answer, the first since: " in s.note for s in found)
    assert next(s for s in found if s.metric == "accuracy").n == 23


def test_the_pooled_table_is_that_of_the_folds(tmp_path: Path) -> None:
    found = engine.cross_validate(QUICK, tiny.cohort(24), tmp_path / "cv", options=OPTIONS)
    pooled = stored.read_predictions(tmp_path / "cv")
    folds = pd.concat([stored.read_predictions(tmp_path / "cv" / f"fold-{n}") for n in (1, 2)], ignore_index=True)
    pd.testing.assert_frame_equal(pooled, folds)
    assert {s.split for s in found} == {"kfold:2, out of fold"}
    assert not (tmp_path / "cv" / run.RUN).exists()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"overrides": ("fit.epoch=1",)}, RequestError),
        ({"split": "nonsense"}, RequestError),
        ({"split": "70/20/10"}, RequestError),
        ({"device": "cuda:77"}, RequestError),
        ({"split": "kfold:99"}, OsteonError),
    ],
)
def test_a_refused_request_leaves_no_folder(tmp_path: Path, options: dict, error: type) -> None:
    with pytest.raises(error):
        engine.cross_validate(QUICK, tiny.cohort(24), tmp_path / "a" / "cv", options=replace(OPTIONS, **options))
    assert not list(tmp_path.iterdir())


def test_what_the_audit_refuses_leaves_no_folder(tmp_path: Path) -> None:
    studies = tiny.cohort(24).studies
    twin = replace(studies[2], data=studies[0].data)
    twins = replace(tiny.cohort(24), studies=(*studies[:2], twin, *studies[3:]))
    with pytest.raises(CohortError, match="--allow"):
        engine.cross_validate(QUICK, twins, tmp_path / "cv", options=OPTIONS)
    assert not list(tmp_path.iterdir())


def test_a_single_training_is_never_taken_for_folds(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / run.RUN).write_text("{}")
    with pytest.raises(RequestError, match="run holds a single training"):
        engine.cross_validate(QUICK, tiny.cohort(24), tmp_path / "run", options=OPTIONS)


def test_other_folds_in_the_same_folder_are_refused(tmp_path: Path) -> None:
    engine.cross_validate(QUICK, tiny.cohort(24), tmp_path / "cv", options=OPTIONS)
    before = tiny.weights_of(tmp_path / "cv")
    for other in ({"split": "kfold:3"}, {"seed": 1}):
        with pytest.raises(RequestError, match="fold-1 holds another run"):
            engine.cross_validate(QUICK, tiny.cohort(24), tmp_path / "cv", options=replace(OPTIONS, **other))
    assert tiny.weights_of(tmp_path / "cv") == before


def test_every_site_is_left_out_once(tmp_path: Path) -> None:
    cohort = tiny.cohort(36, per_patient=1)
    options = replace(OPTIONS, split="leave-one-site-out", allow=("class-not-on-side",))
    engine.cross_validate(QUICK, cohort, tmp_path / "cv", options=options)
    sites = {s.name: s.site for s in cohort.studies}
    tested = [{sites[n] for n in stored.read_predictions(tmp_path / "cv" / f"fold-{k}")["study"]} for k in (1, 2, 3)]
    assert sorted(map(sorted, tested)) == [["0"], ["1"], ["2"]]
