"""A table of readings with and without a run."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from osteon import cli
from osteon.cohorts import pseudonyms
from osteon.engine import stored
from osteon.engine.readers import ReaderOptions, readers
from osteon.errors import InputError, RequestError
from osteon.types import Evidence, Maker, Score

CLASSES = ("benign", "malignant")


@pytest.fixture(autouse=True)
def key(tmp_path, monkeypatch):
    monkeypatch.setenv("OSTEON_KEY", str(tmp_path / "key"))


@pytest.fixture
def study(rng):
    """Return truth, two readers' answers without and with help, and a model's probability of malignant."""
    truth = rng.integers(0, 2, 80)
    said = {
        (reader, helped): np.where(rng.random(80) < skill + 0.15 * helped, truth, 1 - truth)
        for reader, skill in (("Ann", 0.65), ("Bert", 0.8))
        for helped in (False, True)
    }
    return truth, said, np.clip(0.5 + (truth - 0.5) * 0.5 + rng.normal(0, 0.3, 80), 0.01, 0.99)


def table(path, made, *, truth=True, name=lambda i: f"id{i}", **more):
    right, said, _ = made
    rows = [
        {"reader": reader, "patient": name(i), "answer": CLASSES[k], "assisted": "yes" if helped else "no", **more}
        | ({"truth": CLASSES[right[i]]} if truth else {})
        for (reader, helped), answers in said.items()
        for i, k in enumerate(answers)
    ]
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def a_run(folder, made, *, level="patient", name=lambda i: pseudonyms.pseudonym(f"id{i}"), tasks=("lesion",)):
    right, _, odds = made
    folder.mkdir()
    rows = [
        {"level": level, "study": f"s{i}", "patient": name(i), "task": task, "item": "", "label": CLASSES[right[i]]}
        | {f"{stored.ODDS}benign": 1 - odds[i], f"{stored.ODDS}malignant": odds[i]}
        for task in tasks
        for i in range(80)
    ]
    pd.DataFrame(rows).to_parquet(folder / stored.PREDICTIONS)
    score = Score(
        metric="auc", value=0.8, low=0.7, high=0.9, method="delong", unit="patient", n=80, patients=80,
        evidence=Evidence.SURROGATE,
    )  # fmt: skip
    stored.write_scores(folder, [score], maker=Maker(system="s"))
    return folder


def of(found, task, metric):
    (one,) = [s for s in found if (s.task, s.metric) == (task, metric)]
    return one


def test_a_table_with_its_own_truth(tmp_path, study):
    truth, said, _ = study
    found = readers(table(tmp_path / "t.csv", study))
    for (reader, helped), answers in said.items():
        task = reader + (", assisted" if helped else "")
        assert of(found, task, "accuracy").value == pytest.approx((answers == truth).mean())
        kappa = cohen_kappa_score(answers, truth)
        assert of(found, f"{task} and the truth", "kappa").value == pytest.approx(kappa)
    gap = (said["Ann", True] == truth).mean() - (said["Ann", False] == truth).mean()
    helped = of(found, "Ann with against without help", "accuracy difference")
    assert helped.value == pytest.approx(gap)
    assert "p =" in helped.note
    assert of(found, "all readers", "fleiss_kappa").n == 80
    assert not [s for s in found if "model" in s.task]
    assert {s.evidence for s in found} == {Evidence.REAL}


def test_a_run_knows_truth_and_model_by_pseudonym(tmp_path, study):
    truth, said, odds = study
    run = a_run(tmp_path / "run", study)
    found = readers(table(tmp_path / "t.csv", study, truth=False), run=run)
    model = (odds > 0.5) == truth
    assert of(found, "the model", "accuracy").value == pytest.approx(model.mean())
    against = of(found, "Bert against the model", "accuracy difference")
    assert against.value == pytest.approx((said["Bert", False] == truth).mean() - model.mean())
    assert against.method.startswith("mcnemar")
    kappa = cohen_kappa_score(said["Bert", False], odds > 0.5)
    assert of(found, "Bert and the model", "kappa").value == pytest.approx(kappa)
    assert {s.evidence for s in found} == {Evidence.SURROGATE}


def test_studies_are_matched_by_the_name_that_a_cohort_gives_them(tmp_path, study):
    run = a_run(tmp_path / "run", study, level="item")
    frame = pd.read_parquet(run / stored.PREDICTIONS)
    frame["study"] = [pseudonyms.study_name(f"id{i}", "knee") for i in range(80)]
    frame.to_parquet(run / stored.PREDICTIONS)
    found = readers(table(tmp_path / "t.csv", study, truth=False, study="knee"), run=run)
    assert of(found, "Ann", "accuracy").n == 80
    assert of(found, "Ann", "accuracy").unit == "study"


def test_cases_that_the_run_did_not_judge_are_left_out_and_counted(tmp_path, study):
    run = a_run(tmp_path / "run", study)
    frame = pd.read_parquet(run / stored.PREDICTIONS)
    frame.iloc[:50].to_parquet(run / stored.PREDICTIONS)
    found = readers(table(tmp_path / "t.csv", study, truth=False), run=run)
    assert of(found, "Ann", "accuracy").n == 50
    assert "30 of 80 cases" in of(found, "Ann", "accuracy").note


def test_several_tasks_need_a_name(tmp_path, study):
    run, path = a_run(tmp_path / "run", study, tasks=("lesion", "other")), tmp_path / "t.csv"
    table(path, study, truth=False)
    with pytest.raises(RequestError, match="lesion, other"):
        readers(path, run=run)
    found = readers(path, run=run, options=ReaderOptions(task="lesion"))
    assert of(found, "Ann", "accuracy").n == 80
    stranger = a_run(tmp_path / "elsewhere", study, name=lambda i: f"x{i}")
    with pytest.raises(RequestError, match="OSTEON_KEY"):
        readers(path, run=stranger)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.drop(columns="reader"), "no column reader"),
        (lambda f: f.drop(columns="truth"), "no truth"),
        (lambda f: f.assign(assisted="perhaps"), "perhaps"),
        (lambda f: f.assign(assisted="no"), "second answers"),
        (lambda f: f.assign(answer=None), "no answer"),
        (lambda f: f.assign(study=f["patient"], patient="id0"), None),
        (lambda f: f.assign(truth=[CLASSES[i % 3 % 2] for i in range(len(f))]), "two for one case"),
    ],
)
def test_a_table_at_fault_is_refused(tmp_path, study, change, said):
    path = table(tmp_path / "t.csv", study)
    change(pd.read_csv(path)).to_csv(path, index=False)
    if said is None:  # many studies of one patient are well
        assert of(readers(path), "Ann", "accuracy").patients == 1
        return
    with pytest.raises(InputError, match=said):
        readers(path)


def test_classes_may_be_named_and_others_are_refused(tmp_path, study):
    path = table(tmp_path / "t.csv", study)
    with pytest.raises(InputError, match="no class"):
        readers(path, options=ReaderOptions(classes=("benign", "malign")))
    found = readers(path, options=ReaderOptions(classes=("malignant", "benign"), positive="malignant"))
    truth, said, _ = study
    sensitivity = (said["Ann", False] == 1)[truth == 1].mean()
    assert of(found, "Ann", "sensitivity").value == pytest.approx(sensitivity)


def test_the_commands(tmp_path, study, capsys):
    path = table(tmp_path / "t.csv", study)
    with pytest.raises(SystemExit) as stop:
        cli.main(["readers", str(path), "--evidence", "simulated", "--weights", "linear", "--json"])
    assert not stop.value.code
    rows = json.loads(capsys.readouterr().out)
    assert {r["evidence"] for r in rows} == {"simulated"}
    assert any(r["metric"] == "kappa_linear" for r in rows)
    with pytest.raises(SystemExit) as stop:
        cli.main(["readers", str(path), "--weights", "cubic"])
    assert stop.value.code == RequestError.exit_code
