import json
import math
import re
from dataclasses import replace

import pytest

from osteon import systems
from osteon.errors import WeightsError
from osteon.report import card
from osteon.types import Claim, Evidence, Score

SCORE = Score(
    metric="auc",
    value=0.87,
    low=0.8,
    high=0.9,
    method="delong",
    unit="lesion",
    n=50,
    patients=20,
    evidence=Evidence.REAL,
)
FULL = card.Card(
    name="a.b", summary="Says.", licence="CC BY-NC", data=("Set",), evidence=Evidence.SURROGATE, scores=(SCORE,),
    claims=(Claim(metric="auc", value=0.9, data="theirs", source="table 2"),), calibration=("T = 1.2",),
)  # fmt: skip


def test_a_card_comes_back_from_its_json(tmp_path):
    (tmp_path / "card.json").write_text(json.dumps(card.as_json(FULL)))
    assert card.load(tmp_path) == FULL


def test_no_card_is_none_and_a_broken_one_an_error(tmp_path):
    assert card.load(tmp_path) is None
    (tmp_path / "card.json").write_text('{"name": "a"}')
    with pytest.raises(WeightsError, match="model card"):
        card.load(tmp_path)


def test_unknown_fields_of_a_later_version_are_passed_over(tmp_path):
    (tmp_path / "card.json").write_text(json.dumps({**card.as_json(FULL), "mood": "calm"}))
    assert card.load(tmp_path) == FULL


def test_markdown_keeps_measured_and_published_apart():
    text = card.markdown(FULL)
    assert "0.870 | 0.800 to 0.900" in text
    assert text.index("## Measured") < text.index("## Published")
    assert "Must not be used for" in text
    assert "not a medical device" in text


def test_a_run_is_described_by_its_own_record():
    system = systems.get("xray-triage-he2020")
    run = {
        "cohort": {"name": "BTXRD", "licence": "NC", "evidence": "real", "notes": ["assumed patients"]},
        "allowed": ["duplicate"],
        "weights_sha256": "ff",
        "versions": {"osteon": "9.9"},
    }  # fmt: skip
    made = card.describe(system, run=run, scores=[SCORE])
    assert made.licence == "NC"
    assert made.evidence is Evidence.REAL
    assert made.version == "9.9"
    assert any("duplicate" in note for note in made.notes)
    assert "assumed patients" in made.notes
    assert made.claims == system.claims


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"name": "a", "summary": "b", "scores": [{"metric": "auc"}]}', "\ufeff{}",
             '{"name": "a", "summary": "b", "evidence": "hearsay"}', '{"name": "a", "summary": "b", "claims": [1]}'],
)  # fmt: skip
def test_a_card_that_is_damaged_anywhere_is_a_sentence(tmp_path, text):
    (tmp_path / "card.json").write_text(text, encoding="utf-8")
    with pytest.raises(WeightsError, match=r"^card\.json: the model card cannot be read"):
        card.load(tmp_path)


@pytest.mark.parametrize("missing", ["data", "scores", "claims", "calibration", "reconstructed", "notes"])
def test_a_card_says_nothing_under_a_heading_it_has_nothing_for(missing):
    heads = {
        "data": "Trained on", "scores": "Measured", "claims": "Published", "calibration": "Calibration",
        "reconstructed": "Reconstructed", "notes": "Notes",
    }  # fmt: skip
    given = {"data": ("d",), "calibration": ("c",), "reconstructed": ("r",), "notes": ("n",), "evidence": None}
    whole = replace(FULL, **given)
    assert f"## {heads[missing]}" in card.markdown(whole)
    assert f"## {heads[missing]}" not in card.markdown(replace(whole, **{missing: ()}))


HOSTILE = "a | b\n\n# Not a heading\n<script>"


def test_a_note_with_a_bar_or_a_line_end_breaks_no_table():
    scores = (replace(SCORE, task="t", note=HOSTILE, cohort="x|y"), replace(SCORE, task="u"))
    lines = card.markdown(replace(FULL, scores=scores)).splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 4, "a head, its rule, two rows"
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {8}
    assert "# Not a heading" not in lines


def test_an_undefined_score_survives_the_file_and_is_no_number_on_the_card(tmp_path):
    undefined = replace(SCORE, value=math.nan, low=math.nan, high=math.nan)
    told = card.as_json(replace(FULL, scores=(undefined, SCORE)))
    (tmp_path / "card.json").write_text(json.dumps(told, allow_nan=False))
    back = card.load(tmp_path)
    assert math.isnan(back.scores[0].value)
    assert back.scores[1] == SCORE
    assert back.claims == FULL.claims


def test_what_is_said_by_hand_wins_over_the_record():
    system = systems.get("xray-triage-he2020")
    made = card.describe(system, run={"cohort": {"licence": "NC"}}, licence="MIT", notes=("mine",))
    assert (made.licence, made.notes) == ("MIT", ("mine",))


@pytest.mark.parametrize("run", [{}, {"cohort": None}, {"cohort": {}, "versions": None}, {"cohort": {"evidence": ""}}])
def test_a_record_that_says_little_makes_a_card_that_says_so(run):
    made = card.describe(systems.get("xray-triage-he2020"), run=run)
    text = card.markdown(made)
    assert made.evidence is None
    assert "## Licence of the weights\n\nnot stated" in text
    assert "version not stated, weights sha256 not stated" in text
    assert "Measured" not in text
