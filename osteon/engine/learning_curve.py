"""What more patients would bring: a system trained on growing shares of them and judged on the same others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path

from osteon import cohorts
from osteon.cohorts.splits import Split
from osteon.contract import Classify, Survive, System, label_of
from osteon.engine import machine, results, seeds, stored
from osteon.engine.evaluate import evaluate
from osteon.engine.headline import headline
from osteon.engine.options import TrainOptions, configured
from osteon.engine.run import refuse_strange
from osteon.engine.train import train
from osteon.errors import RequestError
from osteon.io import atomic
from osteon.metrics import words
from osteon.report import run_study
from osteon.report.run import Figure
from osteon.types import Cohort, Score, Study

FIGURES = "osteon.report.run_figures"  # loaded with the figure: matplotlib takes a second
SHARES = (0.1, 0.25, 0.5, 1.0)
PRETRAINED, SCRATCH = "pretrained", "from scratch"
CURVE = "learning_curve"


@dataclass(frozen=True, kw_only=True)
class Point:
    """What a share of the training patients gave.

    Attributes:
        start: "pretrained" or "from scratch".
        share: Of the training patients.
        patients, studies: Trained on.
        score: On the test side, the same for every point; of several draws value and interval are means.

    """

    start: str
    share: float
    patients: int
    studies: int
    score: Score


@dataclass(frozen=True, kw_only=True)
class CurveOptions:
    """Choices of a learning curve.

    Attributes:
        shares: Of the training patients, in (0, 1]; a smaller one's patients are among a larger one's.
        draws: How often patients are drawn for a share below 1.
        metric, task: What is drawn; None: what stands for the first task.

    """

    shares: tuple[float, ...] = SHARES
    draws: int = 1
    metric: str | None = None
    task: str | None = None

    def __post_init__(self) -> None:
        """Refuse shares that are none."""
        if not self.shares or not all(0 < share <= 1 for share in self.shares) or self.draws < 1:
            msg = f"Shares must lie above 0 and at most at 1, and draws at 1 or more; got {self.shares}, {self.draws}."
            raise RequestError(msg)


def learning_curve(
    system: System,
    cohort: Cohort,
    out: Path,
    *,
    options: TrainOptions | None = None,
    curve: CurveOptions | None = None,
) -> list[Point]:
    """Return the learning curve of `system` on `cohort`, pretrained and from scratch, and write it to `out`.

    Every point is a run of its own in `out/<start>-<share>-<draw>/`, so the same call goes on after a stop. Validation
    and test patients are the same for all. `out` gets learning_curve.json and learning_curve.html.

    Args:
        system: One that starts from no pre-training is trained from scratch alone.
        cohort: From `osteon.cohorts.load`.
        out: A folder.
        options: Of each training; `split` must be a plan of one split.
        curve: Shares, draws, metric.

    Raises:
        RequestError: A share has no patient of its own, the metric is not there, or `out` is in use.
        OsteonError: As `train` and `evaluate` raise.

    """
    options, curve = options or TrainOptions(), curve or CurveOptions()
    whole = (
        options.split if isinstance(options.split, Split) else cohorts.split(cohort, options.split, seed=options.seed)
    )
    out = Path(out)
    refuse_strange(out, ours=(f"{CURVE}.*", *(f"{_word(start)}-*" for start in (PRETRAINED, SCRATCH))))
    points = []
    for start in _starts(system, options):
        for share in sorted(set(curve.shares)):
            asked = replace(options, from_scratch=start == SCRATCH)
            runs = [_Run(system, cohort, whole, asked, share, draw) for draw in range(curve.draws if share < 1 else 1)]
            scored = [run.scores(out / f"{_word(start)}-{share * 100:g}-{n}") for n, run in enumerate(runs)]
            if not machine.helping():
                points.append(_point(start, runs, scored, curve))
    if points:
        _write(out, system, points, split=whole.name)
    return points


def subset(studies: Sequence[Study], *, share: float, key: Callable[[Study], str], seed: int) -> frozenset[str]:
    """Return the study names of a share of the patients, of each stratum alike and at least one.

    Args:
        studies: Of the training side.
        share: In (0, 1]; a larger one, with the same seed, has a smaller one's patients too.
        key: Stratum of a study; a patient's is that of its first one.
        seed: Of the draw.

    """
    first: dict[str, Study] = {}
    for study in sorted(studies, key=lambda s: s.name):
        first.setdefault(study.patient, study)
    strata: dict[str, list[str]] = {}
    for patient, study in first.items():
        strata.setdefault(key(study), []).append(patient)
    order: list[tuple[float, str]] = []
    for name in sorted(strata):
        members = [strata[name][i] for i in seeds.rng(seed, CURVE, name).permutation(len(strata[name]))]
        order += [(i / len(members), patient) for i, patient in enumerate(members)]
    order.sort()
    kept = {patient for _, patient in order[: max(round(share * len(order)), len(strata))]}
    return frozenset(s.name for s in studies if s.patient in kept)


def _word(start: str) -> str:
    return start.replace(" ", "-")


@dataclass(frozen=True)
class _Run:
    """One training on a share of the patients."""

    system: System
    cohort: Cohort
    whole: Split
    options: TrainOptions
    share: float
    draw: int

    @property
    def split(self) -> Split:
        """The split with fewer training patients; the other sides stay."""
        studies = [s for s in self.cohort.studies if s.name in self.whole.train]
        chosen = subset(studies, share=self.share, key=_stratum(self.system), seed=self.options.seed + self.draw)
        return replace(
            self.whole, name=f"{self.whole.name}, {self.share:.0%} of training patients ({self.draw})", train=chosen
        )

    def scores(self, folder: Path) -> list[Score]:
        """Return the scores of the test side, trained and judged now or before."""
        train(self.system, self.cohort, folder, options=replace(self.options, split=self.split))
        if machine.helping():
            return []
        if (folder / stored.SCORES).is_file():
            return stored.read_scores(folder / stored.SCORES)
        return evaluate(folder, self.cohort, device=self.options.device, system=self.system)

    def size(self) -> tuple[int, int]:
        """Return patients and studies trained on."""
        chosen = [s for s in self.cohort.studies if s.name in self.split.train]
        return len({s.patient for s in chosen}), len(chosen)


def _starts(system: System, options: TrainOptions) -> list[str]:
    parts = configured(system, options).parts
    named = any(part.start_from not in (None, *(p.name for p in parts)) for part in parts)
    return [PRETRAINED, SCRATCH] if named else [SCRATCH]


def _stratum(system: System) -> Callable[[Study], str]:
    """Return the stratum of a study for the system's first task."""
    task = system.tasks[0]

    def key(study: Study) -> str:
        if isinstance(task, Classify):
            return str(label_of(study, task))
        if isinstance(task, Survive) and study.truth and task.endpoint in study.truth.outcomes:
            return str(study.truth.outcomes[task.endpoint].event)
        return ""

    return key


