import re

from osteon.report.curve import curve


def test_one_line_a_column_from_top_to_floor():
    rows = [{"epoch": e, "loss": 1 / (e + 1), "validation_loss": 1.0} for e in range(4)]
    text = curve(rows, columns=["loss", "validation_loss"])
    first, second = re.findall(r'points="([^"]+)"', text)
    ys = [float(p.split(",")[1]) for p in first.split()]
    assert ys == sorted(ys)
    assert len({p.split(",")[1] for p in second.split()}) == 1


def test_rows_without_numbers_are_left_out_and_none_gives_nothing():
    rows = [{"epoch": "1", "loss": ""}, {"epoch": "x", "loss": "1"}, {"epoch": "2", "loss": "nan"}]
    assert curve(rows, columns=["loss"]) == ""


def test_column_names_are_escaped():
    assert "<b>" not in curve([{"epoch": 1, "<b>": 1}], columns=["<b>"])
