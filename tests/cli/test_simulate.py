from __future__ import annotations

import json
from pathlib import Path

import pytest

from osteon import cli


def run(capsys, *words: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(["simulate", *map(str, words)])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def test_the_list_names_every_recipe_and_what_it_serves(capsys):
    code, out, _ = run(capsys, "--list", "--json")
    rows = {row["recipe"]: row for row in json.loads(out)}
    assert code == 0
    assert "xray-knee-segunet-do2021" in rows["knee-radiographs"]["serves"]
    assert "xray-knee-segunet-do2021: 1576" in rows["knee-radiographs"]["like"]
    assert "bone-scans" in run(capsys, "--list")[1]


def test_the_list_marks_a_system_that_is_still_to_come(capsys, monkeypatch):
    monkeypatch.setattr("osteon.systems.names", lambda: ["xray-knee-segunet-do2021"])
    rows = {row["recipe"]: row for row in json.loads(run(capsys, "--list", "--json")[1])}
    assert rows["knee-radiographs"]["to_come"] == []
    assert rows["raman-serum"]["to_come"] == ["raman-cnn-shao2020"]
    shown = run(capsys, "--list")[1]
    assert "raman-cnn-shao2020*" in shown
    assert "xray-knee-segunet-do2021*" not in shown
    assert shown.splitlines()[-1].startswith("* to come")


def test_a_cohort_is_written_and_the_next_step_named(capsys, tmp_path):
    out = tmp_path / "out"
    code, said, _ = run(capsys, "raman-serum", "--patients", 3, "--seed", 2, "--size", "small", "--out", out)
    assert code == 0
    assert f"osteon cohort check {out}" in said
    assert len(Path(out, "cohort.csv").read_text().splitlines()) == 10


def test_like_takes_the_number_of_patients(capsys, tmp_path, monkeypatch):
    from osteon.simulate import cohort

    asked = []
    monkeypatch.setattr(cohort, "cohort", lambda order, **_: asked.append(order) or tmp_path)
    assert run(capsys, "raman-serum", "--like", "raman-cnn-shao2020", "--out", tmp_path / "out")[0] == 0
    assert (asked[0].patients, asked[0].like) == (427, "raman-cnn-shao2020")


def test_options_reach_the_order(capsys, tmp_path, monkeypatch):
    from osteon.simulate import cohort

    asked = []
    monkeypatch.setattr(cohort, "cohort", lambda order, **_: asked.append(order) or tmp_path)
    words = ("osteosarcoma-ct", "--like", "ct-msrn-zhang2018", "--set", "metal=drawn", "--set", "dose_percent=10")
    assert run(capsys, *words, "--out", tmp_path / "out")[0] == 0
    assert asked[0].options == {"metal": "drawn", "dose_percent": "10"}
    assert asked[0].patients == 23


def test_the_list_of_one_recipe_tells_its_patients_and_options(capsys):
    code, shown, _ = run(capsys, "osteosarcoma-ct", "--list")
    assert code == 0
    for word in ("ct-msrn-zhang2018", "23", "metal", "none, nail, plate or drawn", "1 to 100 or drawn"):
        assert word in shown
    told = json.loads(run(capsys, "osteosarcoma-ct", "--list", "--json")[1])
    assert {one["option"]: one["default"] for one in told["options"]} == {"dose_percent": "100", "metal": "none"}
    plain = run(capsys, "raman-tissue", "--list")[1]
    assert plain.startswith("raman-tissue: ")
    assert "--set" not in plain


@pytest.mark.parametrize(
    ("words", "said"),
    [((), "Name a recipe and a folder"), (("knee-radiographs", "--out", "o"), "Say how many patients"),
     (("knee", "--patients", 2, "--out", "o"), "There is no recipe"),
     (("knee-radiographs", "--patients", 0, "--out", "o"), "0 patients were asked for"),
     (("knee-radiographs", "--patients", 2, "--like", "x", "--out", "o"), "no patients like"),
     (("knee-radiographs", "--like", "xray-triage-he2020", "--out", "o"), "has those of xray-knee-segunet-do2021"),
     (("bone-scans", "--patients", 2, "--set", "method", "--out", "o"), "--set takes name=value"),
     (("bone-scans", "--patients", 2, "--set", "=kernels", "--out", "o"), "--set takes name=value"),
     (("bone-scans", "--patients", 2, "--set", "method=a", "--set", "method=b", "--out", "o"), "each name once"),
     (("bone-scans", "--patients", 2, "--set", "method=fast", "--out", "o"), "it is kernels or monte-carlo"),
     (("bone-scans", "--patients", 2, "--set", "metal=nail", "--out", "o"), "has no option 'metal'"),
     (("bone-scans-monte-carlo", "--list"), "There is no recipe")],
)  # fmt: skip
def test_what_cannot_be_meant_ends_with_2_and_one_sentence(capsys, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *words)
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert not out
    assert not list(tmp_path.iterdir())


def test_the_next_step_can_be_pasted_whatever_the_folder_is_called(capsys, tmp_path):
    out = tmp_path / "Knie ä, zwei"
    code, said, _ = run(capsys, "raman-serum", "--patients", 1, "--size", "small", "--out", out)
    assert code == 0
    assert f"osteon cohort check '{out}'" in said
