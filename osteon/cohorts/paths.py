"""Paths of a cohort: they stay inside its folder, and messages name them without the patient's id."""

from __future__ import annotations

import re
from pathlib import Path

from osteon.errors import InputError


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


def unnamed(path: str, raw_id: str) -> str:
    """Return `path` with the patient's id blotted out, fit for a message.

    Example:
        >>> unnamed("films/Doe_Jane/Doe_Jane_1.png", "Doe_Jane")
        'films/…/…_1.png'
        >>> unnamed("films/21/ap-1.png", "1")
        'films/21/ap-….png'

    """
    if not raw_id:
        return path
    pattern = re.escape(raw_id)
    if len(raw_id) < 4:  # a short id is blotted out where it stands alone, else every digit would go
        pattern = rf"(?<![^\W_]){pattern}(?![^\W_])"
    return re.sub(pattern, "…", path, flags=re.IGNORECASE)
