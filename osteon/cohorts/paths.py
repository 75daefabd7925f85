"""Paths of a cohort: they stay inside its folder, and messages name them without the patient's id."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from osteon.errors import InputError

BLOT = "…"


def inside(root: Path, name: str) -> Path:
    """Return the path of `name` within `root`; it exists, and no `..` or symlink leads out.

    Raises:
        InputError: It is absolute, leads out of the folder, or is not there.

    """
    text = name.strip().replace("\\", "/")
    if not text or "\0" in text:
        msg = "The path is empty; name a file or a DICOM folder within the cohort's folder."
        raise InputError(msg)
    path = root / text
    try:
        within = path.resolve().is_relative_to(root.resolve())
        there = path.exists()
    except (OSError, RuntimeError, ValueError) as error:  # too long; a loop of links; half a character
        msg = "The path cannot be followed; name a file within the cohort's folder."
        raise InputError(msg) from error
    if Path(text).is_absolute() or re.match(r"[A-Za-z]:", text) or not within:
        msg = "The path leads out of the cohort's folder; copy the file into the folder and name it from there."
        raise InputError(msg)
    if not there:
        msg = "There is no such file; correct the path or leave the row out."
        raise InputError(msg)
    return path


def unnamed(text: str, raw_id: str, *, others: Collection[str] = frozenset()) -> str:
    """Return `text` with the patient's id blotted out, fit for a message.

    Args:
        text: A path, or the reason that a reader gave.
        raw_id: The patient's id, blotted out wherever it stands (one of under four letters where it
            stands alone, else every digit would go).
        others: Ids of other patients in small letters, blotted out where one is a whole part of the path
            or a whole word; those without a letter are left, since they are numbers of anything.

    Example:
        >>> unnamed("films/Doe_Jane/Doe_Jane_1.png", "Doe_Jane")
        'films/…/…_1.png'
        >>> unnamed("films/21/ap-1.png", "1"), unnamed("films/Roe/1.png", "", others={"roe"})
        ('films/21/ap-….png', 'films/…/1.png')

    """
    if raw_id:
        pattern = re.escape(raw_id)
        alone = rf"(?<![^\W_]){pattern}(?![^\W_])"
        text = re.sub(alone if len(raw_id) < 4 else pattern, BLOT, text, flags=re.IGNORECASE)
    if not others:
        return text
    parts = [BLOT if Path(part).stem.lower() in others or part.lower() in others else part for part in text.split("/")]
    return re.sub(r"[^\W\d_][^\W_]*", lambda word: BLOT if word[0].lower() in others else word[0], "/".join(parts))
