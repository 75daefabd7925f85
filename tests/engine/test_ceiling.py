"""How far a score is from chance to the ideal observer."""

import json
import math
from dataclasses import replace

import pytest

from osteon.contract import Classify
from osteon.engine import ceiling
from osteon.errors import InputError
from osteon.simulate.observer import Ceiling
from osteon.types import Evidence, Score

RESPONSE = Classify(
    name="response", unit="patient", classes=("non-responder", "responder"), positive="responder",
    words={"poor": "non-responder", "good": "responder"},
)  # fmt: skip
THREE = Classify(name="lesion", unit="lesion", classes=("benign", "intermediate", "malignant"), positive="malignant")


def top(task: str, positive: str, value: float, *, expected: float = 0.9, metric: str = "auc") -> Ceiling:
    return Ceiling(
        task=task, metric=metric, positive=positive, expected=expected, value=value, low=value - 0.1,
        high=value + 0.1, n=40,
    )  # fmt: skip


def score(metric: str = "auc", *, value: float = 0.7, task: str = "response", patients: int = 40) -> Score:
    return Score(
        metric=metric, value=value, low=0.6, high=0.8, method="", unit="patient", n=patients, patients=patients,
        task=task, evidence=Evidence.SIMULATED,
    )  # fmt: skip


def test_the_cohorts_word_is_brought_to_the_tasks() -> None:
    found = ceiling.of_score(score(), RESPONSE, [top("response", "good", 0.8), top("other", "good", 0.6)])
    assert found is not None
    assert found.value == 0.8


def test_of_three_classes_each_has_its_own_and_the_mean_is_the_macro() -> None:
    given = [
        top("lesion", word, value) for word, value in (("benign", 0.9), ("intermediate", 0.6), ("malignant", 0.84))
    ]
    given.append(top("lesion", "", 0.75, metric="accuracy"))
    of = {name: ceiling.of_score(score(name, task="lesion"), THREE, given) for name in
          ("auc[benign]", "auc[intermediate]", "auc", "auc_macro", "accuracy", "brier", "auc[unknown]")}  # fmt: skip
    assert [of[name].value for name in ("auc[benign]", "auc[intermediate]", "auc", "accuracy")] == [
        0.9,
        0.6,
        0.84,
        0.75,
    ]
    assert of["auc_macro"].value == pytest.approx(0.78)
    assert math.isnan(of["auc_macro"].low)
    assert of["brier"] is None
    assert of["auc[unknown]"] is None
    assert ceiling.of_score(score("auc_macro", task="lesion"), THREE, given[:2]) is None


def test_judged_on_all_the_ceiling_is_that_of_the_very_patients_else_the_expected_one() -> None:
    here = top("response", "good", 0.8, expected=0.9)
    assert ceiling.on(score(), here) == 0.8
    assert ceiling.on(score(patients=8), here) == 0.9
    assert ceiling.on(score(), replace(here, value=math.nan)) == 0.9


def test_the_share_is_nought_at_chance_and_one_at_the_ceiling() -> None:
    here = top("response", "good", 0.8)
    for value, share in ((0.5, 0.0), (0.65, 0.5), (0.8, 1.0), (0.44, -0.2)):
        assert ceiling.share(score(value=value), here) == pytest.approx(share)
    assert ceiling.share(score("accuracy"), top("response", "", 0.9, metric="accuracy")) is None
    assert ceiling.share(score(), top("response", "good", 0.5)) is None


def test_a_simulated_cohort_says_its_ceilings(tmp_path) -> None:
    given = (
        top("response", "good", 0.8),
        replace(top("response", "", 0.7), value=math.nan, low=math.nan, high=math.nan),
    )
    told = {"simulated": True, "ceilings": [ceiling.plain(c) for c in given]}
    (tmp_path / "simulated.json").write_text(json.dumps(told, allow_nan=False))
    one, two = ceiling.read(tmp_path)
    assert one == given[0]
    assert math.isnan(two.value)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"ceilings": [{"task": "x"}]}'])
def test_a_damaged_account_is_refused(tmp_path, text) -> None:
    (tmp_path / "simulated.json").write_text(text)
    with pytest.raises(InputError, match="make the patients again"):
        ceiling.read(tmp_path)


def test_a_cohort_of_people_has_none(tmp_path) -> None:
    with pytest.raises(InputError, match=r"holds no simulated\.json"):
        ceiling.read(tmp_path)
