import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.cohorts import columns
from osteon.cohorts.rows import Row
from osteon.errors import CohortError
from osteon.io.simulated import NOTE
from osteon.types import Outcome, Record


def table(*rows: dict) -> tuple[Row, ...]:
    return tuple(Row(table="patients.csv", number=n, cells=row) for n, row in enumerate(rows, start=2))


def test_words_are_labels_numbers_are_values_and_label_is_always_a_label():
    found = table(
        {"patient": "1", "label": "0", "grade": "high", "size_mm": "31"}, {"label": "1", "grade": "", "size_mm": "NA"}
    )
    what = columns.meaning(found)
    assert (what.labels, what.values) == (("label", "grade"), ("size_mm",))
    assert columns.known(found[0], what).labels == {"label": "0", "grade": "high"}
    assert columns.known(found[1], what).labels == {"label": "1"}
    assert columns.known(found[1], what).values == {}
    assert columns.record(found[0], what).values == {"grade": "high", "size_mm": 31.0}
    assert columns.record(found[1], what).values == {"grade": None, "size_mm": None}


def test_outcomes_and_clinical_days_apart():
    found = table(
        {"death_days": "100.5", "death_event": "Yes", "follow_up_days": "7"},
        {"death_days": "", "death_event": "", "follow_up_days": "8"},
    )
    what = columns.meaning(found)
    assert what.endpoints == ("death",)
    assert columns.known(found[0], what).outcomes == {"death": Outcome(days=100.5, event=True)}
    assert columns.known(found[1], what).outcomes == {}
    assert columns.record(found[0], what).values == {"follow_up_days": 7.0}


def test_a_simulated_row_says_so_and_the_column_is_neither_label_nor_value():
    made, taken = table({"age_years": "31", "simulated": "by osteon"}, {"age_years": "40", "simulated": ""})
    what = columns.meaning((made, taken))
    assert (what.labels, what.values) == ((), ("age_years",))
    assert columns.record(made, what) == Record(values={"age_years": 31.0}, notes=(NOTE,))
    assert columns.record(taken, what).notes == ()


def test_an_event_without_its_days_is_refused():
    with pytest.raises(CohortError, match="death_event without death_days"):
        columns.meaning(table({"death_event": "1"}))


@pytest.mark.parametrize(
    ("days", "event"), [("-1", "1"), ("", "1"), ("5", ""), ("5", "2"), ("nan", "0"), ("soon", "0")]
)
def test_half_an_outcome_is_refused(days, event):
    found = table({"death_days": days, "death_event": event})
    with pytest.raises(CohortError, match="row 2"):
        columns.known(found[0], columns.meaning(found))


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=5))
def test_any_cells_have_a_meaning_or_our_error(cells):
    found = table(cells)
    try:
        what = columns.meaning(found)
        said = columns.known(found[0], what)
        columns.record(found[0], what)
    except CohortError:
        return
    assert not set(said.labels) & set(said.values)
    assert not columns.NAMED & (set(said.labels) | set(said.values))


@pytest.mark.parametrize(
    ("word", "side"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("VAL", "validation"),
        ("valid", "validation"),
        ("validation", "validation"),
        ("Test", "test"),
        ("holdout", None),
        ("", None),
    ],
)
def test_sides_of_the_split_however_they_are_written(word, side):
    assert columns.side(word) == side


@pytest.mark.parametrize("text", ["", "  ", "NA", "n/a", "NaN", "None", "--"])
def test_what_says_that_nothing_was_recorded(text):
    assert columns.missing(text)
    assert columns.number(text) is None


@pytest.mark.parametrize("text", ["0", "no", "-", "left", "unknown"])
def test_what_says_something(text):
    assert not columns.missing(text)
