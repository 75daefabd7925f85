import json
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from osteon.io.plain import plain
from osteon.types import Evidence, Maker, Refusal

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(VALUES)
def test_whatever_it_is_it_becomes_json_that_other_readers_take(value):
    text = json.dumps(plain(value), allow_nan=False)
    assert json.loads(text) == plain(json.loads(text))


def test_records_arrays_and_enumerations_become_plain():
    value = {"a": np.array([1.0, math.nan]), "b": np.float32(0.5), "c": Evidence.REAL, 4: Refusal(file="f", why="w")}
    expected = {"a": [1.0, None], "b": 0.5, "c": Evidence.REAL.value, "4": {"file": "f", "why": "w"}}
    assert plain(value) == expected
    assert plain(Maker(system="s"))["system"] == "s"
    assert type(plain(Evidence.REAL)) is str
