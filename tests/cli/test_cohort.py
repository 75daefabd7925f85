"""`osteon cohort`: what is packed, and that it is trimmed where that is asked for."""

import json

import numpy as np
import pytest

from osteon import cohorts, systems
from osteon.cli import main
from osteon.io import png
from tests import phantoms


@pytest.fixture
def cohort(monkeypatch):
    made = phantoms.cohort(systems.get("ct-msfcn-huang2017.suv1-pet"), studies=3)
    load = cohorts.load
    monkeypatch.setattr("osteon.cohorts.load", lambda path, **_: made if str(path) == "here" else load(path))
    return made


def _packed(out, *more):
    try:
        code = main(["cohort", "pack", "here", "--out", str(out), "--json", *more])
    except SystemExit as end:
        code = end.code
    assert not code
    return cohorts.load(out)


def test_a_pack_is_the_cohort(cohort, tmp_path, capsys):
    found = _packed(tmp_path / "pack")
    assert json.loads(capsys.readouterr().out) == {"packed": str(tmp_path / "pack"), "left_out": 0}
    assert [s.data["pet"].grid for s in found.studies] == [s.data["pet"].grid for s in cohort.studies]


def test_a_trimmed_pack_is_smaller_and_keeps_the_tumours(cohort, tmp_path):
    found = _packed(tmp_path / "pack", "--trim-mm", "8")
    wanted = cohorts.trimmed(cohort, up_to_mm=8)
    for before, after, same in zip(cohort.studies, found.studies, wanted.studies, strict=True):
        assert np.prod(after.data["pet"].grid.shape) < np.prod(before.data["pet"].grid.shape)
        assert after.truth.masks["pet"].read().sum() == before.truth.masks["pet"].read().sum()
        assert after.data["pet"].grid == same.data["pet"].grid
    assert any("trimmed by 0 to 8 mm" in note for note in found.notes)


def test_a_check_that_finds_nothing_says_so(monkeypatch, capsys):
    empty = cohorts.Audit(findings=())
    monkeypatch.setattr("osteon.cohorts.audit", lambda *_, **__: empty)
    made = phantoms.cohort(systems.get("raman-cnn-shao2020"), studies=3)
    monkeypatch.setattr("osteon.cohorts.load", lambda *_, **__: made)
    with pytest.raises(SystemExit) as end:
        main(["cohort", "check", "here"])
    assert not end.value.code
    assert capsys.readouterr().out == "3 studies; the data are simulated.\nNothing was found.\n"


def test_a_check_says_what_kind_of_data_it_looked_at(cohort, capsys):
    with pytest.raises(SystemExit):
        main(["cohort", "check", "here", "--json"])
    assert json.loads(capsys.readouterr().out)["evidence"] == cohort.evidence == "simulated"


@pytest.mark.parametrize(("column", "told"), [("label", True), ("film", True), ("hospital", False)])
def test_a_check_warns_of_a_target_with_one_class_in_table_and_json(folder_of_films, capsys, column, told):
    root = folder_of_films(column)
    for words in ([], ["--json"]):
        with pytest.raises(SystemExit) as end:
            main(["cohort", "check", str(root), *words])
        assert not end.value.code
        said = capsys.readouterr().out
        assert ("one-class" in said) is told
    found = {f["name"]: f for f in json.loads(said)["findings"]}
    assert not told or (found["one-class"]["severity"], found["one-class"]["rows"]) == ("warn", [f"{column}: benign"])


@pytest.fixture
def folder_of_films(tmp_path, rng):
    """Return a maker of a cohort of ten films that are all benign, as its column of that name says."""

    def make(column):
        rows = [f"patient,path,{column}"]
        for n in range(10):
            png.write(tmp_path / f"{n}.png", np.kron(rng.integers(0, 255, (8, 8)), np.ones((8, 8))).astype("u1"))
            rows.append(f"p{n},{n}.png,benign")
        (tmp_path / "cohort.csv").write_text("\n".join(rows), encoding="utf-8")
        return tmp_path

    return make
