"""Packaged weights: found by name, and a folder of the user's goes before a name of ours."""

import pytest

from osteon import weights
from osteon.errors import WeightsError

NAME = "xray-triage-he2020.lite0"
FILM, BRISK = "xray-knee-segunet-do2021.lite0", "xray-knee-segunet-do2021.brisk"


def test_packaged_weights_lie_in_folders_with_a_run_and_a_card():
    assert NAME in weights.names()
    for name in weights.names():
        assert {p.name for p in weights.folder(name).iterdir()} >= {"run.json", "card.json", "card.md", "split.csv"}


def test_an_unknown_name_is_told_what_there_is():
    with pytest.raises(WeightsError, match="No weights are packaged for 'nothing'; there are: xray-"):
        weights.folder("nothing")


def test_a_variant_that_is_lent_weights_is_named_but_reads_no_patient_unasked():
    assert BRISK in weights.nameable()
    assert BRISK not in weights.names()
    assert set(weights.names()) < set(weights.nameable())
    found = weights.lent(weights.named(BRISK))
    assert (found.folder, found.parts) == (weights.folder(FILM), ("film",))
    assert "`lite0`" in found.note
    assert weights.lent(weights.folder(FILM)) is None


@pytest.mark.parametrize(
    ("name", "alike"), [("xray-knee-segunet-do2021.lite", FILM), ("xray-triage-he2020.light0", NAME)]
)
def test_a_name_that_is_nearly_one_of_ours_is_told_which(name, alike):
    assert f"did you mean {alike}" in weights.unknown(name)
    assert "did you mean" not in weights.unknown("runs/mine")
    for other in weights.nameable():
        assert other in weights.unknown("runs/mine")


def test_a_name_is_ours_unless_a_run_of_the_users_has_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert weights.named(NAME) == weights.folder(NAME)
    (tmp_path / NAME).mkdir()
    assert weights.named(NAME) == weights.folder(NAME), "a folder that happens to be there is no run"
    (tmp_path / NAME / "run.json").touch()
    assert weights.named(NAME).resolve() == tmp_path / NAME
    assert weights.named(tmp_path / "run") == tmp_path / "run", "whoever opens it says that it is no run"
