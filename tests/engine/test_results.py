"""The evidence as it is stored and shown."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from osteon.engine import results
from osteon.engine.by_patient import PatientFigure
from osteon.engine.evidence_row import Extra, Made, Row
from osteon.engine.results import Result
from osteon.errors import InputError
from osteon.simulate.observer import Ceiling
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

CEILING = Ceiling(
    task="covid19", metric="auc", positive="present", expected=0.9, value=math.nan, low=math.nan, high=math.nan, n=30
)


def test_a_result_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    assert results.read(results.write(tmp_path, RESULT)) == RESULT


def test_what_was_trained_on_too_comes_back_as_it_was(tmp_path: Path) -> None:
    for label in (None, ("lesion", "malignant")):
        extra = Extra(kind="drr", source="sts", count=7, label=label)
        told = replace(RESULT, row=replace(ROW, extra=extra, role="ablation"))
        assert results.read(results.write(tmp_path, told)) == told


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


def test_a_row_on_simulated_patients_comes_back_with_its_ceilings_and_differences(tmp_path: Path) -> None:
    made = Made(recipe="raman-serum", patients=30, size="small")
    row = replace(ROW, made=made, against=("another-row",))
    result = replace(RESULT, row=row, ceilings=(CEILING,), differences=(score(0.1, note="another-row"),))
    again = results.read(results.write(tmp_path, result))
    assert again.row.made == made
    assert again.row.against == ("another-row",)
    assert again.differences == result.differences
    (ceiling,) = again.ceilings
    assert math.isnan(ceiling.value), "undefined on these patients, and stored as null"
    assert (ceiling.expected, ceiling.positive) == (0.9, "present")
    assert json.loads((tmp_path / "a-row.json").read_text())["ceilings"][0]["value"] is None


def test_the_first_score_that_fits_stands_for_a_row() -> None:
    assert results.first(RESULT) == score()
    assert results.first(replace(RESULT, row=replace(ROW, first=("auc", "", "image")))) == score(0.7, unit="image")
    assert results.first(replace(RESULT, row=replace(ROW, first=("dice", "", "")))) is None


def test_further_figures_are_stored_and_shown_after_the_first(tmp_path: Path) -> None:
    row = replace(ROW, also=(("accuracy", "covid19", "patient"), ("dice", "", "")))
    again = results.read(results.write(tmp_path, replace(RESULT, row=row)))
    assert again.row.also == row.also
    assert results.shown_of(again) == (score(), score(0.6, metric="accuracy"))
    assert results.shown_of(replace(RESULT, scores=())) == ()
