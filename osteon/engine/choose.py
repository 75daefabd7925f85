"""Choosing among trained models: fast enough first, then as good as can be (satisficing and optimising)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from osteon.contract import System
from osteon.engine import run, stored
from osteon.engine.evaluate import evaluation
from osteon.engine.headline import headline, worth
from osteon.engine.latency import Latency, latency
from osteon.engine.predictor import Predictor
from osteon.errors import InputError, RequestError
from osteon.io import atomic
from osteon.metrics import words
from osteon.report import run_study
from osteon.report.run import Figure
from osteon.types import Cohort, Score, Study

FIGURES = "osteon.report.run_figures"  # loaded with the figure: matplotlib takes a second
CHOICE = "choice"
TEST = (
    "Chosen by the test side, for want of the cohort: the winner's score is flattered by the choice. With --cohort the "
    "choice is made on the validation side."
)


@dataclass(frozen=True, kw_only=True)
class ChooseOptions:
    """What is chosen by.

    Attributes:
        limit_ms: Milliseconds a study may take.
        metric, task: What is best; None: what stands for the first task.
        device: To be fast on.
        repeats: Measured runs of a study.

    """

    limit_ms: float = 100.0
    metric: str | None = None
    task: str | None = None
    device: str = "cpu"
    repeats: int = 15

    def __post_init__(self) -> None:
        """Refuse a limit that nothing can keep."""
        if not self.limit_ms > 0 or self.repeats < 1:
            msg = f"The limit is {self.limit_ms} ms with {self.repeats} repeats; both must be above 0."
            raise RequestError(msg)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A run with what it is worth and what it costs."""

    name: str
    folder: Path
    system: str
    score: Score
    latency: Latency


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What was chosen, out of what.

    Attributes:
        chosen: The best of those within the limit.
        measured: All, the best first.
        limit_ms: As asked.
        notes: What a reader must know.

    """

    chosen: Measured
    measured: tuple[Measured, ...]
    limit_ms: float
    notes: tuple[str, ...]


def choose(
    folders: Sequence[Path],
    *,
    options: ChooseOptions | None = None,
    cohort: Cohort | None = None,
    out: Path | None = None,
    system: System | None = None,
) -> Choice:
    """Return the best of the runs in `folders` that answers a study within the limit on this machine.

    Args:
        folders: Of finished runs that answer the same task.
        options: Limit, metric, device.
        cohort: The runs' own: the choice is made on their validation side, the time taken on a study of it. Without,
            by the scores of the test side in the run folders, and on a study of noise.
        out: A folder for choice.json and choice.html with the trade-off; None: nothing is written.
        system: For systems of the user's own.

    Raises:
        RequestError: No run is within the limit, or the runs were not judged on the same studies by the same metric.
        InputError: A run is not evaluated.

    """
    options = options or ChooseOptions()
    if len({Path(f).resolve() for f in folders}) < 2:
        msg = "To choose takes at least two runs; name the folders of several."
        raise RequestError(msg)
    names = _names([Path(f) for f in folders])
    found = [
        _measured(name, Path(folder), options, cohort, system) for name, folder in zip(names, folders, strict=True)
    ]
    _same(found)
    found.sort(key=lambda m: (-worth(m.score), m.latency.ms))
    fast = [m for m in found if m.latency.ms <= options.limit_ms]
    if not fast:
        nearest = min(found, key=lambda m: m.latency.ms)
        msg = (
            f"No run answers within {options.limit_ms:g} ms a study here; the fastest is {nearest.name} with "
            f"{nearest.latency.ms:.0f} ms. Raise --limit-ms, or train a smaller variant (`osteon systems NAME`)."
            f"{_busy([nearest])}"
        )
        raise RequestError(msg)
    choice = Choice(
        chosen=fast[0], measured=tuple(found), limit_ms=options.limit_ms, notes=tuple(_notes(fast[0], found, options))
    )
    if out is not None:
        _write(atomic.make_folder(Path(out)), choice)
    return choice


def _measured(
    name: str, folder: Path, options: ChooseOptions, cohort: Cohort | None, system: System | None
) -> Measured:
    predictor = Predictor.load(folder, system=system, device=options.device)
    if cohort is None:
        scores, studies = _stored(folder), ()
    else:
        done = evaluation(folder, cohort, split="validation", device=options.device, system=system)
        scores, studies = list(done.scores), _first(folder, cohort, predictor)
    return Measured(
        name=name,
        folder=folder,
        system=predictor.system.name or predictor.maker.system,
        score=headline(scores, metric=options.metric, task=options.task),
        latency=latency(predictor, studies, repeats=options.repeats),
    )


def _stored(folder: Path) -> list[Score]:
    path = folder / stored.SCORES
    if not path.is_file():
        why = f"is not evaluated; judge it first (osteon evaluate {folder.name} COHORT), or give --cohort."
        raise InputError(why, file=folder.name)
    return stored.read_scores(path)


def _first(folder: Path, cohort: Cohort, predictor: Predictor) -> Sequence[Study]:
    """Return the first validation study that has every input."""
    sides, needed = run.open_run(folder).split(), {i.name for i in predictor.system.inputs if i.required}
    found = [s for s in cohort.studies if sides.get(s.name) == "validation" and needed <= set(s.data)]
    return found[:1]


def _same(found: Sequence[Measured]) -> None:
    """Refuse to compare scores of different questions or different studies."""
    kinds = {(m.score.task, m.score.metric, m.score.unit) for m in found}
    sets = {(m.score.cohort, m.score.split, m.score.n) for m in found}
    if len(kinds) > 1:
        shown = "; ".join(sorted(f"{metric} of {task} for each {unit}" for task, metric, unit in kinds))
        msg = f"The runs were judged by different scores ({shown}); name one that all have: --metric, --task."
        raise RequestError(msg)
    if len(sets) > 1:
        shown = "; ".join(sorted(f"{n} of {cohort}, {split}" for cohort, split, n in sets))
        msg = f"The runs were judged on different studies ({shown}); evaluate all of them on the same ones."
        raise RequestError(msg)


def _notes(chosen: Measured, found: Sequence[Measured], options: ChooseOptions) -> list[str]:
    """Return what was given up for speed, what cannot be told apart, and what was measured on what."""
    notes = [
        f"{m.name} scores higher and was rejected: {m.latency.ms:.0f} ms is over the limit of {options.limit_ms:g} ms."
        for m in found
        if worth(m.score) > worth(chosen.score)
    ]
    alike = [
        m.name
        for m in found
        if m is not chosen and max(m.score.low, chosen.score.low) <= min(m.score.high, chosen.score.high)
    ]
    if alike:
        notes.append(f"The intervals of {', '.join(alike)} overlap that of {chosen.name}; osteon compare tests two.")
    notes += [TEST] if chosen.score.split == "test" else []
    if any(m.latency.made_up for m in found):
        notes.append("Timed on a study of noise of a usual size; with --cohort on a real one.")
    notes += [_busy(found).strip()] if _busy(found) else []
    took = chosen.latency
    notes.append(
        f"Median of {took.repeats} runs of a study, on {took.device}, {took.threads} threads, pixels in memory."
    )
    return notes


def _busy(found: Sequence[Measured]) -> str:
    """Return, after a space, that other work slowed the measuring, and how far at the slowed one; "" where none did."""
    slowed = next((m for m in found if m.latency.busy), None)
    if slowed is None:
        return ""
    return (
        f" The machine has other work: of the {slowed.latency.ms:.0f} ms of {slowed.name} its processor worked "
        f"{slowed.latency.processor_ms:.0f} ms on the study; choose on a calm machine."
    )


def _names(folders: Sequence[Path]) -> list[str]:
    """Return the folders' names, with their parents' where two are alike."""
    short = [f.name for f in folders]
    return [f"{f.parent.name}/{f.name}" if short.count(f.name) > 1 else f.name for f in folders]


def as_plain(choice: Choice) -> dict:
    """Return `choice` as JSON takes it."""
    rows = [{**asdict(m), "folder": m.folder.name, "score": stored.as_plain(m.score)} for m in choice.measured]
    return {"chosen": choice.chosen.name, "limit_ms": choice.limit_ms, "runs": rows, "notes": list(choice.notes)}


def _write(out: Path, choice: Choice) -> None:
    atomic.write_json(out / f"{CHOICE}.json", as_plain(choice))
    figures, chosen = import_module(FIGURES), choice.chosen
    columns = ("run", "system", "ms a study", "quartiles", "metric", "value", "95 % interval", "")
    points = [
        figures.Candidate(name=m.name, ms=m.latency.ms, score=m.score, chosen=m is chosen) for m in choice.measured
    ]
    page = run_study.html(
        "Choice of a model",
        lead=f"{chosen.name}: {chosen.score.metric} {words.whole(chosen.score)} at {chosen.latency.ms:.0f} ms a study, "
        f"the best within {choice.limit_ms:g} ms.",
        figure=Figure(title="What speed costs", svg=figures.trade_off(points, limit_ms=choice.limit_ms)),
        table=run_study.Table(columns=columns, rows=tuple(_row(m, choice) for m in choice.measured)),
        scores=[m.score for m in choice.measured],
        notes=choice.notes,
    )
    atomic.write_text(out / f"{CHOICE}.html", page)


def _row(one: Measured, choice: Choice) -> tuple[str, ...]:
    took, score = one.latency, one.score
    verdict = "chosen" if one is choice.chosen else "over the limit" if took.ms > choice.limit_ms else ""
    return (
        one.name, one.system, f"{took.ms:.1f}", f"{took.low_ms:.1f} to {took.high_ms:.1f}", score.metric,
        words.number(score.value), words.interval(score), verdict,
    )  # fmt: skip
