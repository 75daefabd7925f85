"""Judging, predicting, comparing and cross-validating a run."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import tiny
from PIL import Image as Picture
from sklearn.metrics import roc_auc_score

from osteon import engine
from osteon.contract import Input
from osteon.engine import evidence, results, results_page, stored
from osteon.engine.calibrate import temperature
from osteon.engine.predict import fits
from osteon.engine.predictor import tempered
from osteon.errors import InputError, RequestError, WeightsError
from osteon.types import Prediction

OPTIONS = engine.TrainOptions(threads=1, workers=0, device="cpu")


def joined(predictions):
    odds = {k: float(np.mean([p.probabilities[k] for p in predictions])) for k in tiny.CLASSES}
    return replace(predictions[0], probabilities=odds)


SYSTEM = tiny.system(aggregate=joined)
OUTLINES = tiny.system(tiny.OUTLINE, tasks=tiny.OUTLINES, decode=tiny.outline_decode)


@pytest.fixture(scope="module")
def cohort():
    return tiny.cohort(160, strength=2.0)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, cohort):
    return engine.train(SYSTEM, cohort, tmp_path_factory.mktemp("trained") / "run", options=OPTIONS)


@pytest.fixture(scope="module")
def scores(trained, cohort):
    return engine.evaluate(trained, cohort, system=SYSTEM)


def test_scores_are_those_of_scikit_learn_on_the_stored_predictions(trained, scores):
    table = stored.read_predictions(trained)
    for level, unit in (("item", "image"), ("patient", "patient")):
        rows = table[table["level"] == level]
        ours = next(s for s in scores if s.metric == "auc" and s.unit == unit)
        assert ours.value == pytest.approx(roc_auc_score(rows["truth"], rows["probability malignant"]))
        assert ours.n == len(rows)
        assert ours.low <= ours.value <= ours.high


def test_only_test_patients_are_judged_and_each_prediction_names_its_maker(trained, cohort, scores):
    table = stored.read_predictions(trained)
    sides = pd.read_csv(trained / "split.csv")
    test = set(sides[sides["split"] == "test"]["study"])
    assert set(table["study"]) == test
    found = json.loads((trained / "scores.json").read_text())
    assert found["maker"]["weights_sha256"] == json.loads((trained / "run.json").read_text())["weights_sha256"]
    prediction = engine.Predictor.load(trained, system=SYSTEM)(cohort.studies[0])[0]
    assert prediction.maker.system == "tiny"
    assert len(prediction.maker.weights_sha256) == 64
    assert sum(prediction.probabilities.values()) == pytest.approx(1.0)


def test_the_report_stands_alone_and_shows_the_figures(trained, scores):
    page = (trained / "report.html").read_text()
    assert "<svg" in page
    assert 'src="http' not in page
    auc = next(s for s in scores if s.metric == "auc" and s.unit == "patient")
    assert f"{auc.value:.3f}" in page or f"{auc.value:.2f}" in page


def test_another_cohort_is_judged_whole_and_beside(trained):
    strangers = [replace(s, patient=f"q{s.patient}") for s in tiny.cohort(40, seed=9, strength=2.0).studies]
    other = replace(tiny.cohort(40, seed=9), studies=tuple(strangers))
    found = engine.evaluate(trained, other, system=SYSTEM)
    assert {s.split for s in found} == {"external"}
    assert next(s for s in found if s.metric == "accuracy").n == 40
    assert (trained / "evaluations" / "tiny-external" / "scores.json").is_file()


@pytest.mark.parametrize("split", ["nix", "Test"])
def test_an_unknown_split_is_refused(trained, cohort, split):
    with pytest.raises(RequestError, match="test, validation, train, all"):
        engine.evaluate(trained, cohort, split=split, system=SYSTEM)


def test_a_study_that_cannot_be_read_is_left_out_and_said(trained, cohort):
    def broken():
        raise InputError("cannot be read.", file="film.png")

    bad = replace(cohort.studies[0], data={"radiograph": replace(cohort.studies[0].data["radiograph"], load=broken)})
    spoilt = replace(cohort, studies=(bad, *cohort.studies[1:]))
    found = engine.evaluate(trained, spoilt, system=SYSTEM, split="all")
    assert next(s for s in found if s.metric == "accuracy" and s.unit == "image").n == len(cohort.studies) - 1
    assert found[0].note == "1 study got no answer, the first since: cannot be read"


def test_masks_are_measured_like_a_dice_by_hand(tmp_path, cohort):
    folder = engine.train(OUTLINES, cohort, tmp_path / "run", options=OPTIONS)
    found = engine.evaluate(folder, cohort, system=OUTLINES, split="all")
    predictor = engine.Predictor.load(folder, system=OUTLINES)
    dice = []
    for study in cohort.studies:
        mask = study.truth.masks.get("radiograph")
        if mask is None:
            continue
        said, truth = predictor(study)[0].label_map > 0, mask.read() > 0
        dice.append(2 * (said & truth).sum() / (said.sum() + truth.sum()))
    assert next(s for s in found if s.metric == "dice").value == pytest.approx(np.mean(dice))


def test_two_runs_are_compared_on_the_studies_they_share(tmp_path, trained, cohort, scores):
    weak = tiny.system(replace(tiny.PART, fit=replace(tiny.FIT, epochs=1, lr=1e-6)), aggregate=joined)
    other = engine.train(weak, cohort, tmp_path / "other", options=OPTIONS)
    engine.evaluate(other, cohort, system=weak)
    found = engine.compare(trained, other)
    auc = next(s for s in found if s.metric == "auc difference" and s.unit == "patient")
    tables = [stored.read_predictions(f) for f in (trained, other)]
    areas = []
    for table in tables:
        rows = table[table["level"] == "patient"]
        areas.append(roc_auc_score(rows["truth"], rows["probability malignant"]))
    assert auc.value == pytest.approx(areas[0] - areas[1])
    same = engine.compare(trained, trained)
    assert all(s.value == 0 for s in same)


def test_a_run_that_is_not_evaluated_cannot_be_compared(tmp_path, cohort, trained):
    other = engine.train(SYSTEM, cohort, tmp_path / "other", options=OPTIONS)
    with pytest.raises(InputError, match="osteon evaluate"):
        engine.compare(trained, other)


def test_cross_validation_predicts_every_patient_once_by_a_run_that_never_saw_it(tmp_path):
    cohort = tiny.cohort(60, strength=2.0)
    options = replace(OPTIONS, split="kfold:3")
    found = engine.cross_validate(SYSTEM, cohort, tmp_path / "cv", options=options)
    table = stored.read_predictions(tmp_path / "cv")
    assert sorted(table[table["level"] == "item"]["study"]) == sorted(s.name for s in cohort.studies)
    assert next(s for s in found if s.metric == "accuracy" and s.unit == "image").n == 60
    for fold in (1, 2, 3):
        folder = tmp_path / "cv" / f"fold-{fold}"
        sides = pd.read_csv(folder / "split.csv")
        seen = set(sides[sides["split"] != "test"]["patient"])
        assert not seen & set(stored.read_predictions(folder)["patient"])
    before = tiny.weights_of(tmp_path / "cv" / "fold-1")
    assert engine.cross_validate(SYSTEM, cohort, tmp_path / "cv", options=options) == found
    assert tiny.weights_of(tmp_path / "cv" / "fold-1") == before
    with pytest.raises(RequestError, match="one fold"):
        engine.cross_validate(SYSTEM, cohort, tmp_path / "x", options=OPTIONS)


def test_files_are_predicted_and_what_does_not_fit_is_named(tmp_path, trained, rng):
    films = tmp_path / "films with ü"
    films.mkdir()
    Picture.fromarray(rng.integers(0, 255, (8, 8), dtype=np.uint8)).save(films / "one.png")
    (films / "notes.txt").write_text("no film")
    out = engine.predict(trained, [films], tmp_path / "out", system=SYSTEM).folder
    assert len(stored.read_predictions(out)) == 1
    refused = json.loads((out / "refused.json").read_text())
    assert [r["file"] for r in refused] == ["notes.txt"]
    with pytest.raises(InputError, match="Nothing was predicted"):
        engine.predict(trained, [films / "notes.txt"], tmp_path / "none", system=SYSTEM)


def test_masks_of_files_are_written(tmp_path, cohort, rng):
    folder = engine.train(OUTLINES, cohort, tmp_path / "run", options=OPTIONS)
    Picture.fromarray(rng.integers(0, 255, (8, 9), dtype=np.uint8)).save(tmp_path / "one.png")
    out = engine.predict(folder, [tmp_path / "one.png"], tmp_path / "out", system=OUTLINES).folder
    (mask,) = out.glob("*.png")
    assert np.array(Picture.open(mask)).shape == (8, 9)


@pytest.mark.parametrize(("kind", "fit"), [("radiograph", True), ("ct", False), ("slide", False), ("table", False)])
def test_a_film_fits_only_a_radiograph(cohort, kind, fit):
    assert fits(cohort.studies[0].data["radiograph"], Input(name="x", kind=kind)) is fit


def test_temperature_is_that_of_the_logits():
    logits = np.array([2.0, -1.0, 0.5])
    odds = dict(zip("abc", tiny.softmax(logits), strict=True))
    found = tempered(odds, 2.5)
    np.testing.assert_allclose([found[k] for k in "abc"], tiny.softmax(logits / 2.5), rtol=1e-6)
    assert sum(tempered({"a": 1.0, "b": 0.0}, 0.5).values()) == pytest.approx(1.0)


def test_an_overconfident_network_is_cooled_and_few_answers_leave_it_alone(cohort):
    def told(count):
        out = []
        for i, study in enumerate(cohort.studies[:count]):
            right = tiny.label_of(study, tiny.TASK)
            said = right if i % 4 else 1 - right
            odds = {name: 0.999 if k == said else 0.001 for k, name in enumerate(tiny.CLASSES)}
            out.append((study, [Prediction(study=study.name, patient="p", task="malignancy", probabilities=odds)]))
        return out

    assert temperature(told(100), tiny.TASK)["temperature"] == pytest.approx(np.log(999) / np.log(3), rel=0.02)
    assert temperature(told(9), tiny.TASK)["temperature"] == 1.0


def test_features_of_training_patients_become_statistics(trained, cohort):
    from osteon.models import mahalanobis

    predictor = engine.Predictor.load(trained, system=SYSTEM)
    features = predictor(cohort.studies[0])[0].features
    assert mahalanobis.score(predictor.ood, features) < mahalanobis.score(predictor.ood, features * 50 + 100)


def test_a_system_that_is_not_there_is_named(trained):
    with pytest.raises(RequestError, match="which this osteon does not have"):
        engine.Predictor.load(trained)


def test_a_folder_that_is_no_run_is_named(tmp_path):
    with pytest.raises(InputError, match="no run"):
        engine.Predictor.load(tmp_path)
    with pytest.raises(WeightsError):
        engine.Predictor.load(_without_weights(tmp_path), system=SYSTEM)


def _without_weights(tmp_path):
    folder = engine.train(SYSTEM, tiny.cohort(), tmp_path / "run", options=OPTIONS)
    (folder / "part-net" / "weights.safetensors").unlink()
    return folder


def test_results_are_stored_read_and_shown(tmp_path, scores):
    other = [replace(s, value=s.value / 2, low=s.low / 2, high=s.high / 2) for s in scores]
    row = evidence.Row(name="row", system="raman-cnn-shao2020", cohort="tiny", split="70/20/10", seeds=(0, 1),
                       reduced="2 epochs", first=("auc", "malignancy", "patient"))  # fmt: skip
    result = results.Result(
        row=row, scores=results.mean([scores, other]), of_seeds=(tuple(scores), tuple(other)),
        weights_sha256=("a" * 64, "b" * 64), versions={"osteon": "0"},
    )  # fmt: skip
    results.write(tmp_path / "results", result)
    again = results.read(tmp_path / "results" / "row.json")
    assert again.row == row
    auc, first = results.first(again), next(s for s in scores if s.metric == "auc" and s.unit == "patient")
    assert auc.value == pytest.approx(0.75 * first.value)
    assert auc.seeds == 2
    page = results_page.publish(tmp_path / "results").read_text()
    assert results.shown(auc) in page
    assert "2 epochs" in page
    assert "simulated" in page
    assert json.loads((tmp_path / "results" / "headline.json").read_text())["raman-cnn-shao2020"].startswith(
        "`as published` auc "
    )


@pytest.mark.parametrize("role", ["baseline", "not a result"])
def test_what_is_no_result_never_stands_for_its_system(tmp_path, scores, role):
    row = evidence.Row(name="row", system="raman-cnn-shao2020.forest", cohort="tiny", split="70/20/10", role=role)
    result = results.Result(
        row=row, scores=tuple(scores), of_seeds=(tuple(scores),), weights_sha256=("a" * 64,), versions={}
    )
    results.write(tmp_path / "results", result)
    assert f"| {role} |" in results_page.publish(tmp_path / "results").read_text()
    assert json.loads((tmp_path / "results" / "headline.json").read_text()) == {}


def test_a_stored_row_is_shown_as_the_list_has_it_now(tmp_path, scores):
    listed = next(row for row in evidence.EVIDENCE if row.role == "not a result")
    old = results.Result(
        row=replace(listed, role="result", remark="old"), scores=tuple(scores), of_seeds=(tuple(scores),),
        weights_sha256=("a" * 64,), versions={},
    )  # fmt: skip
    results.write(tmp_path, old)
    assert results_page.stored(tmp_path)[0].row == listed


def test_packaged_rows_name_packaged_weights_and_random_splits_are_no_results():
    from osteon import weights

    for row in evidence.EVIDENCE:
        assert not row.packaged or row.system in weights.names(), row.name
        assert not row.own_patients or row.role == "not a result", row.name


def test_every_row_of_the_evidence_names_a_system_and_a_metric():
    from osteon import systems

    for row in evidence.EVIDENCE:
        system = systems.get(row.system)
        assert row.first[1] in ("", *(t.name for t in system.tasks)), row.name
    assert len({row.name for row in evidence.EVIDENCE}) == len(evidence.EVIDENCE)


def test_an_unknown_row_or_no_data_is_refused(tmp_path, monkeypatch):
    with pytest.raises(RequestError, match="no row 'nix'"):
        engine.bench(("nix",), data=tmp_path)
    monkeypatch.delenv("OSTEON_DATA", raising=False)
    with pytest.raises(RequestError, match="OSTEON_DATA"):
        engine.bench(())
