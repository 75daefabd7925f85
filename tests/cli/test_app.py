"""The root command: what hangs on it, in which order, and that a file is enough to add to it."""

import json
import subprocess
import sys

import pytest
import typer

from osteon import cli
from osteon.cli import _app

ADDED = """
import pkgutil, sys, types
sys.modules["osteon.cli.zebra"] = module = types.ModuleType("osteon.cli.zebra")
found = pkgutil.iter_modules
pkgutil.iter_modules = lambda path=None, prefix="": [
    *found(path, prefix), *([pkgutil.ModuleInfo(None, "zebra", False)] if "cli" in str(path) else [])]
import osteon.cli._app
exec('''
@app.command()
def zebra() -> None:
    "Say zebra."
    print("zebra")
''', {"app": osteon.cli._app.app})
from osteon import cli
cli.main(["zebra"])
"""


def listed(root: typer.Typer) -> list[str]:
    command = typer.main.get_command(root)
    return command.list_commands(None)  # ty: ignore[missing-attribute] # a group has it


def test_commands_are_listed_in_the_order_of_the_work() -> None:
    found = listed(cli.app)
    known = [name for name in _app.WORKFLOW if name in found]
    assert found[: len(known)] == known
    assert found[len(known) :] == sorted(found[len(known) :])
    assert {"systems", "train", "cross-validate", "evaluate", "read", "bench", "cohort"} <= set(found)


def test_a_command_that_the_order_does_not_name_comes_last_by_its_name() -> None:
    root = typer.Typer(cls=_app.Ordered)
    for name in ("zebra", "read", "ape", "systems"):
        root.command(name)(lambda: None)
    assert listed(root) == ["systems", "read", "ape", "zebra"]


def test_a_file_beside_the_others_is_all_that_a_command_needs() -> None:
    done = subprocess.run([sys.executable, "-c", ADDED], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "zebra\n"), done.stderr


@pytest.mark.parametrize("words", [["--help"], ["train", "--help"], ["systems"]])
def test_looking_around_loads_nothing_heavy(words: list[str]) -> None:
    heavy = ["torch", "pandas", "pydicom", "numba", "sklearn", "matplotlib", "osteon.engine"]
    code = (
        f"import sys, json; from osteon import cli\ntry: cli.main({words})\nexcept SystemExit: pass\n"
        f"print(); print(json.dumps(sorted(set({heavy}) & set(sys.modules))))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(out.stdout.splitlines()[-1]) == []
