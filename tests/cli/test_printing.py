"""What the terminal shows of a table."""

from osteon.cli._printing import print_table


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
