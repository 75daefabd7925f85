"""A command that is stopped from outside: what it says, and what it leaves running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from osteon.errors import ResumableError

COMMAND = (
    sys.executable, "-c", "from osteon import cli; cli.main()", "simulate", "raman-serum", "--patients", "2000",
    "--size", "small", "--workers", "2", "--json", "--out",
)  # fmt: skip
PROC = Path("/proc")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not PROC.is_dir(), reason="reads the table of processes in /proc")]


def children(pid: int) -> set[int]:
    """Return the processes that `pid` began."""
    found = set()
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended while we looked
            continue
        if words[0] != "Z" and int(words[1]) == pid:
            found.add(int(stat.parent.name))
    return found


def within(seconds: float, true) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def working(tmp_path: Path) -> Iterator[tuple[subprocess.Popen, set[int], Path]]:
    """A simulation at work: its process, its workers, and the folder it fills."""
    out = tmp_path / "out"
    begun = tmp_path / "out.unfinished" / "rows"
    with subprocess.Popen([*COMMAND, str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert within(240, lambda: begun.is_dir() and len(list(begun.iterdir())) > 2)
            yield process, children(process.pid), begun
        finally:
            process.kill()


def test_a_killed_simulation_leaves_no_worker_behind(working):
    process, workers, _ = working
    assert len(workers) >= 2
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)
    assert within(60, lambda: not any((PROC / str(pid)).exists() for pid in workers))


def test_a_terminated_simulation_says_that_it_goes_on_and_does(working):
    process, workers, begun = working
    process.terminate()
    _, said = process.communicate(timeout=120)
    assert process.returncode == ResumableError.exit_code
    assert "goes on" in json.loads(said.strip().splitlines()[-1])["error"]
    assert within(30, lambda: not any((PROC / str(pid)).exists() for pid in workers))
    assert begun.is_dir()
