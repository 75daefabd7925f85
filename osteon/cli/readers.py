"""`osteon readers` and `osteon agreement`: people against a model, and among themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from osteon.cli._app import app
from osteon.cli._options import AsJson
from osteon.cli._printing import print_scores

Weights = Annotated[str, typer.Option(help="Of Cohen's kappa: none, linear or quadratic (classes with an order).")]


@app.command("readers")
def readers(
    table: Annotated[Path, typer.Argument(help="Table with reader, patient, answer; study, assisted, truth if any.")],
    run: Annotated[Path | None, typer.Argument(help="An evaluated run, which knows truth and model.")] = None,
    *,
    task: Annotated[str | None, typer.Option(help="Of the run, where it has several.")] = None,
    classes: Annotated[str | None, typer.Option(help="In their order, with commas; without a run.")] = None,
    positive: Annotated[str | None, typer.Option(help="Which of two classes; the last unless said.")] = None,
    weights: Weights = "none",
    evidence: Annotated[str, typer.Option(help="Of the readings without a run: real, surrogate, simulated.")] = "real",
    as_json: AsJson = False,
) -> None:
    """Judge readers: each against truth and model, with and without its help, and among themselves."""
    from osteon.engine.readers import ReaderOptions
    from osteon.engine.readers import readers as judge
    from osteon.types import Evidence

    options = ReaderOptions(
        task=task,
        classes=tuple(word.strip() for word in classes.split(",")) if classes else (),
        positive=positive,
        weighting=_one_of(weights, ("none", "linear", "quadratic"), "--weights"),
        evidence=Evidence(_one_of(evidence, tuple(Evidence), "--evidence")),
    )
    print_scores(judge(table, run=run, options=options), as_json=as_json)


@app.command("agreement")
def agreement(
    folders: Annotated[list[Path], typer.Argument(help="A cohort for each annotator, of the same studies.")],
    *,
    weights: Weights = "none",
    as_json: AsJson = False,
) -> None:
    """Judge annotators among themselves: kappa of their labels, Dice of their outlines."""
    from osteon import cohorts
    from osteon.cohorts.agreement import agreement as judge

    names = _names(folders)
    annotated = {name: cohorts.load(folder) for name, folder in zip(names, folders, strict=True)}
    weighting = _one_of(weights, ("none", "linear", "quadratic"), "--weights")
    print_scores(judge(annotated, weighting=weighting), as_json=as_json)


def _names(folders: list[Path]) -> list[str]:
    """Return a word for each annotator: the folder's name, numbered where two have one."""
    words = [folder.resolve().name for folder in folders]
    return [f"{word} {i + 1}" if words.count(word) > 1 else word for i, word in enumerate(words)]


def _one_of(word: str, known: tuple[str, ...], option: str) -> Any:
    from osteon.errors import RequestError

    if word not in known:
        msg = f"{option} takes {', '.join(known)}; got {word!r}."
        raise RequestError(msg)
    return word
