"""`osteon train` and `osteon cross-validate`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from osteon.cli._app import app
from osteon.cli._options import AsJson, CohortDir, Out, SystemName, system_of
from osteon.cli._printing import print_done, print_scores
from osteon.cli._training import Options, trains

Split = Annotated[str, typer.Option(help="70/20/10, blocks:70/15/15, column, test-site:NAME, test-site:NAME+blocks.")]
With = Annotated[
    list[Path] | None, typer.Option("--with", help="Derived (osteon augment) or simulated cohort to train on too.")
]
Folds = Annotated[str, typer.Option("--split", help="kfold:5, leave-one-site-out, leave-one-patient-out.")]


@app.command()
@trains
def train(
    system: SystemName,
    cohort: CohortDir,
    *,
    out: Out,
    split: Split = "70/20/10",
    extra: With = None,
    profile: Annotated[bool, typer.Option("--profile", help="Say at the end where the time went.")] = False,
    options: Options,
    as_json: AsJson = False,
) -> None:
    """Train a system; the same command resumes a run that was stopped."""
    from osteon import engine

    engine.train(system_of(system), _joined(cohort, extra), out, options=replace(options, split=split))
    own = f" --system {system}" if system.endswith(".py") else ""
    spent = engine.profile(out) if profile else []
    told = [p.words for p in spent] or ["No network was trained, so no step was timed."] * profile
    lines = [f"Trained: {out}. Next: osteon evaluate {out} {cohort}{own}", *told]
    result = {"run": str(out)} | ({"profile": [asdict(p) for p in spent]} if profile else {})
    print_done(result, "\n".join(lines), as_json=as_json)


@app.command("cross-validate")
@trains
def cross_validate(
    system: SystemName,
    cohort: CohortDir,
    *,
    out: Out,
    split: Folds = "kfold:5",
    extra: With = None,
    options: Options,
    as_json: AsJson = False,
) -> None:
    """Train on all folds but one, in turn, and judge the pooled predictions on the patients left out."""
    from osteon import engine

    options = replace(options, split=split)
    scores = engine.cross_validate(system_of(system), _joined(cohort, extra), out, options=options)
    print_scores(scores, as_json=as_json)


def _joined(cohort: Path, extra: Sequence[Path] | None) -> Any:
    """Return the cohort with the derived studies of the `extra` ones."""
    from osteon import cohorts
    from osteon.cohorts.derived import joined

    found = cohorts.load(cohort)
    return joined(found, [cohorts.load(path) for path in extra]) if extra else found
