"""All recipes by name: those of the files `recipes_<what>.py` beside this one."""

from __future__ import annotations

import difflib
import pkgutil
from functools import cache
from importlib import import_module

from osteon.errors import RequestError
from osteon.simulate.recipe import Recipe


@cache
def everything() -> dict[str, Recipe]:
    """Return the recipes by name, in the order of their names."""
    package = import_module("osteon.simulate")
    names = [m.name for m in pkgutil.iter_modules(package.__path__) if m.name.startswith("recipes_")]
    found = [recipe for name in names for recipe in import_module(f"{package.__name__}.{name}").RECIPES]
    return {recipe.name: recipe for recipe in sorted(found, key=lambda recipe: recipe.name)}


def get(name: str) -> Recipe:
    """Return the recipe called `name`.

    Raises:
        RequestError: There is none; the message names those that are near.

    """
    known = everything()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3)
        perhaps = f"; did you mean {', '.join(near)}?" if near else "."
        msg = f"There is no recipe {name!r}{perhaps} `osteon simulate --list` lists them all."
        raise RequestError(msg)
    return known[name]
