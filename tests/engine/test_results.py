"""The evidence as it is stored and shown."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from osteon.engine import results
from osteon.engine.by_patient import PatientFigure
from osteon.engine.evidence import EVIDENCE, Row
from osteon.engine.results import Result
from osteon.errors import InputError
from osteon.types import Evidence, Score

ROW = Row(name="a-row", system="raman-cnn-shao2020.saliva", cohort="raman_saliva", split="kfold:5", seeds=(0, 1),
          overrides=("fit.epochs=2",), first=("auc", "covid19", "patient"), remark="Mind this.")  # fmt: skip


def score(value=0.8, *, metric="auc", unit="patient", task="covid19", note=""):
    return Score(metric=metric, value=value, low=value - 0.1, high=value + 0.1, method="delong", unit=unit, n=100,
                 patients=100, task=task, cohort="saliva", split="out of fold", note=note,
                 evidence=Evidence.SURROGATE)  # fmt: skip


RESULT = Result(
    row=ROW,
    scores=(score(), score(0.7, unit="image"), score(0.6, metric="accuracy")),
    of_seeds=((score(0.75),), (score(0.85),)),
    weights_sha256=("a" * 64, "b" * 64),
    versions={"torch": "2"},
    training=(score(0.99),),
    patients=(PatientFigure(patient="Case-3", n=19, classes=3, accuracy=0.5, balanced_accuracy=0.4),),
)


def test_a_result_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    assert results.read(results.write(tmp_path, RESULT)) == RESULT


def test_a_result_of_before_the_gap_and_the_patients_is_still_read(tmp_path: Path) -> None:
    path = results.write(tmp_path, replace(RESULT, training=(), patients=()))
    told = json.loads(path.read_text())
    for name in ("training", "patients"):
        del told[name]
    for name in ("having", "by_patient", "gap"):
        del told["row"][name]
    path.write_text(json.dumps(told))
    assert results.read(path) == replace(RESULT, training=(), patients=())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"row": {}}', '{"row": {"nonsense": 1}}'])
def test_what_is_no_result_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=r"a\.json: is no stored result"):
        results.read(tmp_path / "a.json")


def test_of_seeds_the_means_are_shown_with_their_spread() -> None:
    (both,) = results.mean([[score(0.7, note="pooled")], [score(0.9)]])
    assert (both.value, both.low, both.high) == pytest.approx((0.8, 0.7, 0.9))
    assert (both.seeds, both.method) == (2, "mean of delong")
    assert both.note == "pooled; single trainings 0.700 to 0.900"
    assert results.mean([[score(0.7)]]) == (score(0.7),)
    assert results.mean([[score(), score(unit="image")], [score()]])[0].seeds == 2
    assert len(results.mean([[score(), score(unit="image")], [score()]])) == 1


def test_the_page_shows_figures_gap_and_patients_beside_the_claim() -> None:
    page = results.page([RESULT])
    assert "| `raman-cnn-shao2020.saliva` | result | auc, covid19, patient | 0.800 (0.700 to 0.900) |" in page
    assert "0.990 on what was trained on, 0.800 on the patients left out: a gap of 0.190." in page
    assert "| Case-3 | 19 | 3 | 0.500 | 0.400 |" in page
    assert "Overrides: `fit.epochs=2`" in page
    assert "weights aaaaaaaaaaaa, bbbbbbbbbbbb" in page
    plain = results.page([replace(RESULT, training=(), patients=())])
    assert "gap" not in plain
    assert "patient left out" not in plain


def test_a_baseline_never_stands_for_its_system(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    results.write(folder, replace(RESULT, row=replace(ROW, role="baseline")))
    results.publish(folder)
    assert json.loads((folder / "headline.json").read_text()) == {}
    results.write(folder, RESULT)
    results.publish(folder)
    (shown,) = json.loads((folder / "headline.json").read_text()).values()
    assert shown == "`saliva` auc 0.800 (0.700 to 0.900), 100 patients of saliva, surrogate"
    assert (tmp_path / "results.md").read_text().startswith("# Results")


def test_rows_are_named_once_and_ask_for_what_there_is() -> None:
    from osteon import systems

    names = [row.name for row in EVIDENCE]
    assert len(set(names)) == len(names)
    known = set(systems.names(variants=True))
    for row in EVIDENCE:
        assert row.system in known, row.name
        assert row.role == "result" or row.remark, row.name
        tasks = {t.name for t in systems.get(row.system).tasks}
        assert row.first[1] in {"", *tasks}, row.name


def test_every_network_of_few_cases_has_a_baseline_on_the_same_ones() -> None:
    rows = {row.name: row for row in EVIDENCE}
    forest = rows["histo-osteo-arunachalam2019.forest-osteosarcoma_ut-60"]
    network = rows["histo-osteo-arunachalam2019.small-osteosarcoma_ut"]
    assert (forest.having, forest.split, forest.role) == ("tile", network.split, "baseline")
    assert forest.by_patient
    assert network.by_patient
