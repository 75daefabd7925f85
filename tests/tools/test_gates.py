"""Each gate is seen to fail once, on a copy that breaks its rule."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def run(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess:
    return subprocess.run([str(w) for w in words], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a project with our gates' settings and a package of one clean file in each room."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "README.md").write_text("x\n")
    for room in ["cli", "contract", "geometry", "types", "errors"]:
        path = tmp_path / "osteon" / f"{room}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'"""The {room}."""\n')
    for room in ["reading", "engine", "systems", "cohorts", "report", "explain", "io", "transforms"]:
        make(tmp_path, f"osteon/{room}/__init__.py", f'"""The {room}."""\n')
    for room in ["models", "metrics", "weights", "simulate"]:
        make(tmp_path, f"osteon/{room}/__init__.py", f'"""The {room}."""\n')
    make(tmp_path, "osteon/__init__.py", '"""A package."""\n')
    return tmp_path


def make(root: Path, name: str, text: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


BRANCHES = "".join(f"    if x == {i}:\n        x += {i}\n" for i in range(9))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("C901", f'"""D."""\n\n\ndef f(x: int) -> int:\n    """Return x."""\n{BRANCHES}    return x\n'),
        (
            "PLR0913",
            '"""D."""\n\n\ndef f(a: int, b: int, c: int, d: int, e: int, g: int, h: int) -> None:\n    """Do."""\n',
        ),
        ("D103", '"""D."""\n\n\ndef f() -> None:\n    return None\n'),
        ("ANN001", '"""D."""\n\n\ndef f(x) -> None:\n    """Do."""\n    return x\n'),
        ("S101", '"""D."""\n\n\ndef f(x: int) -> None:\n    """Do."""\n    assert x\n'),
        ("T201", '"""D."""\n\nprint(1)\n'),
        ("FBT001", '"""D."""\n\n\ndef f(x: bool) -> None:\n    """Do."""\n'),
        ("PLC0415", '"""D."""\n\n\ndef f() -> None:\n    """Do."""\n    import json\n\n    json.dumps(1)\n'),
    ],
)
def test_the_linter_fails(copy: Path, rule: str, text: str) -> None:
    assert run(BIN / "ruff", "check", "--quiet", "osteon", cwd=copy).returncode == 0
    make(copy, "osteon/metrics/bad.py", text)
    out = run(BIN / "ruff", "check", "--output-format=concise", "osteon", cwd=copy)
    assert out.returncode == 1
    assert rule in out.stdout


def test_the_format_fails(copy: Path) -> None:
    make(copy, "osteon/metrics/bad.py", '"""D."""\nx = {  "a":1 }\n')
    assert run(BIN / "ruff", "format", "--check", "osteon", cwd=copy).returncode == 1


def test_the_types_fail(copy: Path) -> None:
    path = make(copy, "osteon/metrics/bad.py", '"""D."""\n\nx: int = 1\n')
    assert run(BIN / "ty", "check", "osteon", cwd=copy).returncode == 0
    path.write_text('"""D."""\n\nx: int = "one"\n')
    assert run(BIN / "ty", "check", "osteon", cwd=copy).returncode == 1


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("osteon/io/bad.py", "from osteon import engine\n"),
        ("osteon/io/bad.py", "def f():\n    from osteon import reading\n    return reading\n"),
        ("osteon/io/bad.py", "from osteon import models\n"),
        ("osteon/helpers.py", "x = 1\n"),
    ],
    ids=["upwards", "upwards and lazy", "a sibling", "a room nobody named"],
)
def test_the_import_direction_fails(copy: Path, file: str, text: str) -> None:
    assert run(BIN / "lint-imports", "--no-cache", cwd=copy).returncode == 0
    make(copy, file, text)
    out = run(BIN / "lint-imports", "--no-cache", cwd=copy)
    assert out.returncode == 1, out.stdout


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("x = 1\n" * 501, "has 501 lines"),
        ("def f():\n" + "    x = 1\n" * 60, "has 61 lines"),
    ],
)
def test_the_measures_fail(tmp_path: Path, text: str, wrong: str) -> None:
    make(tmp_path, "pkg/a.py", "def g():\n    return 1\n")
    make(tmp_path, "tests/test_a.py", "x = 1\n" * 900)
    gate = [sys.executable, ROOT / "tools/style_gate.py", "pkg", "tests"]
    assert run(*gate, cwd=tmp_path).returncode == 0
    make(tmp_path, "pkg/b.py", text)
    out = run(*gate, cwd=tmp_path)
    assert out.returncode == 1
    assert wrong in out.stdout


def test_too_few_tests_fail(tmp_path: Path) -> None:
    make(tmp_path, "pkg/a.py", "def g():\n    return 1\n" * 5)
    make(tmp_path, "tests/test_a.py", "x = 1\n")
    out = run(sys.executable, ROOT / "tools/style_gate.py", "pkg", "tests", cwd=tmp_path)
    assert out.returncode == 1
    assert "test lines per source line" in out.stdout


def _system(lines: int) -> str:
    """Return a system file of so many lines of code among prose that does not count."""
    prose = '"""A system.\n\nPaper:\n    Nobody.\n"""\n\n# Why.\n\n' + "".join(f"# {i}\n\n" for i in range(80))
    return prose + 'def f():\n    """Return 1.\n\n    Always.\n    """\n    return 1\n' + "x = 1\n" * (lines - 2)


@pytest.mark.parametrize(
    ("sizes", "code"),
    [((120, 120, 120), 0), ((10, 120, 300), 0), ((10, 121, 121), 1), ((100, 141), 1), ((121,), 1)],
)
def test_long_systems_fail_by_their_median(tmp_path: Path, sizes: tuple[int, ...], code: int) -> None:
    for number, lines in enumerate(sizes):
        make(tmp_path, f"pkg/systems/s{number}.py", _system(lines))
    make(tmp_path, "pkg/systems/_shared.py", _system(250))  # what is shared is no system
    make(tmp_path, "tests/test_a.py", "x = 1\n" * 2000)
    for number in range(60):  # the other gates look away
        make(tmp_path, f"pkg/a{number}.py", "x = 1\n")
    out = run(sys.executable, ROOT / "tools/style_gate.py", "pkg", "tests", cwd=tmp_path)
    assert out.returncode == code, out.stdout
    assert ("share what repeats" in out.stdout) == bool(code)
