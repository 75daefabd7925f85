"""Judge a finished run on a cohort: predictions, scores with intervals, a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from osteon.cohorts import derived
from osteon.contract import System
from osteon.engine import progress, run, stored
from osteon.engine.answers import Answers, ask
from osteon.engine.judge import judge
from osteon.engine.predictor import Predictor
from osteon.engine.run import Run
from osteon.errors import InputError, RequestError
from osteon.io import atomic
from osteon.io.names import file_stem
from osteon.metrics.scores import Context
from osteon.report import run as report
from osteon.types import Cohort, Score, Study

DRAWINGS = "osteon.engine.drawings"  # loaded with the first report: matplotlib takes a second
SIDES = ("test", "validation", "train", "all")


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """What came out: scores, the answers behind them, and where they were written."""

    scores: tuple[Score, ...]
    answers: Answers
    folder: Path


def evaluate(
    folder: Path, cohort: Cohort, *, split: str = "test", device: str = "auto", system: System | None = None
) -> list[Score]:
    """Return the scores of the run in `folder` on `cohort`, and write them with predictions and a report.

    The test split of the run's own cohort goes into the run folder itself; anything else into
    `evaluations/<cohort>-<split>/` below it.

    Args:
        folder: Of a finished run.
        cohort: The run's own, or another one: of that every study is judged, but for patients the run was trained on.
        split: "test", "validation", "train" or "all" of the run's own cohort.
        device: To predict on.
        system: For a system of the user's own.

    Raises:
        RequestError: The split is unknown or empty, or nothing in it has a truth.
        ResumableError: The run is not finished.

    """
    return list(evaluation(folder, cohort, split=split, device=device, system=system).scores)


def evaluation(
    folder: Path, cohort: Cohort, *, split: str = "test", device: str = "auto", system: System | None = None
) -> Evaluation:
    """Return what `evaluate` returns, with the answers behind it; the arguments are the same."""
    if split not in SIDES:
        msg = f"There is no split {split!r}; it may be {', '.join(SIDES)}."
        raise RequestError(msg)
    here = run.open_run(folder)
    predictor = Predictor.load(folder, system=system, device=device)
    studies, side, left_out = studies_of(here, cohort, split)
    with progress.bar() as bar:
        answers = ask(predictor, bar.over(studies, f"predicting {side}", len(studies)))
    context = Context(
        unit="image",
        split=side,
        cohort=cohort.name,
        evidence=cohort.evidence,
        seed=here.record.seed,
        note="; ".join(text for text in (unanswered(answers), left_out) if text),
    )
    scores = judge(answers, predictor.system, context=context)
    into = here.folder if side == "test" else here.folder / "evaluations" / file_stem(cohort.name, side)
    stored.write_predictions(into, answers)
    stored.write_scores(into, scores, maker=predictor.maker)
    page = report.html(
        predictor.system,
        run=asdict(here.record),
        scores=scores,
        figures=import_module(DRAWINGS).drawings(answers, predictor.system, scores),
        log=here.log(),
    )
    atomic.write_text(into / stored.REPORT, page)
    return Evaluation(scores=tuple(scores), answers=answers, folder=into)


def studies_of(here: Run, cohort: Cohort, split: str) -> tuple[Sequence[Study], str, str]:
    """Return the studies to judge, the name of their side, and what was left out and why; derived ones never are.

    Raises:
        RequestError: The side is empty, all is derived, or the run was trained on every patient.

    """
    cohort = derived.taken(cohort)
    if not cohort.studies:
        msg = "Every study of the cohort is derived from others; judge on what was taken of patients."
        raise RequestError(msg)
    if not derived.same(cohort.fingerprint, here.record.cohort.fingerprint):
        return _unseen(here, cohort, split)
    if split == "all":
        return cohort.studies, "all", ""
    sides = here.split()
    found = [s for s in cohort.studies if sides.get(s.name) == split]
    if not found:
        msg = f"The run's split {here.record.split} has no {split} studies; judge another side, or another cohort."
        raise RequestError(msg)
    return found, split, ""


def _unseen(here: Run, cohort: Cohort, split: str) -> tuple[Sequence[Study], str, str]:
    """Return the studies of another cohort, or of the run's own once its tables changed, without patients trained on.

    A patient counts as trained on when a study of the same name and patient is in the run's train or validation.
    """
    if split in ("train", "validation"):
        msg = f"{cohort.name} is not the cohort that the run was trained on, or has changed: it has no {split} side."
        raise RequestError(msg)
    trained_on = here.trained_on()
    seen = {s.patient for s in cohort.studies if (s.name, s.patient) in trained_on}
    found = [s for s in cohort.studies if s.patient not in seen]
    if not found:
        msg = f"The run was trained on every patient of {cohort.name}; judge it on patients that it has not seen."
        raise RequestError(msg)
    left_out = len(cohort.studies) - len(found)
    note = f"the run was trained on {len(seen)} of these patients, whose {left_out} studies are left out"
    return found, "external", note if seen else ""


def unanswered(answers: Answers) -> str:
    """Return what a score's note says of the studies that got no answer, and why the first did not; nothing of none.

    Raises:
        InputError: None could.

    """
    if not answers.refused:
        return ""
    first = answers.refused[0]
    if not answers.answers:
        raise InputError(f"none of the studies could be answered; the first: {first.why}", file=first.file)
    lost = "1 study" if len(answers.refused) == 1 else f"{len(answers.refused)} studies"
    return f"{lost} got no answer, the first since: {first.why.rstrip('.').replace('; ', ', ')}"
