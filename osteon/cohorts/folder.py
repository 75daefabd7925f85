"""Open a cohort: a folder with `cohort.csv`, a packed one, or a public set in a layout we know."""

from __future__ import annotations

import os
import pkgutil
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from osteon.cohorts import packed
from osteon.errors import CohortError
from osteon.io import simulated
from osteon.types import Cohort, Evidence

if TYPE_CHECKING:
    from types import ModuleType


def load(path: Path | str, *, name: str | None = None) -> Cohort:
    """Return the cohort in the folder `path`; headers are read now, pixels when asked for.

    A packed cohort holds `pack.json`, a cohort of one's own `cohort.csv`. Any other folder is shown
    to the public sets (`osteon/cohorts/<name>.py`), each of which recognises its own layouts.

    Args:
        path: The folder.
        name: Name of the cohort; None takes the public set's, else the folder's.

    Raises:
        CohortError: The folder is no cohort, or none of its rows can be read.

    """
    root = Path(path)
    if not os.path.isdir(root):  # noqa: PTH112  Path.is_dir raises for a name that is too long
        msg = "This is not a folder; name the folder that holds cohort.csv."
        raise CohortError(msg, file=root.name)
    cohort = _open(root)
    return replace(cohort, name=name) if name else cohort


def _marked(cohort: Cohort, *, made: bool) -> Cohort:
    """Return the cohort as simulated, whole or in part: where it was `made` so, or its files or tables say so."""
    studies = cohort.studies
    many = len(studies) if made else sum(any(map(simulated.is_simulated, s.data.values())) for s in studies)
    if not many:
        return cohort
    whole = many == len(studies)
    who = "Simulated patients" if whole else f"{many} of the {len(studies)} studies are of simulated patients"
    return replace(
        cohort,
        evidence=Evidence.SIMULATED,
        licence="simulated by osteon: no one's data" if whole else cohort.licence,
        notes=(f"{who}: a score on them is never clinical evidence.", *cohort.notes),
    )


def public_sets() -> tuple[ModuleType, ...]:
    """Return the files of this room that turn a public set's layout into a cohort."""
    package = import_module("osteon.cohorts")
    found = (
        import_module(f"{package.__name__}.{m.name}") for m in pkgutil.iter_modules(package.__path__) if not m.ispkg
    )
    return tuple(module for module in found if hasattr(module, "recognise"))


def _open(root: Path) -> Cohort:
    if (root / "pack.json").is_file():
        return packed.unpack(root)
    if (root / "cohort.csv").is_file():
        cohort = import_module("osteon.cohorts.tables").read(root)
        return _marked(cohort, made=(root / "simulated.json").is_file())
    for module in public_sets():
        if module.recognise(root):
            return module.load(root)
    known = ", ".join(module.__name__.rpartition(".")[2] for module in public_sets())
    msg = (
        f"The folder holds no cohort.csv and is not laid out as a public set that osteon knows ({known}). "
        "Write a cohort.csv with the columns patient and path, one row an image."
    )
    raise CohortError(msg, file=root.name)
