"""What the terminal shows of a table."""

import json

from osteon.cli._printing import print_scores, print_table
from osteon.types import Evidence, Score


def test_a_class_in_brackets_is_shown(capsys):
    print_table(("metric", "value"), [{"metric": "auc[malignant]", "value": "0.9"}, {"metric": "f1[benign]"}])
    shown = capsys.readouterr().out
    assert "auc[malignant]" in shown
    assert "f1[benign]" in shown


def test_lists_are_joined_and_what_is_missing_is_empty(capsys):
    print_table(("name", "inputs", "other"), [{"name": "one", "inputs": ["t1", "t2"]}])
    shown = capsys.readouterr().out
    assert "t1, t2" in shown
    assert "None" not in shown


def score(metric, value=0.5, note=""):
    low, high = (value - 0.1, value + 0.1) if value == value else (value, value)
    return Score(
        metric=metric, value=value, low=low, high=high, method="m", unit="patient", n=3, patients=3, task="a",
        evidence=Evidence.SIMULATED, note=note,
    )  # fmt: skip


def test_what_is_undefined_is_a_dash_and_its_reason_is_named(capsys):
    why = "undefined: it needs two rows that differ"
    found = [score("dice"), score("pearson", float("nan"), why), score("spearman", float("nan"), why)]
    print_scores(found, as_json=False)
    shown = capsys.readouterr().out
    assert "nan" not in shown.replace(why, "")
    assert shown.count("│ -  ") == 4
    assert shown.splitlines()[-1] == f"a, pearson; a, spearman: {why}"
    print_scores(found, as_json=True)
    assert [row["value"] for row in json.loads(capsys.readouterr().out)] == [0.5, None, None]


def test_the_notes_of_scores_stand_below_each_once(capsys):
    print_scores(
        [score("auc", note="2 left out"), score("f1", note="2 left out"), score("d", note="p = 0.3"), score("e")],
        as_json=False,
    )
    below = capsys.readouterr().out.splitlines()[-2:]
    assert below == ["2 left out", "a, d: p = 0.3"]
