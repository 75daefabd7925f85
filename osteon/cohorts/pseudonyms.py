"""A patient's pseudonym: a keyed hash of the id, the key staying with the user.

The key lies in the file that the environment variable OSTEON_KEY names, else in the user's
configuration folder; it is made on first use and readable by its owner alone. Without the key a
pseudonym cannot be traced by hashing every possible id; with another key the same patient gets
another pseudonym.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import sys
import unicodedata
from functools import lru_cache
from pathlib import Path

from osteon.errors import InputError

KEY_BYTES = 32


def key_file() -> Path:
    """Return where the user's key lies, whether or not it is there yet."""
    if named := os.environ.get("OSTEON_KEY"):
        return Path(named)
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA", Path.home() / "AppData" / "Roaming"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "osteon" / "key"


def pseudonym(raw_id: str, *, key: bytes | None = None) -> str:
    """Return the pseudonym of `raw_id`: "p" and twelve letters and digits, the same each time.

    Two ways of coding one accented letter, as macOS and Windows have them, are one id.

    Args:
        raw_id: The patient's id as the source gives it; blanks around it do not count.
        key: The secret; None takes the user's own (see `key_file`), made when it is not there.

    Raises:
        InputError: The key file cannot be made or read, is too short, or others may read it.

    Example:
        >>> pseudonym("Jane Doe", key=b"for this example only")
        'p6lwff2tcmmb4'

    """
    return "p" + _digest(unicodedata.normalize("NFC", raw_id.strip()), key=key)[:12]


def study_name(patient: str, study: str, *, key: bytes | None = None) -> str:
    """Return the name of a study of a cohort's table: `patient` as there, and its `study` or, without, its `path`."""
    joined = f"{patient}\0{study}"
    return f"{pseudonym(patient, key=key)}-{token(joined, key=key)}"


def token(text: str, *, key: bytes | None = None) -> str:
    """Return eight letters and digits that stand for `text`: a study's id, a path."""
    return _digest("token:" + text, key=key)[:8]


def _digest(text: str, *, key: bytes | None) -> str:
    secret = _read(key_file()) if key is None else key
    raw = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return base64.b32encode(raw).decode().lower()


@lru_cache(maxsize=8)
def _read(path: Path) -> bytes:
    try:
        _make(path)
        mode = path.stat().st_mode
        secret = path.read_bytes()
    except OSError as error:
        msg = (
            f"The key for pseudonyms cannot be made or read ({error.strerror}). "
            "Set OSTEON_KEY to a file in a folder that you can write to."
        )
        raise InputError(msg, file="key") from error
    if os.name == "posix" and mode & 0o077:
        msg = "The key for pseudonyms can be read by others; make it yours alone with chmod 600."
        raise InputError(msg, file="key")
    if len(secret) < KEY_BYTES // 2:
        msg = f"The key for pseudonyms holds {len(secret)} bytes; it needs {KEY_BYTES // 2}. Restore it from a backup."
        raise InputError(msg, file="key")
    return secret


def _make(path: Path) -> None:
    """Make the key unless it exists; of two that try at once, one wins and both read the winner's."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(secrets.token_bytes(KEY_BYTES))
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        if not path.exists():
            aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
