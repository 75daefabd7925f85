"""What the terminal shows of a table."""

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


def test_the_notes_of_scores_stand_below_each_once(capsys):
    def score(metric, note=""):
        return Score(
            metric=metric, value=0.5, low=0.4, high=0.6, method="m", unit="patient", n=3, patients=3, task="a",
            evidence=Evidence.SIMULATED, note=note,
        )  # fmt: skip

    print_scores(
        [score("auc", "2 left out"), score("f1", "2 left out"), score("d", "p = 0.3"), score("e")], as_json=False
    )
    below = capsys.readouterr().out.splitlines()[-2:]
    assert below == ["2 left out", "a, d: p = 0.3"]