def _point(start: str, runs: Sequence[_Run], scored: Sequence[Sequence[Score]], curve: CurveOptions) -> Point:
    chosen = [headline(scores, metric=curve.metric, task=curve.task) for scores in scored]
    patients, studies = runs[0].size()
    return Point(
        start=start,
        share=runs[0].share,
        patients=patients,
        studies=studies,
        score=results.mean([[s] for s in chosen])[0],
    )


def _write(out: Path, system: System, points: Sequence[Point], *, split: str) -> None:
    rows = [{**asdict(p), "score": stored.as_plain(p.score)} for p in points]
    atomic.write_json(out / f"{CURVE}.json", {"system": system.name, "split": split, "points": rows})
    curves = {
        start: [(p.patients, p.score) for p in points if p.start == start] for start in Counter(p.start for p in points)
    }
    svg = import_module(FIGURES).learning_curve(curves)
    page = run_study.html(
        f"Learning curve of {system.name}",
        lead=_lead(points),
        figure=Figure(title=f"{points[0].score.task}: {points[0].score.metric} by training patients", svg=svg),
        table=run_study.Table(
            columns=("started", "share", "patients", "studies", "metric", "value", "95 % interval"),
            rows=tuple(
                (p.start, f"{p.share:.0%}", str(p.patients), str(p.studies), p.score.metric,
                 words.number(p.score.value), words.interval(p.score))
                for p in points
            ),
        ),
        scores=[p.score for p in points],
        notes=[f"Split {split}; validation and test patients are the same for every point.", *_notes(points)],
    )  # fmt: skip
    atomic.write_text(out / f"{CURVE}.html", page)


def _lead(points: Sequence[Point]) -> str:
    """Return the first and the last point of each curve in words."""
    curves = []
    for start in dict.fromkeys(p.start for p in points):
        line = [p for p in points if p.start == start]
        first, last = line[0], line[-1]
        curves.append(
            f"{start}: {words.number(first.score.value)} with {first.patients} patients, "
            f"{words.number(last.score.value)} with {last.patients}"
        )
    return "; ".join(curves) + "."


def _notes(points: Sequence[Point]) -> list[str]:
    """Return whether pre-training is seen to help, share by share."""
    pairs = [
        (a, b) for a in points if a.start == PRETRAINED for b in points if b.start == SCRATCH and b.share == a.share
    ]
    return [
        f"With {a.share:.0%} of the patients the intervals of pretrained and from scratch "
        f"{'do not overlap' if max(a.score.low, b.score.low) > min(a.score.high, b.score.high) else 'overlap'}; "
        "compare the two runs for a paired test."
        for a, b in pairs
    ]
