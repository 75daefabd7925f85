import gzip
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon.errors import InputError
from osteon.io import table


def written(folder, content, name="Tabelle ü.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def test_comma_and_point(tmp_path):
    frame = table.read(written(tmp_path, 'patient,age_years,grade\n1,12.5,high\n2,,"low, or so"\n'))
    assert frame["patient"].tolist() == [1, 2]
    assert frame["age_years"].isna().tolist() == [False, True]
    assert frame["grade"].tolist() == ["high", "low, or so"]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_german_excel(tmp_path, mark, end):
    text = mark + end.join(["Größe_mm;Alter;Name", "12,5;61;Ä", "1,25;7;B;", ""])
    frame = table.read(written(tmp_path, text))
    assert frame["Größe_mm"].tolist() == [12.5, 1.25]
    assert frame["Alter"].dtype == np.int64
    assert frame["Name"].tolist() == ["Ä", "B"]


def test_thousands_are_not_guessed(tmp_path):
    frame = table.read(written(tmp_path, "a;b\n1.234,5;1\n2.000,0;2\n"))
    assert frame["a"].tolist() == ["1.234,5", "2.000,0"]


def test_a_comma_is_decimal_only_when_no_column_has_points(tmp_path):
    frame = table.read(written(tmp_path, "a;b\n1,5;1.5\n2,5;2.5\n"))
    assert frame["a"].tolist() == ["1,5", "2,5"]
    assert frame["b"].tolist() == [1.5, 2.5]


def test_ids_stay_text(tmp_path):
    frame = table.read(written(tmp_path, "patient,uid\n007,12345678901234567890\n012,12345678901234567891\n"))
    assert frame["patient"].tolist() == ["007", "012"]
    assert frame["uid"].tolist() == ["12345678901234567890", "12345678901234567891"]


def test_tabs_gzip_and_utf16(tmp_path):
    text = "a\tb\n1\tx\n"
    for data in (gzip.compress(text.encode()), text.encode("utf-16"), text.encode()):
        frame = table.read(written(tmp_path, data, "a.tsv.gz"))
        assert frame.to_dict("list") == {"a": [1], "b": ["x"]}


def test_row_names_as_r_writes_them(tmp_path):
    frame = table.read(written(tmp_path, '"a","b"\n"s1",1,2\n"s2",3,4\n'))
    assert frame.to_dict("list") == {"row": ["s1", "s2"], "a": [1, 3], "b": [2, 4]}
    frame = table.read(written(tmp_path, ",a\nx,1\n"))
    assert list(frame.columns) == ["row", "a"]


def test_xlsx(tmp_path):
    book = pd.DataFrame({"patient": ["p1", "p2"], "age_years": [12, 13.5], "seen": pd.to_datetime(["2020-01-02"] * 2)})
    path = tmp_path / "a.xlsx"
    book.to_excel(path, index=False)
    frame = table.read(path)
    assert frame["age_years"].tolist() == [12, 13.5]
    assert frame["seen"].tolist() == ["2020-01-02"] * 2
    with pd.ExcelWriter(path) as several:
        book.to_excel(several, sheet_name="one", index=False)
        book.head(1).to_excel(several, sheet_name="two", index=False)
    with pytest.raises(InputError, match="2 sheets with rows"):
        table.read(path)
    with pytest.raises(InputError, match="none of that name"):
        table.read(path, sheet="three")
    assert len(table.read(path, sheet="two")) == 1


def test_parquet(tmp_path):
    frame = pd.DataFrame({"a": [1.5, None], "b": ["x", None], "c": [1, 2]})
    frame.to_parquet(tmp_path / "a.parquet")
    back = table.read(tmp_path / "a.parquet")
    assert back["c"].tolist() == [1, 2]
    assert back["b"].tolist() == ["x", None]
    data = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="damaged Parquet"):
        table.read(tmp_path / "b.parquet")


def test_a_formula_is_text_coming_in_and_harmless_going_out(tmp_path):
    evil = '=HYPERLINK("http://x.example","y")'
    path = written(tmp_path, 'patient,note\n1,"=HYPERLINK(""http://x.example"",""y"")"\n2,-5\n')
    frame = table.read(path)
    assert frame["note"].tolist() == [evil, "-5"]
    table.write(tmp_path / "out.csv", frame)
    cells = (tmp_path / "out.csv").read_text().splitlines()
    assert cells[1].startswith("1,\"'=HYPERLINK")
    assert cells[2] == "2,'-5"
    numbers = pd.DataFrame({"n": [-1.5, 2.0]})
    table.write(tmp_path / "n.csv", numbers)
    assert table.read(tmp_path / "n.csv")["n"].tolist() == [-1.5, 2.0]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("a,b,a\n1,2,3\n", "columns 1 and 3"),
        ("a,,b\n1,2,3\n", "column 2"),
        ("a,b\n1,2\n3\n", "1 cells in row 3"),
        ("a,b\n1,2\n3,4,5\n", "3 cells in row 3"),
        (b"a,b\nM\xfcller,2\n", "not in UTF-8 .*line 2"),
        (b"a,b\n\x00\x00,2\n", "zero bytes"),
        (b"", "empty"),
        (b" \n\n", "empty"),
        ('a,b\n"1,2\n', "quotes"),
        (b"\x1f\x8b\x08broken", "gzip"),
        (b"PK\x03\x04broken", "XLSX"),
    ],
)
def test_bad_tables_end_in_one_sentence(tmp_path, content, word):
    with pytest.raises(InputError, match=word) as caught:
        table.read(written(tmp_path, content))
    assert str(caught.value).startswith("Tabelle ü.csv: ")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 3


def test_missing_file(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        table.read(tmp_path / "none.csv")


def test_gzip_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "MOST_BYTES", 1000)
    with pytest.raises(InputError, match="unpacks to more"):
        table.read(written(tmp_path, gzip.compress(b"a,b\n" + b"1,2\n" * 1000)))


names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_numbers_and_words_survive_a_round_trip(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "round.csv"
    header = data.draw(st.lists(names, min_size=2, max_size=4, unique=True))
    rows = data.draw(st.integers(1, 5))
    words = st.text(st.characters(categories=["L", "P", "Zs"], exclude_characters="\x00"), max_size=10)
    frame = pd.DataFrame({header[0]: data.draw(st.lists(st.floats(-1e6, 1e6), min_size=rows, max_size=rows))})
    for name in header[1:]:
        frame[name] = data.draw(st.lists(words.map(lambda w: f"w{w}".strip()), min_size=rows, max_size=rows))
    table.write(path, frame)
    back = table.read(path)
    assert list(back.columns) == header
    assert np.allclose(back[header[0]].astype(float), frame[header[0]])
    for name in header[1:]:
        assert back[name].tolist() == frame[name].tolist()


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | st.text("ab1,;\t\n\"'=.-\ufeff ", max_size=200).map(str.encode))
def test_any_bytes_end_in_a_table_or_in_our_error(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    path.write_bytes(content)
    with suppress(InputError):
        assert isinstance(table.read(path), pd.DataFrame)


def test_a_short_run_of_the_fuzzer():
    from fuzz_table import run

    ends = run(300)
    assert min(ends["read"], ends["refused"]) > 10
