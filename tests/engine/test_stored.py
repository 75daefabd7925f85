"""Answers and scores on the disk come back as they were."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import tiny

from osteon.engine import stored
from osteon.engine.answers import Answer, Answers
from osteon.engine.ood.judge import Verdict
from osteon.errors import InputError
from osteon.metrics import masks
from osteon.types import Evidence, Maker, Prediction, Score


def score(value=0.8, **more):
    facts = {"metric": "auc", "low": 0.7, "high": 0.9, "method": "delong", "unit": "image", "n": 9, "patients": 8}
    return Score(value=value, evidence=Evidence.SIMULATED, **{**facts, **more})


def test_scores_come_back_undefined_ones_too(tmp_path: Path) -> None:
    given = [score(), score(math.nan, low=math.nan, high=math.inf, note="undefined: it needs a row")]
    path = stored.write_scores(tmp_path, given, maker=Maker(system="tiny", seed=3))
    one, other = stored.read_scores(path)
    assert one == given[0]
    assert math.isnan(other.value)
    assert other.note == given[1].note
    told = json.loads(path.read_text(), parse_constant=pytest.fail)
    assert told["maker"]["system"] == "tiny"
    assert told["scores"][1]["high"] is None


def test_a_score_of_a_later_osteon_is_read_without_what_is_new() -> None:
    row = {**stored.as_plain(score()), "colour": "blue"}
    assert stored.as_score(row) == score()


@pytest.mark.parametrize("text", ["", "{}", '{"scores": [1]}', '{"scores": [{"metric": "auc"}]}'])
def test_damaged_scores_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "scores.json").write_text(text)
    with pytest.raises(InputError, match=r"scores\.json: is missing or damaged; evaluate the run again"):
        stored.read_scores(tmp_path / "scores.json")


def test_a_row_for_each_answer_with_its_odds_and_its_mask_measured(tmp_path: Path) -> None:
    import numpy as np

    mask = np.zeros((6, 6), np.uint8)
    mask[1:4, 1:4] = 1
    case = masks.measure(mask, np.roll(mask, 1, axis=0), patient="p", spacing_mm=(0.5, 0.5))
    answers = (
        Answer(
            prediction=Prediction(study="s", patient="p", task="t", probabilities={"benign": 0.25, "malignant": 0.75}),
            level="item", site="A", truth=1, label="malignant",
        ),
        Answer(prediction=Prediction(study="s", patient="p", task="m", item="lesion 0"), level="item", case=case),
        Answer(
            prediction=Prediction(study="s", patient="p", task="r", risk=2.5, value=3.0), level="patient", event=True
        ),
    )  # fmt: skip
    stored.write_predictions(tmp_path, Answers(answers=answers, refused=()))
    table = stored.read_predictions(tmp_path)
    assert len(table) == 3
    first, second, third = (row for _, row in table.iterrows())
    assert (first["probability malignant"], first["label"], first["site"]) == (0.75, "malignant", "A")
    assert second["dice"] == pytest.approx(2 * 6 / 18)
    assert (second["voxels"], second["true_voxels"], second["item"]) == (9, 9, "lesion 0")
    assert second["hausdorff95_mm"] == pytest.approx(case.hausdorff95)
    assert (third["risk"], third["value"], bool(third["event"]), third["level"]) == (2.5, 3.0, True, "patient")
    assert pd.isna(second["probability malignant"])
    assert tiny.CLASSES[1] in {c.removeprefix(stored.ODDS) for c in table.columns}


def test_where_strangers_were_looked_for_each_row_says_what_was_found(tmp_path: Path) -> None:
    given = Answer(prediction=Prediction(study="s", patient="p", task="t"), level="item")
    verdicts = (Verdict(score=0.5), Verdict(score=None, why="It is a strip."), Verdict(score=math.inf, why="Far."))
    stored.write_predictions(tmp_path, Answers(answers=tuple(replace(given, verdict=v) for v in verdicts), refused=()))
    table = stored.read_predictions(tmp_path)
    assert table["out_of_distribution"].tolist() == [False, True, True]
    assert table["why_out_of_distribution"].tolist() == ["", "It is a strip.", "Far."]
    assert table["ood_score"].isna().tolist() == [False, True, False]
    stored.write_predictions(tmp_path, Answers(answers=(given,), refused=()))
    assert "out_of_distribution" not in stored.read_predictions(tmp_path), "a run that is judged does not ask"


def test_a_run_that_was_not_judged_says_how_to(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"judge the run first: osteon evaluate .* COHORT"):
        stored.read_predictions(tmp_path)
