import pytest

from osteon.errors import InputError
from osteon.io import tabular
from osteon.types import Record, Spectrum


def written(tmp_path, text, name="t.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_spectra_go_before_rows(tmp_path):
    lines = "".join(f"{400 + i},{i},{2 * i}\n" for i in range(20))
    found = tabular.read(written(tmp_path, "shift,a,b\n" + lines))
    assert [type(item.datum) for item in found] == [Spectrum, Spectrum]
    assert found[1].about == "spectrum, 20 points, 2 of 2"
    assert [item.patient_id for item in found] == [None, None]


@pytest.mark.parametrize("column", ["patient", "Patient_ID", " PATIENTID "])
def test_rows_of_a_table_with_patients_are_records(tmp_path, column):
    found = tabular.read(written(tmp_path, f"{column},age_years,sex\n007,31,f\nb,,\n,9,m\n"))
    assert [item.patient_id for item in found] == ["007", "b", None]
    assert found[0].datum == Record(values={"age_years": 31.0, "sex": "f"})
    assert found[1].datum == Record(values={"age_years": None, "sex": None})
    assert {item.about for item in found} == {"clinical row"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,x\n2,y\n", "2 rows without a column 'patient'"),
        ("x,y\n" + "".join(f"{i},{'nan' if i == 3 else i}\n" for i in range(20)), "NaN or gaps"),
        ("x,y\n" + "".join(f"{i}e6,{i}\n" for i in range(20)), "no Raman shift in 1/cm"),
    ],
)
def test_what_is_neither_says_why_it_is_no_spectrum_too(tmp_path, text, said):
    with pytest.raises(InputError, match=said):
        tabular.read(written(tmp_path, text))


def test_what_can_only_be_a_spectrum_keeps_its_own_reason(tmp_path):
    with pytest.raises(InputError, match="JCAMP"):
        tabular.read(written(tmp_path, "##TITLE=x\n##END=\n", name="x.jdx"))


def test_a_header_that_is_a_patient_is_not_shown(tmp_path):
    with pytest.raises(InputError) as caught:
        tabular.read(written(tmp_path, "Zweitname,Zweitname,3\nRoe,4,5\n"))
    assert "Zweitname" not in str(caught.value)
