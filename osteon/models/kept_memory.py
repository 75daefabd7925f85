"""Large blocks that a loop frees and asks for again stay with the process, where the C library is glibc.

glibc hands a block above 32 MiB back to the system the moment it is freed, and makes the next one of new pages, each
with a fault and zeroed by the kernel. A network's activations on a CPU are such blocks, window after window.

This is a setting of the whole process, so it lasts for a `with` block and is then put to 32 MiB and 64 MiB, where
glibc's own adjustment ends; what is free goes back to the system. From then on glibc no longer adjusts it. Who set it
in the environment (`MALLOC_MMAP_THRESHOLD_`, `GLIBC_TUNABLES` ...), or has another C library, is left alone.
"""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock

KEPT_BYTES = 256 << 20
"""Blocks up to this size are kept. Larger ones, as a whole volume's logits, are mapped and unmapped as ever."""
USUAL_BYTES = 32 << 20
NEVER = 2**31 - 1
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""What `mallopt` calls them, in malloc.h."""
OWN_SETTINGS = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_MAX_", "GLIBC_TUNABLES")

_lock = Lock()
_inside: list[None] = []


@contextmanager
def kept_memory() -> Generator[None]:
    """Keep freed blocks of up to `KEPT_BYTES` for the next request, until the last such `with` block is left."""
    libc = _glibc()
    if libc is None:
        yield
        return
    with _lock:
        _inside.append(None)
        _set(libc, mmap_bytes=KEPT_BYTES, trim_bytes=NEVER)
    try:
        yield
    finally:
        with _lock:
            _inside.pop()
            if not _inside:
                _set(libc, mmap_bytes=USUAL_BYTES, trim_bytes=2 * USUAL_BYTES)
                libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    """Return the process's glibc; None where there is another library, or settings of the user's own."""
    if platform.libc_ver()[0] != "glibc" or any(name in os.environ for name in OWN_SETTINGS):
        return None
    return ctypes.CDLL(None)


def _set(libc: ctypes.CDLL, *, mmap_bytes: int, trim_bytes: int) -> None:
    libc.mallopt(MMAP_THRESHOLD, mmap_bytes)
    libc.mallopt(TRIM_THRESHOLD, trim_bytes)
