"""Trained weights as package data, each with its model card and licence, in the layout of a run folder.

A variant whose parts are among another's is lent that one's: its folder holds `lent.json` alone, which says from whom
and which parts.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from pathlib import Path

from osteon.errors import WeightsError

__all__ = ["Lent", "folder", "is_run", "lent", "nameable", "named", "names", "unknown"]

_HERE = Path(__file__).resolve().parent
_RUN, _LENT = "run.json", "lent.json"


@dataclass(frozen=True, kw_only=True)
class Lent:
    """What another folder of packaged weights lends: its folder, the parts, and what a reader must know."""

    folder: Path
    parts: tuple[str, ...]
    note: str


def names() -> list[str]:
    """Return the names of the systems and variants with packaged weights of their own, sorted: a patient's readers."""
    return sorted(p.name for p in _HERE.iterdir() if (p / _RUN).is_file())


def nameable() -> list[str]:
    """Return all names that stand for packaged weights, those of variants that are lent another's too, sorted."""
    return sorted([*names(), *(p.name for p in _HERE.iterdir() if lent(p) is not None)])


def is_run(folder: Path) -> bool:
    """Return whether `folder` can be opened: a run, packaged weights, or a variant that is lent some."""
    return (folder / _RUN).is_file() or (folder / _LENT).is_file()


def folder(name: str) -> Path:
    """Return the folder with the packaged weights of the system or variant `name`; a `Predictor` opens it.

    Raises:
        WeightsError: None are packaged under this name; the message lists those that are.

    """
    if name not in nameable():
        raise WeightsError(f"{unknown(name)} Train it, and name the run's folder instead.")
    return _HERE / name


def named(run: str | Path) -> Path:
    """Return the folder `run`, or, where it holds no run, that of the packaged weights of this name.

    What is neither is returned as it is: whoever opens it says what a run is. The one place that decides between a
    folder of the user's and a name of ours; the user's run goes first.

    >>> named("no-such-run").name
    'no-such-run'

    """
    return folder(str(run)) if str(run) in nameable() and not is_run(Path(run)) else Path(run)


def lent(folder: Path) -> Lent | None:
    """Return what is lent to the weights in `folder`; None where they are its own."""
    if (folder / _RUN).is_file() or not (folder / _LENT).is_file():
        return None
    told = json.loads((folder / _LENT).read_text(encoding="utf-8"))
    return Lent(folder=folder.parent / told["from"], parts=tuple(told["parts"]), note=told["note"])


def unknown(name: str) -> str:
    """Return, in a sentence or two, that no weights are packaged as `name`, which are, and which are called alike.

    >>> unknown("xray-triage-he2020.light0").partition("? ")[0]
    "No weights are packaged for 'xray-triage-he2020.light0'; did you mean xray-triage-he2020.lite0"

    """
    alike = difflib.get_close_matches(name, nameable(), n=2)
    meant = f"did you mean {' or '.join(alike)}? There are" if alike else "there are"
    return f"No weights are packaged for {name!r}; {meant}: {', '.join(nameable()) or 'none'}."
