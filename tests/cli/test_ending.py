"""Several processes, one voice; and however often a command is stopped, one ending."""

import json
import os
import subprocess
import sys

import pytest

from osteon import cli, errors


def ended(*words: str) -> int:
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    return int(stop.value.code or 0)


@pytest.mark.parametrize("name", ["RANK", "LOCAL_RANK"])
def test_a_helping_process_says_nothing(
    name: str, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setattr(sys, "stdout", sys.stdout)  # put back after the test
    monkeypatch.setenv(name, "1")
    assert ended("systems", "--json") == 0
    assert ended("systems", "nonsense") == 0
    assert capsys.readouterr() == ("", "")


def test_a_fault_of_a_helping_process_is_not_hidden(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raised(*_: object, **__: object) -> None:
        raise ValueError

    import sys

    monkeypatch.setattr(sys, "stdout", sys.stdout)
    monkeypatch.setattr("osteon.reading.read", raised)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert ended("read", "a.dcm", "--out", "o") == 1
    assert "A fault of osteon (ValueError" in capsys.readouterr().err


@pytest.mark.parametrize("rank", [None, "0"])
def test_the_first_process_speaks(
    rank: str | None, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    if rank is not None:
        monkeypatch.setenv("LOCAL_RANK", rank)
    assert ended("systems", "nonsense", "--json") == errors.RequestError.exit_code
    assert json.loads(capsys.readouterr().err)["exit_code"] == 2


TWICE = """
import os, signal, sys, time
from osteon import cli, systems

class Last:
    def __del__(self, kill=os.kill, me=os.getpid(), stop=signal.{name}):
        kill(me, stop)  # the interpreter itself is going down

def names():
    try:
        os.kill(os.getpid(), signal.{name})
        time.sleep(60)
    except KeyboardInterrupt:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)
        print("wound down", flush=True)
        raise

last, systems.names = Last(), names
cli.main()
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are sent")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_who_is_asked_again_to_stop_while_stopping_ends_as_promised(name: str) -> None:
    words = (sys.executable, "-c", TWICE.format(name=name), "systems", "--json")
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == errors.ResumableError.exit_code, done.stderr
    assert done.stdout.strip() == "wound down"
    assert json.loads(done.stderr)["exit_code"] == errors.ResumableError.exit_code
