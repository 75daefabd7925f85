import numpy as np
import pandas as pd
import pytest

from osteon import cohorts
from osteon.errors import InputError
from osteon.io import expression, files, tabular
from osteon.types import Expression

FOUND = Expression(genes=("SATB2", "MDM2", "=cmd"), values=np.array([12.0, 0.0, 3.5]))


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_what_is_written_is_read(tmp_path, name):
    expression.write(tmp_path / name, FOUND)
    again = expression.read(tmp_path / name)
    assert again.genes[:2] == FOUND.genes[:2]
    assert again.genes[2].strip("'") == "=cmd", "no spreadsheet runs it"
    assert np.array_equal(again.values, FOUND.values)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_scan_knows_it_from_spectra_and_rows(tmp_path, name):
    many = Expression(genes=tuple(f"g{i}" for i in range(40)), values=np.arange(40.0))
    expression.write(tmp_path / name, many, unit="sim_counts")
    (item,) = files.scan([tmp_path]).items
    assert isinstance(item.datum, Expression)
    assert item.about == "expression, 40 genes"
    assert item.patient_id is None
    assert (tabular.read(tmp_path / name)[0].datum.values == many.values).all()


@pytest.mark.parametrize("word", ["gene", "Gene_ID", " SYMBOL "])
def test_the_first_column_says_so(word):
    assert expression.is_expression(pd.DataFrame({word: ["a"], "x": [1.0]}))
    assert not expression.is_expression(pd.DataFrame({"x": [1.0], word: ["a"]}))
    assert not expression.is_expression(pd.DataFrame({word: ["a"]}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gene,counts\na,1\na,2\n", "names 1 genes more than once"),
        ("gene,counts\na,1\nb,\n", "1 of 2 rows without a gene or a number"),
        ("gene,counts\na,1\n,2\n", "1 of 2 rows"),
        ("gene,counts\na,many\n", "1 of 1 rows"),
        ("gene,Roe,Doe\na,1,2\n", "has 3 columns"),
    ],
)
def test_what_is_no_expression_says_why_and_names_nobody(tmp_path, text, said):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        expression.read(tmp_path / "t.csv")
    assert "Roe" not in str(caught.value)
    assert str(caught.value).startswith("t.csv: ")


def test_a_cohort_takes_it_as_an_input(tmp_path, monkeypatch):
    monkeypatch.setenv("OSTEON_KEY", str(tmp_path / "key"))
    root = tmp_path / "cohort"
    root.mkdir()
    for patient in "ab":
        expression.write(root / f"{patient}.csv", FOUND)
    (root / "cohort.csv").write_text("patient,path,label\na,a.csv,x\nb,b.csv,y\n")
    cohort = cohorts.load(root)
    assert not cohort.refused
    for study in cohort.studies:
        assert np.array_equal(study.data["expression"].values, FOUND.values)
