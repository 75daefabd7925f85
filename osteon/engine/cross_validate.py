"""Cross-validation: every fold an ordinary run in a sub-folder; their test predictions scored together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from osteon import cohorts
from osteon.contract import System
from osteon.engine import machine, run, stored
from osteon.engine.answers import Answers
from osteon.engine.evaluate import evaluation, unanswered
from osteon.engine.judge import judge
from osteon.engine.options import TrainOptions, configured
from osteon.engine.train import train
from osteon.errors import RequestError
from osteon.metrics.scores import Context
from osteon.types import Cohort, Maker, Score


def cross_validate(system: System, cohort: Cohort, out: Path, *, options: TrainOptions | None = None) -> list[Score]:
    """Return the scores of the pooled predictions of every fold on the patients it was not trained on.

    Each fold is a run of its own in `out/fold-<n>/`, so the same call goes on after a stop. Pooling takes the
    folds' probabilities as one scale; per-fold scores stand in the folders of the folds.

    Args:
        system: From `osteon.systems.get`.
        cohort: From `osteon.cohorts.load`.
        out: A folder.
        options: `split` is the plan of folds: "kfold:5", "leave-one-site-out", "leave-one-patient-out".

    Raises:
        RequestError: The plan has one fold only, or `out` is in use.
        OsteonError: As `train` and `evaluate` raise.

    """
    options = options or TrainOptions(split="kfold:5")
    plan = options.split if isinstance(options.split, str) else options.split.name
    folds = cohorts.folds(cohort, plan, seed=options.seed)
    if len(folds) < 2:
        msg = f"The plan {plan} has one fold; use `train`, or a plan of folds such as kfold:5."
        raise RequestError(msg)
    if (Path(out) / run.RUN).is_file():
        msg = f"The folder {Path(out).name} holds a single training; choose another --out for the folds."
        raise RequestError(msg)
    out = Path(out)
    run.refuse_strange(out, ours=("fold-*", *run.OUTCOME))
    runs = [
        train(system, cohort, out / f"fold-{number}", options=replace(options, split=fold))
        for number, fold in enumerate(folds, start=1)
    ]
    if machine.helping():
        return []
    found = [evaluation(folder, cohort, device=options.device, system=system).answers for folder in runs]
    pooled = Answers(
        answers=tuple(a for one in found for a in one.answers), refused=tuple(r for one in found for r in one.refused)
    )
    context = Context(
        unit="image",
        split=f"{plan}, out of fold",
        cohort=cohort.name,
        evidence=cohort.evidence,
        seed=options.seed,
        note="; ".join(text for text in (f"{len(folds)} trainings, pooled", unanswered(pooled)) if text),
    )
    scores = judge(pooled, configured(system, options), context=context)
    stored.write_predictions(out, pooled)
    stored.write_scores(out, scores, maker=Maker(system=system.name, seed=options.seed))
    return scores
