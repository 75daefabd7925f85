"""`osteon learning-curve` and `osteon choose`: which training, which model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from osteon.cli._app import app
from osteon.cli._options import AsJson, CohortDir, Device, Out, OwnSystem, SystemName, own_system, system_of
from osteon.cli._printing import figures, print_json, print_table
from osteon.cli._training import Options, trains
from osteon.cli.train import Split

Metric = Annotated[str | None, typer.Option(help="As in scores.json: auc, auc[malignant], dice; none: the usual one.")]
Task = Annotated[str | None, typer.Option(help="Of a system with several; none: the first.")]


@app.command("learning-curve")
@trains
def learning_curve(
    system: SystemName,
    cohort: CohortDir,
    *,
    out: Out,
    split: Split = "70/20/10",
    shares: Annotated[str, typer.Option(help="Per cent of the training patients.")] = "10,25,50,100",
    draws: Annotated[int, typer.Option(help="How often patients are drawn for a share below 100.")] = 1,
    metric: Metric = None,
    task: Task = None,
    options: Options,
    as_json: AsJson = False,
) -> None:
    """Train on growing shares of the patients, pretrained and from scratch; the same command goes on."""
    from osteon import cohorts, engine

    curve = engine.CurveOptions(shares=_shares(shares), draws=draws, metric=metric, task=task)
    points = engine.learning_curve(
        system_of(system), cohorts.load(cohort), out, options=replace(options, split=split), curve=curve
    )
    if as_json:
        return print_json([_point(p) for p in points])
    rows = [{**_point(p), "share": f"{p.share:.0%}", **figures(p.score)} for p in points]
    print_table(("started", "share", "patients", "studies", "metric", "value", "interval"), rows)
    print(f"Report: {out / 'learning_curve.html'}")
    return None


@app.command()
def choose(
    runs: Annotated[list[Path], typer.Argument(help="Folders of evaluated runs that answer the same task.")],
    *,
    limit_ms: Annotated[float, typer.Option(help="Milliseconds that one study may take on this machine.")] = 100.0,
    cohort: Annotated[Path | None, typer.Option(help="The runs' cohort: choose on its validation side.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for choice.json and choice.html with the trade-off.")] = None,
    metric: Metric = None,
    task: Task = None,
    device: Device = "cpu",
    system: OwnSystem = None,
    as_json: AsJson = False,
) -> None:
    """Choose the best of several runs that is fast enough, measured on this machine."""
    from osteon import cohorts, engine

    found = engine.choose(
        runs,
        options=engine.ChooseOptions(limit_ms=limit_ms, metric=metric, task=task, device=device),
        cohort=cohorts.load(cohort) if cohort else None,
        out=out,
        system=own_system(system),
    )
    if as_json:
        return print_json(engine.choice_as_plain(found))
    rows = [_row(m, chosen=m is found.chosen, limit_ms=limit_ms) for m in found.measured]
    print_table(("run", "ms", "metric", "value", "interval", ""), rows)
    print("\n".join([f"Chosen: {found.chosen.name}", *found.notes]))
    return None


def _shares(text: str) -> tuple[float, ...]:
    from osteon.errors import RequestError

    try:
        return tuple(float(word) / 100 for word in text.split(","))
    except ValueError as error:
        msg = f"The shares {text!r} are not understood; write per cents: 10,25,50,100."
        raise RequestError(msg) from error


def _point(point: Any) -> dict[str, Any]:
    s = point.score
    return {
        "started": point.start,
        "share": point.share,
        "patients": point.patients,
        "studies": point.studies,
        "metric": s.metric,
        "value": round(s.value, 4),
        "interval": [round(s.low, 4), round(s.high, 4)],
    }


def _row(measured: Any, *, chosen: bool, limit_ms: float) -> dict[str, Any]:
    s, ms = measured.score, measured.latency.ms
    return {
        "run": measured.name,
        "ms": f"{ms:.1f}",
        "metric": f"{s.metric} of {s.task}, {s.split}",
        **figures(s),
        "": "chosen" if chosen else "over the limit" if ms > limit_ms else "",
    }
