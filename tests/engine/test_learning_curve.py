"""Learning curves: nested shares of patients, one test side, resumed where they stopped."""

import importlib
import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest
import tiny

from osteon import cohorts, engine
from osteon.contract import Survive, label_of
from osteon.engine import run, stored
from osteon.engine.learning_curve import CurveOptions
from osteon.errors import RequestError
from osteon.types import Outcome, Truth

door = importlib.import_module("osteon.engine.learning_curve")  # the name in the room is the function's
subset = door.subset
OPTIONS = engine.TrainOptions(threads=1, seed=0, device="cpu", workers=0)
QUICK = replace(tiny.PART, fit=replace(tiny.FIT, epochs=1))
SYSTEM = tiny.system(QUICK)


def label(study):
    return str(label_of(study, tiny.TASK))


def patients(studies, names):
    return {s.patient for s in studies if s.name in names}


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 1.0])
def test_a_share_is_of_patients_and_of_each_class_alike(share: float) -> None:
    studies = tiny.cohort(200).studies
    kept = subset(studies, share=share, key=label, seed=0)
    chosen = patients(studies, kept)
    assert len(chosen) == round(100 * share)
    assert {s.name for s in studies if s.patient in chosen} == kept  # all studies of a patient or none
    malignant = {s.patient for s in studies if label(s) == "1"} & chosen
    assert len(malignant) == pytest.approx(len(chosen) / 2, abs=1)


def test_a_larger_share_holds_the_smaller_one() -> None:
    studies = tiny.cohort(200).studies
    shares = [patients(studies, subset(studies, share=s, key=label, seed=4)) for s in (0.05, 0.1, 0.3, 0.7, 1.0)]
    assert all(a < b for a, b in itertools.pairwise(shares))
    assert shares[1] != patients(studies, subset(studies, share=0.1, key=label, seed=5))


def test_a_rare_class_is_never_lost() -> None:
    studies = tiny.cohort(200).studies

    def rare(study):
        return "rare" if study.patient == "p007" else "common"

    for seed in range(5):
        assert "p007" in patients(studies, subset(studies, share=0.02, key=rare, seed=seed))


def test_survival_is_stratified_by_what_happened() -> None:
    key = door._stratum(tiny.system(tasks=(Survive(name="s", unit="patient", endpoint="death"),)))
    study = tiny.cohort(2).studies[0]
    told = replace(study, truth=Truth(outcomes={"death": Outcome(days=3.0, event=True)}))
    assert (key(told), key(study), key(replace(study, truth=None))) == ("True", "", "")


@pytest.mark.parametrize("wrong", [{"shares": ()}, {"shares": (0.0,)}, {"shares": (0.5, 1.2)}, {"draws": 0}])
def test_shares_that_are_none_are_refused(wrong: dict) -> None:
    with pytest.raises(RequestError, match="Shares must lie above 0 and at most at 1"):
        CurveOptions(**wrong)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory):
    """A system that can start from another run, drawn over two shares with two draws."""
    folder = tmp_path_factory.mktemp("curve")
    first = engine.train(SYSTEM, tiny.cohort(40, seed=9), folder / "first", options=OPTIONS)
    system = tiny.system(replace(QUICK, start_from=str(first)))
    curve = CurveOptions(shares=(1.0, 0.25), draws=2)
    points = engine.learning_curve(system, tiny.cohort(120), folder / "out", options=OPTIONS, curve=curve)
    return system, folder / "out", curve, points


def test_a_point_for_each_start_and_share_on_one_test_side(drawn) -> None:
    _, out, _, points = drawn
    assert [(p.start, p.share) for p in points] == [
        ("pretrained", 0.25), ("pretrained", 1.0), ("from scratch", 0.25), ("from scratch", 1.0),
    ]  # fmt: skip
    assert [p.patients for p in points] == [10, 42, 10, 42]
    assert all(p.studies == 2 * p.patients for p in points)
    sides = cohorts.split(tiny.cohort(120), "70/20/10", seed=0)
    for folder in sorted(out.iterdir()):
        if folder.is_dir():
            told = run.open_run(folder).split()
            assert {n for n, side in told.items() if side == "test"} == sides.test
            assert {n for n, side in told.items() if side == "validation"} == sides.validation
            assert {n for n, side in told.items() if side == "train"} <= sides.train
    assert len({p.score.n for p in points}) == 1


def test_of_several_draws_the_mean_is_shown(drawn) -> None:
    _, out, _, points = drawn
    each = [
        next(s.value for s in stored.read_scores(out / f"pretrained-25-{n}" / "scores.json") if s.metric == "auc")
        for n in (0, 1)
    ]
    assert points[0].score.value == pytest.approx(sum(each) / 2)
    assert points[0].score.seeds == 2
    assert not (out / "pretrained-100-1").exists()  # all patients can be drawn in one way only


def test_pretrained_and_from_scratch_start_where_they_say(drawn) -> None:
    _, out, _, _ = drawn
    starts = {f.name: run.open_run(f).record.parts["net"].facts["Started from"] for f in out.iterdir() if f.is_dir()}
    assert all((said == "scratch") == name.startswith("from-scratch") for name, said in starts.items())


def test_the_files_tell_it_all(drawn) -> None:
    system, out, _, points = drawn
    told = json.loads((out / "learning_curve.json").read_text())
    assert told["system"] == system.name
    assert [p["score"]["value"] for p in told["points"]] == [p.score.value for p in points]
    page = (out / "learning_curve.html").read_text()
    assert "<svg" in page
    assert f"{points[0].score.value:.3f}" in page
    assert "validation and test patients are the same for every point" in page
    assert "With 25% of the patients the intervals of pretrained and from scratch" in page
    assert "simulated data" in page


def test_asked_again_it_trains_nothing_again(drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    system, out, curve, points = drawn
    before = tiny.weights_of(out)
    monkeypatch.setattr("osteon.engine.stack.fit_all", pytest.fail)
    monkeypatch.setattr(door, "evaluate", pytest.fail)
    assert engine.learning_curve(system, tiny.cohort(120), out, options=OPTIONS, curve=curve) == points
    assert tiny.weights_of(out) == before


def test_a_system_without_a_pretraining_is_drawn_from_scratch_alone(tmp_path: Path) -> None:
    curve = CurveOptions(shares=(0.5,), metric="accuracy")
    (point,) = engine.learning_curve(SYSTEM, tiny.cohort(60), tmp_path / "out", options=OPTIONS, curve=curve)
    assert (point.start, point.score.metric) == ("from scratch", "accuracy")
