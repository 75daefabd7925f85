"""`osteon explain`: where a run's answers come from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from osteon.cli._app import app
from osteon.cli._options import AsJson, CohortDir, Device, OwnSystem, Trained, own_system
from osteon.cli._printing import print_json, print_scores

Methods = Annotated[str, typer.Option(help="Of evidence, grad-cam, integrated-gradients; with commas.")]


@app.command()
def explain(
    run: Trained,
    cohort: CohortDir,
    *,
    out: Annotated[Path, typer.Option("--out", help="A new folder for explain.html, explain.json, maps and figures.")],
    split: Annotated[str, typer.Option("--split", help="Side of the run's own cohort.")] = "test",
    methods: Methods = "evidence,grad-cam,integrated-gradients",
    most: Annotated[int, typer.Option(help="Studies at most.")] = 50,
    checked: Annotated[int, typer.Option(help="Studies that the sanity check is made on.")] = 3,
    device: Device = "cpu",
    system: OwnSystem = None,
    as_json: AsJson = False,
) -> None:
    """Draw where a run's answers come from, and judge the maps: do they hang on its weights, do they hit."""
    from osteon import cohorts, engine

    asked = tuple(word.strip() for word in methods.split(",") if word.strip())
    options = engine.ExplainOptions(split=split, methods=asked, most=most, checked=checked, device=device)
    done = engine.explain(run, cohorts.load(cohort), out, options=options, system=own_system(system))
    if as_json:
        return print_json(engine.explanation_as_plain(done))
    print_scores(done.scores, as_json=False)
    for name, check in done.sanity.items():
        last = check.correlations[-1]
        alike = "" if last is None else f"rank correlation {last:.2f} once all weights are shuffled; "
        print(f"{name}: {alike}{check.verdict}.")
    print("\n".join([*done.notes, f"Report: {out / 'explain.html'}"]))
    return None
