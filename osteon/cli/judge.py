"""`osteon evaluate`, `osteon compare` and `osteon bench`: how good a run is."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from osteon.cli._app import app
from osteon.cli._options import AsJson, CohortDir, Device, OwnSystem, RunDir, Threads, own_system
from osteon.cli._printing import print_done, print_scores

Side = Annotated[str, typer.Option("--split", help="Which side of the run's split: test, validation, train, or all.")]


@app.command()
def evaluate(
    run: RunDir,
    cohort: CohortDir,
    *,
    split: Side = "test",
    device: Device = "auto",
    system: OwnSystem = None,
    as_json: AsJson = False,
) -> None:
    """Judge a run on a cohort; every score comes with its interval."""
    from osteon import cohorts, engine

    scores = engine.evaluate(run, cohorts.load(cohort), split=split, device=device, system=own_system(system))
    print_scores(scores, as_json=as_json)


@app.command()
def compare(one: RunDir, other: RunDir, *, as_json: AsJson = False) -> None:
    """Judge two evaluated runs against each other on the patients they share."""
    from osteon import engine

    print_scores(engine.compare(one, other), as_json=as_json)


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(help="Rows of the evidence to make; none: all.")] = None,
    *,
    data: Annotated[Path | None, typer.Option(help="Folder of the real data (or OSTEON_DATA).")] = None,
    simulated: Annotated[bool, typer.Option("--simulated", help="The rows on simulated patients instead.")] = False,
    device: Device = "auto",
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Print the evidence: train and judge the systems on the data at hand, and rewrite docs/results.md."""
    from osteon import engine
    from osteon.engine.evidence import EVIDENCE
    from osteon.engine.evidence_simulated import SIMULATED

    options = engine.TrainOptions(device=device, threads=threads)
    listed = SIMULATED if simulated else EVIDENCE
    rows = engine.bench(tuple(names or ()), data=data, rows=listed, options=options)
    print_done([asdict(r) for r in rows], f"{len(rows)} rows in docs/results.md", as_json=as_json)
