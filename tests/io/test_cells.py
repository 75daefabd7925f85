import datetime

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.io.cells import column, named, numeric_style


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "2"], "i", [1, 2]),
        (["1", ""], "f", [1.0, np.nan]),
        (["-1.5", "+.5", "2e3"], "f", [-1.5, 0.5, 2000.0]),
        (["007", "8"], "O", ["007", "8"]),
        (["1234567890123456", "1"], "O", ["1234567890123456", "1"]),
        (["left", "NA", "n/a", None], "O", ["left", None, None, None]),
        ([1.0, 2.0], "i", [1, 2]),
        ([1.5, None], "f", [1.5, np.nan]),
        ([True, False], "O", ["True", "False"]),
        ([datetime.datetime(2020, 1, 2), datetime.date(2020, 1, 3)], "O", ["2020-01-02", "2020-01-03"]),
        ([datetime.datetime(2020, 1, 2, 3, 4)], "O", ["2020-01-02T03:04:00"]),
        ([datetime.time(3, 4)], "O", ["03:04:00"]),
        (["=1+1", "2"], "O", ["=1+1", "2"]),
        (["", "nan"], "O", [None, None]),
        (["1,5", "2"], "O", ["1,5", "2"]),
    ],
)
def test_a_cell_is_the_number_it_writes_or_text(cells, kind, values):
    found = column(cells, comma=False)
    assert found.dtype.kind == kind
    assert [None if v is None or v != v else v for v in found] == [None if v is None or v != v else v for v in values]


def test_a_decimal_comma_is_read_where_the_table_has_it():
    assert list(column(["1,5", "2"], comma=True)) == [1.5, 2.0]
    assert list(column(["1.500", "2"], comma=True)) == ["1.500", "2"]


@pytest.mark.parametrize(
    ("columns", "comma"),
    [
        ([["1,5", "2,5"]], True),
        ([["1,5"], ["2.5"]], False),
        ([["1", "2"]], False),
        ([["1,5", "left"]], False),
        ([[], [""]], False),
    ],
)
def test_the_style_of_a_table_is_found_from_its_columns(columns, comma):
    assert numeric_style(columns) is comma


def test_names_of_columns_are_kept_in_order():
    assert named(["b", "a"], file="t.csv") == ["b", "a"]


@pytest.mark.parametrize(
    ("header", "said"),
    [(["a", ""], "no name for column 2"), (["Zweitname", "b", "Zweitname"], "columns 1 and 3")],
)
def test_a_bad_header_is_refused_by_number_and_shows_no_cell(header, said):
    with pytest.raises(InputError, match=said) as caught:
        named(header, file="t.csv")
    assert "Zweitname" not in str(caught.value)
