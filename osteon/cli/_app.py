"""The command that the files beside this one hang theirs on: `@app.command()` is all there is to it."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

WORKFLOW = (
    "systems", "cohort", "simulate", "train", "cross-validate", "evaluate", "compare", "learning-curve", "choose",
    "explain", "predict", "read", "mesh", "demo", "bench",
)  # fmt: skip
"""The order in which `osteon --help` lists the commands; one that is not named here comes after, by its name."""


class Ordered(TyperGroup):
    """A group that lists its commands in the order of the work."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands in the order of `WORKFLOW`."""
        places = {name: place for place, name in enumerate(WORKFLOW)}
        return sorted(super().list_commands(ctx), key=lambda name: (places.get(name, len(places)), name))


def group(text: str, **more: Any) -> typer.Typer:
    """Return a group of commands whose help is `text`; put it on `app` with `app.add_typer(group, name=...)`."""
    return typer.Typer(help=text, no_args_is_help=True, rich_markup_mode=None, **more)


app = group(
    "Deep learning on bone tumours: train published systems, prove how good they are, read patients. "
    "Research software, not a medical device.",
    cls=Ordered,
    pretty_exceptions_enable=False,
    add_completion=False,
)
