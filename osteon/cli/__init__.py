"""The `osteon` command: parse, call one function, print. One file a group of commands; each is found by being there."""

import importlib
import pkgutil

from osteon.cli._app import app
from osteon.cli._ending import main

for _module in pkgutil.iter_modules(__path__):
    if not _module.name.startswith("_"):
        importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["app", "main"]
