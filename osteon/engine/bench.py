"""Make the evidence: train and judge the rows of the list, store their scores, write the results page."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from osteon import cohorts, systems, weights
from osteon.contract import Classify, System
from osteon.engine import by_patient, ceiling, extra, made, results, results_page, run, stored
from osteon.engine.by_patient import PatientFigure
from osteon.engine.compare import compare
from osteon.engine.cross_validate import cross_validate
from osteon.engine.evaluate import evaluate
from osteon.engine.evidence import EVIDENCE
from osteon.engine.evidence_row import Row
from osteon.engine.options import TrainOptions
from osteon.engine.results import Result
from osteon.engine.train import train
from osteon.errors import RequestError
from osteon.io import atomic
from osteon.types import Cohort, Score

DATA, RUNS = "OSTEON_DATA", "OSTEON_RUNS"


def bench(
    names: Sequence[str] = (),
    *,
    data: Path | None = None,
    runs: Path | None = None,
    docs: Path = Path("docs"),
    rows: Sequence[Row] = EVIDENCE,
    options: TrainOptions | None = None,
) -> list[Result]:
    """Train and judge rows of the evidence list, store their scores and write `docs/results.md`; return the results.

    A row that was stopped goes on; one whose runs are finished is judged again from them.

    Args:
        names: Rows, or systems of which all rows are made; none: every row.
        data: Folder with the cohorts' folders; None: the environment variable OSTEON_DATA.
        runs: Where the trainings lie; None: OSTEON_RUNS, else `runs/` here.
        docs: Folder of the documentation: `results/` in it gets a file a row.
        rows: The list; of simulated patients, who are made where they are not there yet, it needs no data.
        options: Of each training; seed, split, findings passed over and settings are the row's.

    Raises:
        RequestError: A name fits no row, or the data folder is not named.
        OsteonError: As `train` and `evaluate` raise.

    """
    chosen = _chosen(names, rows)
    place = runs or Path(os.environ.get(RUNS, "runs"))
    load = lru_cache(maxsize=1)(cohorts.load)  # rows on the same patients follow each other
    found = []
    for row in chosen:
        _refuse_alone(row, place)
        root = made.patients(row.made, place / "simulated") if row.made else _data(data) / row.cohort
        cohort = _cohort(row, load(root))
        if row.films:
            cohort = extra.filmed(cohort, place)
        if row.extra:
            cohort = cohorts.derived.joined(cohort, extra.drawn(row, cohort, place, data=root.parent))
        result = measure(row, cohort, place / row.name, options=options)
        seen = ceiling.read(root) if row.made else ()
        result = replace(result, ceilings=seen, differences=_differences(row, place))
        results.write(docs / "results", result)
        results_page.publish(docs / "results")
        found.append(result)
    return found


def _data(named: Path | None) -> Path:
    """Return the folder with the cohorts of people."""
    folder = named or (Path(os.environ[DATA]) if DATA in os.environ else None)
    if folder is None or not folder.is_dir():
        msg = f"The folder of the data is not there; name it with --data, or set {DATA} to it."
        raise RequestError(msg)
    return folder


def _refuse_alone(row: Row, place: Path) -> None:
    """Refuse, before anything is trained, a row that is compared with one that is not made."""
    for other in row.against:
        if not all((place / other / f"seed-{seed}" / stored.PREDICTIONS).is_file() for seed in row.seeds):
            command = f"osteon bench {'--simulated ' if row.made else ''}{other}"
            msg = f"{row.name} is compared with {other}, which is not made yet: {command}."
            raise RequestError(msg)


def _differences(row: Row, place: Path) -> tuple[Score, ...]:
    """Return the row's first figure less that of each row it is compared with, means over the seeds."""
    return tuple(_difference(row, other, place) for other in row.against)


def _difference(row: Row, other: str, place: Path) -> Score:
    metric, task, unit = row.first
    of_seeds = []
    for seed in row.seeds:
        one, two = (place / name / f"seed-{seed}" for name in (row.name, other))
        asked = (f"{metric} difference", task, unit)
        of_seeds.append([s for s in compare(one, two) if (s.metric, s.task, s.unit) == asked])
    return replace(results.mean(of_seeds)[0], note=other)


