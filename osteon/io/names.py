"""How messages name a file: relative to the folder the user named, and fit to be printed."""

from __future__ import annotations

from pathlib import Path

UNKNOWN = "\ufffd"
SEPARATORS = '/\\:*?"<>|'
"""What no system, or not every one, has in the name of a file."""


def legible(text: str) -> str:
    r"""Return `text` with what is no character of a name (line ends, escape codes, broken bytes) replaced.

    Example:
        >>> legible("Müller 1.png"), legible("a\n.png") == f"a{UNKNOWN}.png"
        ('Müller 1.png', True)

    """
    return "".join(c if c.isprintable() else UNKNOWN for c in text)


def file_stem(*words: str) -> str:
    """Return `words` as the name of a file without its ending: one path part, whatever a table or a pack calls a study.

    Example:
        >>> file_stem("p1-s2", "lesion 1", ""), file_stem("../../etc", "a/b")
        ('p1-s2-lesion1', '_.._etc-a_b')

    """
    said = "-".join(word.replace(" ", "") for word in words if word)
    return "".join(c if c.isprintable() and c not in SEPARATORS else "_" for c in said).lstrip(".")


def called(file: str) -> str:
    """Return what people are told for a file's relative name: a series that lies in the named folder is ".".

    Example:
        >>> called("."), called("films/a.dcm")
        ('the folder itself', 'films/a.dcm')

    """
    return "the folder itself" if file == "." else file


def shown(path: Path, *, root: Path) -> str:
    """Return how messages name the file at `path`: relative to `root` where it lies in it, else its bare name."""
    relative = path.relative_to(root).as_posix() if path.is_relative_to(root) else ""
    return legible(relative if relative not in ("", ".") else path.name)
