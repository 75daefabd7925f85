"""Writing so that nothing is ever half-written: aside, synced, then renamed into place.

What is put into a folder that is itself being filled is synced when that folder is whole, before it takes its name.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from osteon.errors import InputError, RequestError, ResumableError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FILLED: ContextVar[tuple[Path, ...]] = ContextVar("_FILLED", default=())
"""The unfinished folders of `folder` that are being filled: what is put into one is synced with it, once."""


@contextmanager
def file(path: Path) -> Generator[Path]:
    """Yield a path to write to, in the folder of `path` and with its endings; then rename it to `path`.

    Missing folders are made. When the block fails, what it wrote is removed and an older file at
    `path` stays as it was.

    Raises:
        InputError: The folder cannot be written to.
        ResumableError: The disk is full.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as here:
        ...     with file(Path(here, "a.txt")) as aside:
        ...         n = aside.write_text("whole")
        ...     Path(here, "a.txt").read_text()
        'whole'

    """
    path = Path(path)
    aside = _aside(path)
    try:
        with _said(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield aside
            if _synced_later(path):
                aside.replace(path)
                return
            _sync(aside)
            aside.replace(path)
            _sync_folder(path.parent)
    finally:
        _remove(aside)


@contextmanager
def folder(path: Path, *, replace: bool = False) -> Generator[Path]:
    """Yield an empty folder beside `path` to fill; then rename it to `path`.

    Args:
        path: Where the folder shall stand. One that is there already must be empty.
        replace: Take the place of a folder that is there; it stays until the new one is whole.

    Yields:
        The folder to write into. It is removed when the block fails.

    Raises:
        RequestError: `path` is taken.
        InputError: Its parent cannot be written to.
        ResumableError: The disk is full.

    """
    path = Path(path)
    aside = _aside(path)
    around = _FILLED.set((*_FILLED.get(), aside))
    try:
        with _said(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if not (replace and path.is_dir()):
                refuse_taken(path)
            aside.mkdir()
            yield aside
            if not _synced_later(path):
                _sync_all(aside)
            _swap(aside, path)
    finally:
        _FILLED.reset(around)
        _remove(aside)


def refuse_taken(path: Path, *, otherwise: str = "move it away") -> None:
    """Refuse an output folder that is in use: the one rule of every command that makes a folder.

    Args:
        path: Where the folder shall stand; nothing, or an empty folder, may be there.
        otherwise: What the user can do but choose another one.

    Raises:
        RequestError: `path` is in use.
        InputError: It cannot be looked at.

    """
    with _said(path):
        taken = path.is_symlink() if not path.exists() else not path.is_dir() or any(path.iterdir())
    if taken:
        kind = "a folder with files in it" if path.is_dir() else "a file"
        msg = f"{path.name} is {kind} already; choose another output folder, or {otherwise}."
        raise RequestError(msg)


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all; raises as `file` does."""
    with file(path) as aside:
        aside.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8 with its own line ends, whole or not at all; raises as `file` does."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` as JSON (NaN refused, since no other reader takes it); raises as `file` does."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def make_folder(path: Path) -> Path:
    """Return `path`, made if need be and tried with a small file, so that a long job fails at its start.

    Raises:
        RequestError: It is a file.
        InputError: It cannot be made or written to.
        ResumableError: The disk is full.

    """
    path = Path(path)
    trial = path / f".tmp-{secrets.token_hex(4)}"
    try:
        with _said(path):
            if path.is_file():
                refuse_taken(path)
            path.mkdir(parents=True, exist_ok=True)
            trial.write_bytes(b"osteon")
    finally:
        _remove(trial)
    return path


def _aside(path: Path) -> Path:
    return path.with_name(f".tmp-{secrets.token_hex(4)}-{path.name}")


@contextmanager
def _said(path: Path) -> Generator[None]:
    """Turn an `OSError` about writing `path` into one of ours; one about another file passes."""
    try:
        yield
    except OSError as error:
        if not _concerns(error, path):
            raise
        if error.errno in FULL:
            msg = f"{path.name}: the disk is full; make room and run the same command again, it goes on."
            raise ResumableError(msg) from error
        why = f"cannot be written ({error.strerror or error}); choose an output folder that you may write to."
        raise InputError(why, file=path.name) from error


def _concerns(error: OSError, path: Path) -> bool:
    """Return whether `error` names nothing, something beside or in `path`, or a folder above it."""
    if error.filename is None:
        return True
    named = Path(os.fsdecode(error.filename))
    return named.is_relative_to(path.parent) or path.is_relative_to(named)


def _synced_later(path: Path) -> bool:
    """Return whether `path` lies in a folder that is being filled, and so is synced with it."""
    return any(path.is_relative_to(folder) for folder in _FILLED.get())


def _sync_all(folder: Path) -> None:
    """Sync every file in a folder, and the folders that name them."""
    for part in folder.rglob("*"):
        if part.is_file():
            _sync(part)
        elif part.is_dir():
            _sync_folder(part)
    _sync_folder(folder)


def _sync(path: Path) -> None:
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())


def _sync_folder(path: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _swap(aside: Path, path: Path) -> None:
    old = _aside(path)
    if path.exists():
        path.rename(old)
    try:
        aside.rename(path)
    except OSError:
        if old.exists():
            old.rename(path)
        raise
    _remove(old)
    if not _synced_later(path):
        _sync_folder(path.parent)


def _remove(path: Path) -> None:
    with suppress(OSError):  # never made, its folder is a file, or its name is too long
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
