import re

import pytest

from osteon.report.curve import HEIGHT, LEFT, WIDTH, curve


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


@pytest.mark.parametrize("values", [[1.0], [2.0, 2.0, 2.0], [1e-9, 1e9], [-1.0, 1.0], ["3", "nan", "1"]])
def test_every_point_lies_within_the_drawing(values):
    text = curve([{"epoch": e, "loss": v} for e, v in enumerate(values)], columns=["loss"])
    (points,) = re.findall(r'points="([^"]+)"', text)
    for x, y in (map(float, p.split(",")) for p in points.split()):
        assert LEFT <= x <= WIDTH
        assert 0 <= y <= HEIGHT
    assert "nan" not in text


def test_more_columns_than_colours_are_drawn_all_the_same():
    names = [f"loss_{k}" for k in range(7)]
    text = curve([{"epoch": 0, **dict.fromkeys(names, 1.0)}], columns=names)
    assert text.count("<polyline") == 7
    assert 'aria-label="loss_0, loss_1' in text