def measure(row: Row, cohort: Cohort, folder: Path, *, options: TrainOptions | None = None) -> Result:
    """Return the result of one row: its trainings lie in `folder/seed-<n>`."""
    system = systems.get(row.system)
    asked = replace(options or TrainOptions(), split=row.split, allow=row.allow, overrides=row.overrides)
    of_seeds: list[tuple[Score, ...]] = []
    training: list[tuple[Score, ...]] = []
    for seed in row.seeds:
        options = replace(asked, seed=seed)
        if row.packaged:
            _unpack(row.system, folder / f"seed-{seed}")
        of_seeds.append(tuple(_judged(system, cohort, folder / f"seed-{seed}", options, packaged=row.packaged)))
        if row.gap:
            training += [tuple(_on_training(system, cohort, p, asked.device)) for p in _runs(folder / f"seed-{seed}")]
    trained = [run.open_run(path) for path in _runs(folder / f"seed-{row.seeds[0]}")]
    return Result(
        row=row,
        scores=results.mean(of_seeds),
        of_seeds=tuple(of_seeds),
        weights_sha256=tuple(_hash(folder / f"seed-{seed}") for seed in row.seeds),
        versions=trained[0].record.versions,
        training=results.mean(training) if training else (),
        patients=_by_patient(system, [folder / f"seed-{seed}" for seed in row.seeds]) if row.by_patient else (),
    )


def _on_training(system: System, cohort: Cohort, folder: Path, device: str) -> list[Score]:
    """Return the scores on the training side of one run."""
    return evaluate(folder, cohort, split="train", device=device, system=system)


def _by_patient(system: System, folders: Sequence[Path]) -> tuple[PatientFigure, ...]:
    """Return the mean figures of each patient for the first classification of `system`."""
    task = next(t for t in system.tasks if isinstance(t, Classify))
    return by_patient.mean([by_patient.by_patient(folder, task) for folder in folders])


def _cohort(row: Row, cohort: Cohort) -> Cohort:
    """Return the part of `cohort` that the row asks for, trimmed and split as it says."""
    if row.having:
        cohort = cohort.only({s.name for s in cohort.studies if row.having in s.data})
    if row.trim_mm:
        cohort = cohorts.trimmed(cohort, up_to_mm=row.trim_mm)
    if row.views_of:
        cohort = cohorts.two_views(cohort, of=row.views_of)
    if not row.own_patients:
        return cohort
    return replace(cohort, studies=tuple(replace(s, patient=s.name) for s in cohort.studies))


def _unpack(name: str, folder: Path) -> None:
    """Copy the packaged weights of a system to where its training would lie, unless these very ones lie there."""
    packaged = weights.folder(name)
    if folder.is_dir() and run.open_run(folder).record.parts == run.open_run(packaged).record.parts:
        return
    with atomic.folder(folder, replace=True) as aside:
        shutil.copytree(packaged, aside, dirs_exist_ok=True)


def _judged(system: System, cohort: Cohort, folder: Path, options: TrainOptions, *, packaged: bool) -> list[Score]:
    if packaged:
        return evaluate(folder, cohort, device=options.device, system=system)
    plan = options.split if isinstance(options.split, str) else options.split.name
    if len(cohorts.folds(cohort, plan, seed=options.seed)) > 1:
        return cross_validate(system, cohort, folder, options=options)
    train(system, cohort, folder, options=options)
    return evaluate(folder, cohort, device=options.device, system=system)


def _runs(folder: Path) -> list[Path]:
    """Return the run folders of one seed: itself, or its folds."""
    return [folder] if (folder / run.RUN).is_file() else sorted(folder.glob("fold-*"))


def _hash(folder: Path) -> str:
    hashes = [run.open_run(path).record.weights_sha256 for path in _runs(folder)]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def _chosen(names: Sequence[str], rows: Sequence[Row]) -> list[Row]:
    for name in names:
        if not any(name in (row.name, row.system, row.system.partition(".")[0]) for row in rows):
            msg = f"The evidence has no row {name!r}; its rows are {', '.join(row.name for row in rows)}."
            raise RequestError(msg)
    wanted = set(names)
    return [r for r in rows if not wanted or wanted & {r.name, r.system, r.system.partition(".")[0]}]
