"""Zip archives, unpacked with suspicion: no path that climbs out, no links, no bombs."""

from __future__ import annotations

import atexit
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath

from osteon.errors import InputError

MOST_BYTES = 50 * 2**30
MOST_MEMBERS = 200_000
MOST_RATIO = 250  # empty air in uncompressed DICOM packs about a hundredfold
SMALL = 64 * 2**20  # below this, no ratio is dangerous
CHUNK = 2**20
DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, ArithmeticError)


@contextmanager
def unpacked(path: Path) -> Generator[Path]:
    """Yield a temporary folder with what the zip at `path` holds; it is removed afterwards.

    Raises:
        InputError: As `extract`.

    """
    with tempfile.TemporaryDirectory(prefix="osteon-") as folder:
        extract(path, into=Path(folder))
        yield Path(folder)


def scratch_folder() -> Path:
    """Return a new temporary folder that lives as long as the process, for what is read later."""
    folder = tempfile.TemporaryDirectory(prefix="osteon-", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    return Path(folder.name)


def extract(path: Path, *, into: Path) -> None:
    """Unpack the zip at `path` into the folder `into`, after all its members were checked.

    Raises:
        InputError: It is damaged or encrypted, a member would land outside `into` or is a link, or
            it unpacks to far more than it should.

    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            check(archive, file=path.name)
            for member in members:
                _write(archive, member, into=into)
    except DAMAGED as error:
        why = "is a damaged zip, or packed in a way that cannot be read; pack it again."
        raise InputError(why, file=path.name) from error
    except OSError as error:
        raise InputError(
            f"cannot be unpacked ({error.strerror or 'no reason given'}); unpack it by hand.", file=path.name
        ) from error


def check(archive: zipfile.ZipFile, *, file: str) -> None:
    """Refuse an archive that is dangerous to unpack.

    Raises:
        InputError: With `file` as its name.

    """
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise InputError(f"holds {len(members)} files, more than {MOST_MEMBERS}; split it.", file=file)
    if len({member.filename.casefold() for member in members}) < len(members):
        raise InputError("holds two members of one name; pack it anew.", file=file)
    for member in members:
        why = _danger(member)
        if why:
            raise InputError(f"holds a member that {why}; nothing of it was unpacked. Pack it anew.", file=file)
    whole = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if whole > MOST_BYTES or (whole > SMALL and whole / packed > MOST_RATIO):
        why = f"unpacks to {whole:,} bytes, {whole / packed:.0f} times its size, as a bomb does; unpack it by hand."
        raise InputError(why, file=file)


def _danger(member: zipfile.ZipInfo) -> str:
    """Return what is wrong with `member`, "" when nothing is."""
    name = member.filename
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    if posix.is_absolute() or windows.drive or windows.root or ".." in windows.parts or "\0" in name:
        return "would be written outside its folder"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link"
    if member.flag_bits & 0x1:
        return "is encrypted"
    return ""


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, *, into: Path) -> None:
    target = into.joinpath(*PureWindowsPath(member.filename).parts)
    if member.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    left = member.file_size
    with archive.open(member) as source, target.open("xb") as copy:
        while chunk := source.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                raise zipfile.BadZipFile("a member is longer than it says")
            copy.write(chunk)
