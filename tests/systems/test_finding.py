"""Finding systems: by file, by tag, from a user's own file, with a helpful refusal."""

import subprocess
import sys
from pathlib import Path

import pytest

from osteon import systems
from osteon.errors import RequestError


def test_names_are_sorted_and_each_is_its_file() -> None:
    found = systems.names()
    assert found == sorted(found)
    folder = Path(systems.__file__).parent
    assert all((folder / f"{name.replace('-', '_')}.py").is_file() for name in found)


def test_every_name_and_variant_can_be_got_under_its_own_name() -> None:
    for name in systems.names(variants=True):
        assert systems.get(name).name == name


def test_an_unknown_system_is_answered_with_the_nearest() -> None:
    with pytest.raises(RequestError, match="xray-triage-he2020"):
        systems.get("xray-triage-he2021")


def test_an_unknown_variant_is_answered_with_those_there_are() -> None:
    with pytest.raises(RequestError, match=r"no variant 'b7'.*lite0"):
        systems.get("xray-triage-he2020.b7")


def test_a_file_without_a_system_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("x = 1\n")
    with pytest.raises(RequestError, match=r"mine\.py defines no"):
        systems.load_file(path)
    with pytest.raises(RequestError, match=r"gone\.py is not a Python file"):
        systems.load_file(tmp_path / "gone.py")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import osteon\nraise RuntimeError('boom')\n", "RuntimeError in line 2"),
        ("def broken(:\n", "SyntaxError in line 1"),
        ("import nothing_of_that_name\n", "ModuleNotFoundError in line 1"),
        ("from osteon.contract import Sgd\n\nSgd(epoch=1)\n", "TypeError in line 3"),
    ],
)
def test_a_file_that_cannot_be_run_is_the_users_to_mend_and_says_where(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(RequestError, match=rf"^mine\.py cannot be run \({said}\); try it alone: python mine\.py\.$"):
        systems.load_file(path)


def test_a_sentence_of_osteons_own_passes_through_a_users_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("from osteon import systems\nsystems.get('xray-triage-he2021')\n")
    with pytest.raises(RequestError, match="There is no system 'xray-triage-he2021'"):
        systems.load_file(path)


def test_listing_loads_no_torch() -> None:
    code = (
        "import sys; from osteon import systems; "
        "[systems.get(n) for n in systems.names(variants=True)]; print('torch' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
