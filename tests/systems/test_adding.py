"""A new system is one file, as CONTRIBUTING says: the one of docs/how-to/add-a-system.md, put into the package."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from osteon import cli, systems

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "add-a-system.md"
NAME, FILE = "xray-grey-stranger2031", "xray_grey_stranger2031.py"


@pytest.fixture
def text() -> str:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf8"), re.DOTALL)[0]


@pytest.fixture
def added(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The page's file among the systems of the package."""
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / FILE).write_text(text, encoding="utf8")
    monkeypatch.setattr(systems, "__path__", [*systems.__path__, str(tmp_path / "more")])
    monkeypatch.setenv("OSTEON_KEY", str(tmp_path / "key"))
    yield
    sys.modules.pop(f"osteon.systems.{FILE[:-3]}", None)


def ended(*words: object) -> int:
    with pytest.raises(SystemExit) as stop:
        cli.main([*map(str, words)])
    return int(stop.value.code or 0)


def test_the_file_of_the_page_passes_the_linter(text: str) -> None:
    words = (sys.executable, "-m", "ruff", "check", "--quiet", "--stdin-filename", f"osteon/systems/{FILE}", "-")
    done = subprocess.run(words, input=text, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.usefixtures("added")
def test_it_is_listed_and_shown(capsys: pytest.CaptureFixture) -> None:
    assert ended("systems", "--json") == 0
    assert NAME in [row["name"] for row in json.loads(capsys.readouterr().out)]
    assert ended("systems", NAME) == 0
    assert "auc 0.6 (10 films; table 1)" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.usefixtures("added")
def test_it_is_trained_and_judged_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    films, run = tmp_path / "films", tmp_path / "run"
    assert ended("simulate", "knee-radiographs", "--patients", 12, "--size", "small", "--out", films) == 0
    allowed = [word for name in ("few-patients", "class-not-on-side") for word in ("--allow", name)]
    assert ended("train", NAME, films, "--out", run, "--split", "60/20/20", *allowed) == 0
    capsys.readouterr()
    assert ended("evaluate", run, films, "--split", "all", "--json") == 0
    scores = json.loads(capsys.readouterr().out)
    assert {(s["task"], s["evidence"]) for s in scores} == {("film", "simulated")}
