"""`osteon augment drr`, and `--with` of the commands that train."""

from __future__ import annotations

import json

import numpy as np
import pytest

from osteon import cli, cohorts
from osteon.io import png


def run(capsys, *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(list(map(str, words)))
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


@pytest.fixture
def no_ct(tmp_path):
    folder = tmp_path / "films"
    folder.mkdir()
    for name in ("a", "b"):
        png.write(folder / f"{name}.png", np.full((8, 8), ord(name), np.uint8))
    (folder / "cohort.csv").write_text("patient,path,label\nA,a.png,benign\nB,b.png,malignant\n")
    return folder


@pytest.fixture
def packed_ct(tmp_path):
    from osteon.types import Cohort
    from tests.engine.test_drr import _ct

    return cohorts.pack(Cohort(name="cts", studies=(_ct(0), _ct(1)), fingerprint="c"), tmp_path / "cts")


def test_films_are_written_and_the_next_step_named(capsys, packed_ct, tmp_path):
    out = tmp_path / "drr"
    code, said, _ = run(capsys, "augment", "drr", packed_ct, "--out", out, "--films", 2, "--side-px", 32, "--json")
    assert code == 0
    assert json.loads(said) == {"cohort": str(out)}
    found = cohorts.load(out)
    assert len(found.studies) == 4
    assert all(s.derived_from == (s.patient,) for s in found.studies)
    again = run(capsys, "augment", "drr", packed_ct, "--out", out)
    assert again[0] == 2
    assert "--with" in run(capsys, "augment", "drr", packed_ct, "--out", tmp_path / "d2", "--films", 1)[1]


def test_a_cohort_without_ct_ends_with_one_sentence(capsys, no_ct, tmp_path):
    code, out, err = run(capsys, "augment", "drr", no_ct, "--out", tmp_path / "drr")
    assert code == 2
    assert "CT in HU" in err
    assert len(err.strip().splitlines()) == 1
    assert not out


@pytest.mark.parametrize("command", ["train", "cross-validate"])
def test_what_is_not_derived_cannot_be_trained_on_with_another_cohort(capsys, no_ct, tmp_path, command):
    code, _, err = run(capsys, command, "xray-triage-he2020.lite0", no_ct, "--with", no_ct, "--out", tmp_path / "run")
    assert code == 3
    assert "derived_from" in err
    assert not (tmp_path / "run").exists()


def test_lesions_are_drawn_and_what_they_are_worth_is_said(capsys, tmp_path):
    from tests.engine.test_gan import ALLOW, boxed_films

    path = cohorts.pack(boxed_films(), tmp_path / "c")
    allowed = [word for name in ALLOW for word in ("--allow", name)]
    words = ("augment", "gan", path, "--class", "malignant", "--count", 3, "--epochs", 1, "--split", "column")
    code, said, _ = run(capsys, *words, "--out", tmp_path / "drawn", "--device", "cpu", "--json", *allowed)
    assert code == 0
    told = json.loads(said)
    assert told["copies"]["n"] == 3
    assert told["drawn_to_held_out"] > 0
    drawn = cohorts.load(tmp_path / "drawn")
    assert all(s.derived_from for s in drawn.studies)
    assert (tmp_path / "drawn-run" / "run.json").is_file()
