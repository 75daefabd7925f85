"""Clinical rows as numbers: names, missing values, words in any case."""

import math

import numpy as np
import pytest

from osteon.transforms.clinical import Columns
from osteon.types import Record

COLUMNS = Columns(numbers=("age_years", "alp_u_per_l"), choices={"sex": ("male",), "site": ("femur", "tibia")})


def test_names_and_order():
    assert COLUMNS.names == ("age_years", "alp_u_per_l", "sex=male", "site=femur", "site=tibia")


def test_a_whole_row():
    row = Record(values={"site": "Tibia", "age_years": 12, "alp_u_per_l": "310.5", "sex": " MALE"})
    assert COLUMNS.vector(row).tolist() == [12.0, 310.5, 1.0, 0.0, 1.0]
    assert COLUMNS.vector(row).dtype == np.float32


@pytest.mark.parametrize("value", [None, "not stated", ""])
def test_a_number_that_is_none_is_nan(value):
    vector = COLUMNS.vector(Record(values={"age_years": value, "sex": "female"}))
    assert math.isnan(vector[0])
    assert math.isnan(vector[1])
    assert vector[2:].tolist() == [0.0, 0.0, 0.0]


def test_a_word_no_one_knows_is_none_of_them():
    assert COLUMNS.vector(Record(values={"site": "sternum"}))[3:].tolist() == [0.0, 0.0]
