import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.cohorts import rows
from osteon.errors import CohortError


def written(tmp_path, text, *, encoding="utf-8"):
    path = tmp_path / "cohort.csv"
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_delimiters_marks_and_ids_as_text(tmp_path, mark):
    path = written(tmp_path, f"\ufeffpatient{mark}path\r\n007{mark} a.png \r\n\r\n8{mark}Müller 1.png\r\n")
    found = rows.read(path, required=("patient", "path"))
    assert [(r.number, r["patient"], r["path"]) for r in found] == [(2, "007", "a.png"), (4, "8", "Müller 1.png")]
    assert found[0]["site"] == ""
    assert found[1].place == "cohort.csv row 4"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "lacks the column patient"),
        ("path\na.png\n", "lacks the column patient: none of its 1 columns"),
        ("Patient,path\n1,a.png\n", "Patient must be written so"),
        ("patient,path,path\n", "columns 2 and 3 have one name"),
        ("patient,path,Path\n", "columns 2 and 3 have one name"),
        ('patient,path\n1,"a.png\n2,b.png\n', "unexpected end of data"),
        ("patient,path\n1,a.png,extra\n", "3 cells"),
        (b"patient,path\n\xff\xfe,1\n", "not UTF-8"),
        ('patient,path\n1,"' + "x" * 200_000 + '"\n', "cannot be read"),
    ],
)
def test_a_bad_table_is_one_sentence(tmp_path, text, said):
    with pytest.raises(CohortError, match=said):
        rows.read(written(tmp_path, text), required=("patient", "path"))


def test_a_missing_table_is_one_sentence(tmp_path):
    with pytest.raises(CohortError, match=r"cohort\.csv"):
        rows.read(tmp_path / "cohort.csv", required=())


@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_our_error(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(b"patient,path\n" + data)
    try:
        found = rows.read(path, required=("patient", "path"))
    except CohortError:
        return
    assert all(set(row.cells) <= {"patient", "path"} for row in found)
