"""Paths of a cohort: they stay inside its folder, and messages name them without the patient's id."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Set
from pathlib import Path

from osteon.errors import InputError
from osteon.io.names import legible

BLOT = "…"
_OUT = "The path leads out of the cohort's folder; copy the file into the folder and name it from there."
RUN = 4
"""Words, apart or not, that an id has at most to be found within a name."""
LONGEST = 120
"""Characters of a path that a message shows."""


def inside(root: Path, name: str) -> Path:
    """Return the path of `name` within `root`; it exists, and no `..` or symlink leads out.

    Raises:
        InputError: It is absolute, leads out of the folder, or is not there.

    """
    text = name.strip().replace("\\", "/")
    if not text or "\0" in text:
        msg = "The path is empty or holds a zero byte; name a file or a DICOM folder within the cohort's folder."
        raise InputError(msg)
    if text.startswith("/") or re.match(r"[A-Za-z]:", text):
        raise InputError(_OUT)
    try:
        path, kind = _found(root, text)
        real, home = os.path.realpath(path), os.path.realpath(root)
    except (OSError, ValueError) as error:  # too long; a loop of links; half a character
        msg = "The path cannot be followed; name a file within the cohort's folder."
        raise InputError(msg) from error
    if real != home and not real.startswith(home.rstrip(os.sep) + os.sep):
        raise InputError(_OUT)
    if kind is None:
        msg = "There is no such file; correct the path or leave the row out."
        raise InputError(msg)
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        msg = "The path names a pipe or a device; name a file or a DICOM folder within the cohort's folder."
        raise InputError(msg)
    return path


def squeezed(text: str) -> str:
    """Return the letters and digits of `text`, in small letters: what two ways of writing an id share.

    Example:
        >>> squeezed("Doe_Jane 2"), squeezed("doe-jane2")
        ('doejane2', 'doejane2')

    """
    return re.sub(r"[\W_]+", "", text).lower()


def brief(text: str) -> str:
    """Return `text` fit for a line of a message: no control characters, and the middle of a long one left out."""
    text = legible(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}{BLOT}{text[-LONGEST // 2 :]}"


def _found(root: Path, text: str) -> tuple[Path, int | None]:
    """Return the path and the mode of what lies there, None for nothing.

    It is tried as written, then with each accented letter as one character (Windows), then as two (macOS).
    """
    for spelling in dict.fromkeys((text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))):
        path = root / spelling
        try:
            return path, path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
    return root / text, None


def unnamed(text: str, raw_id: str, *, others: Set[str] = frozenset()) -> str:
    """Return `text` with the patient's id blotted out, fit for a message.

    Args:
        text: A path, or the reason that a reader gave.
        raw_id: The patient's id, blotted out wherever it stands, whatever is between its words (one of
            under four letters where it stands alone, else every digit would go).
        others: Ids of other patients, `squeezed`, blotted out where one is a whole part of the path
            or a whole word; those without a letter are left, since they are numbers of anything.

    Example:
        >>> unnamed("films/Doe_Jane/Doe_Jane_1.png", "Doe_Jane")
        'films/…/…_1.png'
        >>> unnamed("films/21/ap-1.png", "1"), unnamed("films/Roe/1.png", "", others={"roe"})
        ('films/21/ap-….png', 'films/…/1.png')

    """
    if raw_id:
        pattern = r"[\W_]*".join(re.findall(r"[^\W_]+", raw_id)) or re.escape(raw_id)
        alone = rf"(?<![^\W_]){pattern}(?![^\W_])"
        text = re.sub(alone if len(raw_id) < 4 else pattern, BLOT, text, flags=re.IGNORECASE)
    if not others:
        return text
    parts = [BLOT if {squeezed(Path(part).stem), squeezed(part)} & others else part for part in text.split("/")]
    return "/".join(_without(part, others) for part in parts)


def _without(part: str, others: Set[str]) -> str:
    """Return `part` with every run of up to `RUN` words that is an id, and not a bare number, blotted out."""
    words = list(re.finditer(r"\d+|[^\W\d_][^\W_]*", part))
    said, end, at = "", 0, 0
    while at < len(words):
        lengths = range(min(RUN, len(words) - at), 0, -1)
        keys = {n: "".join(word[0] for word in words[at : at + n]).lower() for n in lengths}
        found = next((n for n, key in keys.items() if key in others and not key.isdecimal()), 0)
        if found:
            said += part[end : words[at].start()] + BLOT
            end = words[at + found - 1].end()
        at += found or 1
    return said + part[end:]
