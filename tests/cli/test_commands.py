"""The command: exit codes, JSON, quick start, and every command there is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from osteon import cli, errors, systems, weights
from osteon.engine.predict import Predicted
from osteon.types import Evidence, Finding, Maker, Reading, Refusal, Score


def run(*words: str, capsys: pytest.CaptureFixture) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


def test_systems_as_json_has_what_programs_were_promised(capsys: pytest.CaptureFixture) -> None:
    code, out, _ = run("systems", "--json", capsys=capsys)
    rows = json.loads(out)
    assert code == 0
    assert [r["name"] for r in rows] == systems.names()
    assert all({"name", "task", "inputs", "evidence"} <= set(r) for r in rows)


def test_one_system_is_shown_whole(capsys: pytest.CaptureFixture) -> None:
    code, out, _ = run("systems", "xray-triage-he2020", capsys=capsys)
    assert code == 0
    assert "0.916" in out
    assert "Reconstructed:" in out


def test_a_system_tells_which_words_a_cohort_needs(capsys: pytest.CaptureFixture) -> None:
    _, out, _ = run("systems", "mri-sts-grading-navarro2021", capsys=capsys)
    assert "grade (classify, for each patient): G1, G2/G3 (a cohort may also say G2 for G2/G3" in out
    assert "SYSTEMS.md" not in out
    _, out, _ = run("systems", "xray-triage-he2020", "--json", capsys=capsys)
    (task,) = json.loads(out)[0]["tasks"]
    assert (task["kind"], task["unit"]) == ("classify", "lesion")
    assert task["classes"] == ["benign", "intermediate", "malignant"]


@pytest.mark.parametrize(
    ("command", "there", "not_there"),
    [("train", "blocks:70/15/15", ("kfold", "leave-one")), ("cross-validate", "kfold:5", ("70/20/10", "column"))],
)
def test_help_names_the_plans_that_a_command_takes(command: str, there: str, not_there: tuple[str, ...]) -> None:
    import typer

    plans = typer.main.get_command(cli.app).commands[command]  # ty: ignore[missing-attribute] # a group has them
    (text,) = [p.help for p in plans.params if "--split" in p.opts]
    assert there in text
    assert [word for word in not_there if word in text] == []


@pytest.mark.parametrize(
    ("system", "ending"), [("xray-triage-he2020", "cohort\n"), ("my.py", "cohort --system my.py\n")]
)
def test_the_next_step_after_training_can_be_typed(
    system: str, ending: str, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("osteon.engine.train", lambda *_, **__: None)
    monkeypatch.setattr("osteon.cohorts.load", lambda _: None)
    monkeypatch.setattr("osteon.systems.load_file", lambda _: None)
    code, out, _ = run("train", system, "cohort", "--out", "r", capsys=capsys)
    assert code == 0
    assert out.endswith(f"Next: osteon evaluate r {ending}")


@pytest.mark.parametrize("as_json", [False, True])
def test_a_reading_without_any_answer_ends_as_bad_input(
    *, as_json: bool, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = Reading(patient="p", refused=(Refusal(file="b", why="is empty."),), findings=(), maker=Maker(system="s"))
    monkeypatch.setattr("osteon.reading.read", lambda *_, **__: [empty])
    code, out, err = run("read", "b", "--out", "o", *(["--json"] if as_json else []), capsys=capsys)
    assert code == errors.InputError.exit_code
    assert "Nothing was answered" in err
    assert err.count("\n") == 1
    assert (json.loads(out)[0]["findings"] == []) if as_json else out.endswith("report.html\n")


def test_films_of_a_reading_can_be_told_apart(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = Maker(system="s")
    found = [
        Finding(system="s", task="t", study="x", file=f, probabilities={"benign": 0.75}, maker=maker) for f in "ab"
    ]
    monkeypatch.setattr("osteon.reading.read", lambda *_, **__: [Reading(patient="p", findings=(*found,), maker=maker)])
    code, out, _ = run("read", "in", "--out", "o", capsys=capsys)
    assert code == 0
    assert out.startswith("a: s: benign 0.75\nb: s: benign 0.75\n")


def test_a_series_in_the_named_folder_itself_is_no_dot(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = Maker(system="s")
    found = Finding(system="s", task="t", study="x", file=".", probabilities={"benign": 0.75}, maker=maker)
    made = Reading(patient="p", findings=(found,), maker=maker, refused=(Refusal(file=".", why="is tilted."),))
    monkeypatch.setattr("osteon.reading.read", lambda *_, **__: [made])
    said = run("read", "in", "--out", "o", capsys=capsys)[1]
    assert said.startswith("the folder itself: s: benign 0.75\nnot read: the folder itself: is tilted.\n")


def test_what_is_out_of_distribution_is_said_to_be_and_why(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    flag = {"out_of_distribution": True, "why_out_of_distribution": "The picture is constant."}
    maker = Maker(system="s")
    strange = Finding(system="s", task="t", study="x", probabilities={"benign": 0.5}, maker=maker, **flag)
    monkeypatch.setattr(
        "osteon.reading.read", lambda *_, **__: [Reading(patient="p", findings=(strange,), maker=maker)]
    )
    said = run("read", "in", "--out", "o", capsys=capsys)[1]
    assert "(out of distribution, not to be believed. The picture is constant.)" in said


def test_a_reading_says_first_that_it_is_of_simulated_data(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = Maker(system="s")
    found = Finding(system="s", task="t", study="x", file="a", probabilities={"benign": 0.75}, maker=maker)
    made = Reading(patient="p", findings=(found,), maker=maker, notes=("All of it is simulated.",))
    monkeypatch.setattr("osteon.reading.read", lambda *_, **__: [made])
    assert run("read", "in", "--out", "o", capsys=capsys)[1].startswith("All of it is simulated.\na: s: benign")


@pytest.mark.parametrize(("words", "systems"), [((), None), (("--run", "a", "--run", "b"), [Path("a"), Path("b")])])
def test_a_reading_is_by_what_is_packaged_or_by_the_runs_that_are_named(
    words: tuple[str, ...], systems: list[Path] | None, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, object] = {}
    monkeypatch.setattr("osteon.reading.read", lambda *_, **more: asked.update(more) or [])
    assert run("read", "in", "--out", "o", *words, capsys=capsys)[0] == 0
    assert asked["systems"] == systems


@pytest.mark.parametrize(
    ("strangers", "checked", "told"),
    [
        (2, True, "2 of 5 studies are out of distribution (column out_of_distribution): their answers are not to be"),
        (0, True, ""),
        (0, False, "Strangers were not looked for"),
    ],
)
def test_a_prediction_says_what_became_of_the_files(
    strangers: int, checked: bool, told: str, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = Predicted(
        folder=Path("o"), studies=5, strangers=strangers, checked=checked, refused=3, notes=("All of it is simulated.",)
    )
    monkeypatch.setattr("osteon.engine.predict", lambda *_, **__: done)
    code, text, _ = run("predict", "run", "films", "--out", "o", capsys=capsys)
    assert code == 0
    lines = text.splitlines()
    assert lines[0] == "All of it is simulated."
    assert lines[-1] == "Predictions of 5 studies: o"
    assert "3 files or studies were not read; why: o/refused.json" in lines
    assert told in text
    assert ("Strangers" in text or "distribution" in text) == bool(told)
    _, text, _ = run("predict", "run", "films", "--out", "o", "--json", capsys=capsys)
    found = json.loads(text)
    assert (found["predictions"], found["studies"], found["refused"]) == ("o", 5, 3)
    assert found["out_of_distribution"] == (strangers if checked else None)


@pytest.mark.parametrize("command", ["predict", "explain"])
def test_packaged_weights_are_named_as_a_run_is(
    command: str, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[Path] = []

    def stopped(run: Path, *_: object, **__: object) -> None:
        seen.append(run)
        raise errors.InputError("enough.")

    monkeypatch.setattr(f"osteon.engine.{command}", stopped)
    monkeypatch.setattr("osteon.cohorts.load", lambda _: None)
    monkeypatch.chdir(tmp_path)
    name = weights.names()[0]
    assert run(command, name, "films", "--out", "o", capsys=capsys)[0] == 3
    (tmp_path / name).mkdir()
    (tmp_path / name / "run.json").touch()
    assert run(command, name, "films", "--out", "o", capsys=capsys)[0] == 3
    assert seen == [weights.folder(name), Path(name)], "a run of that name is the user's"


def test_an_unknown_system_is_a_bad_request(capsys: pytest.CaptureFixture) -> None:
    code, _, err = run("systems", "nonsense", capsys=capsys)
    assert code == errors.RequestError.exit_code
    assert "There is no system 'nonsense'" in err
    assert "Traceback" not in err


def test_an_error_is_json_when_asked(capsys: pytest.CaptureFixture) -> None:
    code, _, err = run("systems", "nonsense", "--json", capsys=capsys)
    assert json.loads(err) == {"error": json.loads(err)["error"], "exit_code": code}


def test_no_such_option_is_a_bad_request(capsys: pytest.CaptureFixture) -> None:
    code, _, _ = run("systems", "--nonsense", capsys=capsys)
    assert code == errors.RequestError.exit_code


@pytest.mark.parametrize(
    "words", [("cohort", "check", "gone"), ("read", "gone", "--out", "out"), ("evaluate", "gone", "gone")]
)
def test_a_folder_that_is_not_there_is_bad_input(
    words: tuple[str, ...], capsys: pytest.CaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run(*words, capsys=capsys)
    assert code == errors.InputError.exit_code, err
    assert "gone" in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def raised(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("osteon.reading.read", raised)


@pytest.mark.parametrize(
    ("error", "expected", "said"),
    [
        (KeyboardInterrupt(), 4, "starts anew"),
        (errors.ResumableError("The disk is full."), 4, "full"),
        (MemoryError(), 3, "memory"),
        (errors.InputError("is empty.", file="a.dcm"), 3, "a.dcm: is empty."),
        (errors.RequestError("No such device."), 2, "No such device."),
        (ValueError("Hidden^Heinrich"), 1, "A fault of osteon (ValueError in osteon.cli"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("as_json", [False, True])
def test_however_a_command_ends_it_is_one_line_without_a_traceback(
    error: BaseException, expected: int, said: str, *, as_json: bool, capsys: pytest.CaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    fail_with(error, monkeypatch)
    code, out, err = run("read", "a.dcm", "--out", "o", *(["--json"] if as_json else []), capsys=capsys)
    assert (code, out) == (expected, "")
    text = json.loads(err)["error"] if as_json else err.removeprefix("osteon: ")
    assert said in text
    assert err.count("\n") == 1
    assert "Heinrich" not in err
    assert not as_json or json.loads(err)["exit_code"] == expected


def test_a_command_that_keeps_what_it_has_done_says_that_it_goes_on(capsys, monkeypatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("osteon.simulate.cohort.cohort", stopped)
    code, _, err = run("simulate", "raman-serum", "--patients", "3", "--out", "o", capsys=capsys)
    assert (code, err) == (4, "osteon: Stopped. The same command goes on where it was.\n")


def test_a_fault_is_shown_whole_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(ValueError("deep"), monkeypatch)
    monkeypatch.setenv("OSTEON_TRACEBACK", "1")
    with pytest.raises(ValueError, match="deep"):
        cli.main(["read", "a.dcm", "--out", "o"])


@pytest.mark.parametrize("words", [("read", "a.dcm", "--nonsense"), ("read",), ("nonsense",), ("evaluate", "one")])
def test_a_wrong_request_is_json_too(words: tuple[str, ...], capsys: pytest.CaptureFixture) -> None:
    code, out, err = run(*words, "--json", capsys=capsys)
    assert (code, out) == (2, "")
    assert json.loads(err)["exit_code"] == 2
    code, _, err = run(*words, capsys=capsys)
    assert code == 2
    assert err.startswith("Usage: osteon")


def test_an_undefined_score_is_valid_json(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = float("nan")
    score = Score(metric="auc", value=nothing, low=nothing, high=1.0, method="delong", unit="image", n=0, patients=0,
                  evidence=Evidence.REAL)  # fmt: skip
    monkeypatch.setattr("osteon.engine.compare", lambda *_: [score])
    code, out, _ = run("compare", "one", "other", "--json", capsys=capsys)
    assert code == 0
    (row,) = json.loads(out, parse_constant=pytest.fail)
    assert (row["value"], row["high"], row["evidence"]) == (None, 1.0, "real")
    _, out, _ = run("compare", "one", "other", capsys=capsys)
    assert "- to 1.000" in out
    assert "nan" not in out


def test_a_reading_is_printed_as_it_is_stored(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = Maker(system="s")
    found = Finding(
        system="s", task="t", study="x", probabilities={"benign": 0.75}, ood_score=float("inf"), maker=maker
    )
    whole = Reading(patient="p", findings=(found,), refused=(Refusal(file="b", why="is empty."),), maker=maker)
    monkeypatch.setattr("osteon.reading.read", lambda *_, **__: [whole])
    _, out, _ = run("read", "a.dcm", "--out", "o", "--json", capsys=capsys)
    (shown,) = json.loads(out, parse_constant=pytest.fail)
    assert {"patient", "maker", "findings", "refused"} <= set(shown)
    assert shown["findings"][0]["ood_score"] is None
    _, out, _ = run("read", "a.dcm", "--out", "o", capsys=capsys)
    assert out == f"s: benign 0.75\nnot read: b: is empty.\nReport: {Path('o', 'report.html')}\n"


def test_reading_waits_for_no_library_that_a_film_does_not_need() -> None:
    code = (
        "import sys, osteon.reading\n"
        "print({'sklearn', 'skops', 'pandas', 'pyarrow', 'matplotlib', 'SimpleITK', 'openslide', 'tifffile'}"
        " & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_what_libraries_warn_of_and_log_stays_away_from_the_terminal(tmp_path: Path) -> None:
    code = "import warnings, logging\nfrom osteon import cli, reading\n"
    code += "def read(*a, **k): warnings.warn('Heinrich'); logging.getLogger('tifffile').error('Heinrich'); return []\n"
    code += "reading.read = read\ncli.main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "read", "cut.svs", "--out", "o"], capture_output=True, text=True, cwd=tmp_path
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "")


def test_every_command_has_json_and_help() -> None:
    import typer

    stack = [typer.main.get_command(cli.app)]
    while stack:
        command = stack.pop()
        children = getattr(command, "commands", {})
        stack += children.values()
        if not children:
            assert any("--json" in p.opts for p in command.params), command.name
            assert command.help, command.name


def test_listing_loads_neither_torch_nor_pandas() -> None:
    code = (
        "import sys; from osteon import cli\n"
        "try: cli.main(['systems'])\nexcept SystemExit: pass\n"
        "print({'torch', 'pandas', 'pydicom'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip().endswith("set()")
