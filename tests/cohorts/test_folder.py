import subprocess
import sys

import pytest

from osteon import cohorts
from osteon.cohorts.folder import public_sets
from osteon.errors import CohortError


def test_the_doors_are_there_and_nothing_else():
    for name in cohorts.__all__:
        assert callable(getattr(cohorts, name))
    with pytest.raises(AttributeError, match="nonsense"):
        _ = cohorts.nonsense


def test_a_name_of_ones_own(films):
    assert cohorts.load(films.root, name="ours").name == "ours"
    assert cohorts.load(str(films.root)).name == "cohort"


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
