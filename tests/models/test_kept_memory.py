"""Freed blocks are kept inside the block and given back after it; elsewhere than on glibc nothing happens."""

import platform
import subprocess
import sys

import pytest

from osteon.models import kept_memory as module
from osteon.models.kept_memory import kept_memory

KEPT = [(-3, 256 << 20), (-1, 2**31 - 1)]
USUAL = [(-3, 32 << 20), (-1, 64 << 20), "trimmed"]
FAULTS = """
import resource
from osteon.models.kept_memory import kept_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        bytearray(40 << 20)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def held():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))

empty, before = held(), faults()
with kept_memory():
    bytearray(40 << 20)
    inside, kept = faults(), held()
print(before, inside, faults(), kept - empty, held() - empty)
"""


class Recorded:
    """A C library that writes down what it is told."""

    def __init__(self):
        self.told = []

    def mallopt(self, name, value):
        self.told.append((name, value))

    def malloc_trim(self, pad):
        assert pad == 0
        self.told.append("trimmed")


@pytest.fixture
def libc(monkeypatch):
    """Return what stands for glibc, with no settings of the user's own."""
    found = Recorded()
    for name in module.OWN_SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(platform, "libc_ver", lambda: ("glibc", "2.36"))
    monkeypatch.setattr(module.ctypes, "CDLL", lambda name: found)
    return found


def test_the_thresholds_are_raised_and_put_back(libc):
    with kept_memory():
        assert libc.told == KEPT
    assert libc.told == KEPT + USUAL


def test_the_last_to_leave_puts_them_back(libc):
    with kept_memory():
        with kept_memory():
            pass
        assert libc.told == KEPT + KEPT
    assert libc.told == KEPT + KEPT + USUAL


def test_an_error_inside_puts_them_back(libc):
    with pytest.raises(ZeroDivisionError), kept_memory():
        raise ZeroDivisionError
    assert libc.told == KEPT + USUAL
    assert not module._inside


@pytest.mark.parametrize("library", ["", "libc", "musl"])
def test_another_c_library_is_left_alone(libc, monkeypatch, library):
    monkeypatch.setattr(platform, "libc_ver", lambda: (library, ""))
    with kept_memory():
        pass
    assert libc.told == []


@pytest.mark.parametrize("name", module.OWN_SETTINGS)
def test_a_setting_of_the_user_is_left_alone(libc, monkeypatch, name):
    monkeypatch.setenv(name, "glibc.malloc.check=0" if name == "GLIBC_TUNABLES" else "1000000")
    with kept_memory():
        pass
    assert libc.told == []


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told anything")
def test_pages_are_reused_inside_and_given_back_after():
    done = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    before, inside, after, kept_mb, left_mb = map(int, done.stdout.split())
    assert inside < before / 10  # 40 MiB are 10,240 pages of 4 KiB
    assert after > before / 2
    assert kept_mb >= 35
    assert left_mb <= 10
