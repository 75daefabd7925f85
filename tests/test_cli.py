"""The command: exit codes, JSON, quick start, and every command there is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from osteon import cli, errors, systems


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


def test_a_stop_by_hand_says_that_it_resumes(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", stop)
    code, _, err = run("train", capsys=capsys)
    assert code == errors.ResumableError.exit_code
    assert "goes on" in err


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
