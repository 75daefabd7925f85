import subprocess
import sys

import numpy as np
import pytest

from osteon import cohorts
from osteon.cohorts.folder import public_sets
from osteon.errors import CohortError
from osteon.io import png
from osteon.io.simulated import SAYS, is_simulated
from osteon.types import Evidence


def test_the_doors_are_there_and_nothing_else():
    for name in cohorts.__all__:
        assert callable(getattr(cohorts, name))
    with pytest.raises(AttributeError, match="nonsense"):
        _ = cohorts.nonsense


def test_a_name_of_ones_own(films):
    assert cohorts.load(films.root, name="ours").name == "ours"
    assert cohorts.load(str(films.root)).name == "cohort"


def film(path, *, note=""):
    png.write(path, np.random.default_rng(len(path.name)).integers(0, 255, (32, 24)).astype(np.uint8), note=note)


@pytest.fixture
def two(tmp_path, monkeypatch):
    """A cohort of one's own with two films; each test says which are simulated, and how."""
    monkeypatch.setenv("OSTEON_KEY", str(tmp_path / "key"))
    (tmp_path / "two").mkdir()
    for name in ("a.png", "bb.png"):
        film(tmp_path / "two" / name)
    (tmp_path / "two" / "cohort.csv").write_text("patient,path,label\n1,a.png,benign\n2,bb.png,malignant\n")
    return tmp_path / "two"


def test_a_cohort_of_ones_own_is_real(two):
    found = cohorts.load(two)
    assert (found.evidence, found.notes, found.licence) == (Evidence.REAL, (), None)


def test_a_simulated_file_marks_the_cohort_however_it_came_there(two):
    film(two / "a.png", note=SAYS)
    found = cohorts.load(two)
    assert found.evidence is Evidence.SIMULATED
    assert found.notes == ("1 of the 2 studies are of simulated patients: a score on them is never clinical evidence.",)
    assert found.licence is None
    film(two / "bb.png", note=SAYS)
    found = cohorts.load(two)
    assert found.notes == ("Simulated patients: a score on them is never clinical evidence.",)
    assert found.licence == "simulated by osteon: no one's data"


@pytest.mark.parametrize("table", ["cohort.csv", "patients.csv"])
def test_a_table_marks_the_cohort_too(two, table):
    head = "patient,path,label,simulated" if table == "cohort.csv" else "patient,age_years,simulated"
    rows = ("1,a.png,benign", "2,bb.png,malignant") if table == "cohort.csv" else ("1,31", "2,40")
    (two / table).write_text("\n".join([head, *(f"{row},by osteon" for row in rows)]) + "\n")
    found = cohorts.load(two)
    assert found.evidence is Evidence.SIMULATED
    assert all("simulated" not in study.truth.labels for study in found.studies)


def test_a_pack_keeps_what_each_input_says_of_itself(two, tmp_path):
    (two / "patients.csv").write_text("patient,age_years,simulated\n1,31,by osteon\n2,40,\n")
    lines = "\n".join(["raman_shift_per_cm,simulated_counts", *(f"{400 + i},{i}" for i in range(20))])
    (two / "s.csv").write_text(lines + "\n")
    (two / "g.csv").write_text("gene,simulated_counts\nSATB2,3\nMDM2,4\n")
    (two / "cohort.csv").write_text("patient,path,study\n1,s.csv,x\n1,g.csv,x\n2,bb.png,y\n")
    again = cohorts.load(cohorts.pack(cohorts.load(two), tmp_path / "pack"))
    said = {
        name: is_simulated(datum) for study in again.studies for name, datum in study.data.items() if name[0] != "c"
    }
    assert again.evidence is Evidence.SIMULATED
    assert said == {"spectrum": True, "expression": True, "radiograph": False}
    assert [is_simulated(study.data["clinical"]) for study in again.studies] == [True, False]


def test_a_folder_that_is_no_cohort_says_what_to_do(tmp_path):
    with pytest.raises(CohortError, match=r"cohort\.csv.*btxrd") as caught:
        cohorts.load(tmp_path)
    assert str(tmp_path) not in str(caught.value)
    with pytest.raises(CohortError, match="not a folder"):
        cohorts.load(tmp_path / "none")


@pytest.mark.parametrize("name", ["none", "x" * 5000, "a.txt", "a.txt/in", "loop"])
def test_what_is_no_folder_is_one_sentence(tmp_path, name):
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(CohortError, match="not a folder"):
        cohorts.load(tmp_path / name)


def test_the_public_sets_are_found_by_their_files():
    names = {module.__name__.rpartition(".")[2] for module in public_sets()}
    assert names == {
        "bs80k_chest",
        "btxrd",
        "raman_saliva",
        "tcia_osteosarcoma_tumor_assessment",
        "tcia_soft_tissue_sarcoma",
    }


def test_no_set_takes_another_for_its_own(data_dir):
    for folder in sorted(p for p in data_dir.iterdir() if p.is_dir()):
        assert sum(module.recognise(folder) for module in public_sets()) <= 1


def test_looking_at_the_room_loads_no_reader():
    code = "import osteon.cohorts, osteon.cohorts.folder, sys; print([m for m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for heavy in ("pydicom", "SimpleITK", "torch", "pandas", "sklearn", "nibabel"):
        assert f"'{heavy}'" not in out
