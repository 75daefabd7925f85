"""`osteon simulate`: cohorts of simulated patients."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from osteon import errors
from osteon.cli._app import app
from osteon.cli._options import AsJson
from osteon.cli._printing import print_done, print_json, print_table

if TYPE_CHECKING:
    from osteon.simulate.recipe import Recipe


@app.command()
def simulate(
    recipe: Annotated[str | None, typer.Argument(help="Name of a recipe; --list shows them.")] = None,
    *,
    patients: Annotated[int | None, typer.Option(help="How many; left out with --like: as many as it has.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything drawn.")] = 0,
    workers: Annotated[int, typer.Option(help="Processes; they change nothing but the time.")] = 1,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write.")] = None,
    like: Annotated[str | None, typer.Option(help="A system whose number of patients and mix to take.")] = None,
    size: Annotated[str, typer.Option(help="full, or small: coarse images for a first try.")] = "full",
    overlap: Annotated[
        float | None, typer.Option(help="How alike the classes look: 0 as textbooks say, 1 not to be told apart.")
    ] = None,
    options: Annotated[
        list[str] | None,
        typer.Option("--set", help="An option of the recipe: metal=drawn; RECIPE --list tells of them."),
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="List the recipes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make patients with known truth, as an ordinary cohort; the same command resumes one that was stopped."""
    from osteon.simulate import recipes
    from osteon.simulate.recipe import Order

    if show:
        return _one(recipes.get(recipe), as_json=as_json) if recipe else _list(as_json=as_json)
    if recipe is None or out is None:
        msg = "Name a recipe and a folder: osteon simulate RECIPE --patients N --out DIR; --list shows the recipes."
        raise errors.RequestError(msg)
    found = recipes.get(recipe)
    if patients is None and like is not None:
        patients = found.of(like).patients
    if patients is None:
        msg = "Say how many patients: --patients N, or --like SYSTEM to take a published number."
        raise errors.RequestError(msg)
    order = Order(
        recipe=recipe,
        patients=patients,
        seed=seed,
        like=like,
        size=size,
        overlap=overlap,
        options=_asked(options or ()),
    )
    path = _make(order, out, workers)
    return print_done(
        {"cohort": str(path)}, f"Simulated: {path}. Next: osteon cohort check {quote(str(path))}", as_json=as_json
    )


def _asked(words: Sequence[str]) -> dict[str, str]:
    """Return the options that `--set` names."""
    pairs = [word.partition("=") for word in words]
    asked = {name: value for name, _, value in pairs}
    if not all(name and sign for name, sign, _ in pairs) or len(asked) < len(pairs):
        msg = f"--set takes name=value, each name once; got {' '.join(words)}."
        raise errors.RequestError(msg)
    return asked


def _make(order: Any, out: Path, workers: int) -> Path:
    """Make the cohort under a progress bar."""
    from osteon.engine.progress import bar
    from osteon.simulate.cohort import cohort

    with bar() as shown:
        shown.begin(f"simulating {order.recipe}", order.patients)
        return cohort(order, out=out, workers=workers, report=shown.at)


def _list(*, as_json: bool) -> None:
    from osteon import systems
    from osteon.simulate import recipes

    here, known = systems.names(), [*recipes.everything().values()]
    if as_json:
        return print_json([_row(r) | {"to_come": [name for name in r.serves if name not in here]} for r in known])
    shown = [
        {
            "recipe": r.name,
            "summary": r.summary,
            "serves": [name if name in here else f"{name}*" for name in r.serves],
            "options": [option.name for option in r.options],
        }
        for r in known
    ]
    print_table(("recipe", "summary", "serves", "options"), shown)
    print("* to come: osteon has no such system yet, the patients can be made. RECIPE --list tells more of one.")
    return None


def _one(recipe: Recipe, *, as_json: bool) -> None:
    """Show one recipe: its patients of `--like`, and the options that `--set` changes."""
    if as_json:
        return print_json(_row(recipe))
    print(f"{recipe.name}: {recipe.summary}.")
    if recipe.like:
        rows = [{"--like": name, "patients": of.patients, "note": of.note} for name, of in recipe.like.items()]
        print_table(("--like", "patients", "note"), rows)
    if recipe.options:
        print_table(("--set", "values", "default", "changes"), [{"--set": o["option"], **o} for o in _options(recipe)])
    return None


def _row(recipe: Recipe) -> dict[str, Any]:
    return {
        "recipe": recipe.name,
        "summary": recipe.summary,
        "serves": list(recipe.serves),
        "like": [f"{system}: {of.patients}" for system, of in recipe.like.items()],
        "options": _options(recipe),
    }


def _options(recipe: Recipe) -> list[dict[str, str]]:
    return [
        {"option": one.name, "values": one.allowed(), "default": one.default, "changes": one.says}
        for one in recipe.options
    ]
