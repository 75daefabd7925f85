"""The published systems: one file each, found by its name. Listing them loads no torch."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import pkgutil
import traceback
from dataclasses import replace
from pathlib import Path

from osteon.contract import System
from osteon.errors import OsteonError, RequestError

__all__ = ["get", "load_file", "names"]


def names(*, variants: bool = False) -> list[str]:
    """Return the names of all systems, sorted; with their variants (`system.tag`) if asked."""
    found = sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))
    if not variants:
        return found
    return [n for name in found for n in (name, *(f"{name}.{tag}" for tag in sorted(get(name).variants)))]


def get(name: str) -> System:
    """Return the system or variant called `name`.

    Raises:
        RequestError: There is none of that name; the message offers the nearest ones.

    """
    base, _, tag = name.partition(".")
    if base not in names():
        near = difflib.get_close_matches(base, names(), n=3, cutoff=0.3)
        msg = f"There is no system {name!r}. Nearest: {', '.join(near) or 'none'}. `osteon systems` lists all."
        raise RequestError(msg)
    module = importlib.import_module(f"osteon.systems.{base.replace('-', '_')}")
    return _variant(replace(module.SYSTEM, name=base), tag)


def load_file(path: Path) -> System:
    """Return the `SYSTEM` of a user's own file. It runs the file's code: never do so for a stranger's.

    Raises:
        RequestError: The file is missing, cannot be run, or defines no `SYSTEM`.

    """
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        msg = f"{path.name} is not a Python file with a SYSTEM; write one as in docs/how-to/add-a-system.md."
        raise RequestError(msg)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except OsteonError:
        raise
    except Exception as error:
        msg = (
            f"{path.name} cannot be run ({type(error).__name__}{_line(error, path)}); try it alone: python {path.name}."
        )
        raise RequestError(msg) from error
    if not isinstance(getattr(module, "SYSTEM", None), System):
        msg = f"{path.name} defines no `SYSTEM = System(...)`; write one as in docs/how-to/add-a-system.md."
        raise RequestError(msg)
    return replace(module.SYSTEM, name=path.stem.replace("_", "-"))


def _line(error: Exception, path: Path) -> str:
    """Return where in the file at `path` an error arose, in words; nothing where it is not in it."""
    frames = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    number = error.lineno if isinstance(error, SyntaxError) else next(reversed(frames), None)
    return f" in line {number}" if number else ""


def _variant(system: System, tag: str) -> System:
    if not tag:
        return system
    if tag not in system.variants:
        msg = f"{system.name} has no variant {tag!r}; it has: {', '.join(sorted(system.variants)) or 'none'}."
        raise RequestError(msg)
    return replace(system.variants[tag](), name=f"{system.name}.{tag}")
