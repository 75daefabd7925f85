"""Train a system on a cohort: audit, split, fit each part, calibrate; resumable at any moment."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

import osteon
from osteon import cohorts
from osteon.cohorts.splits import Split
from osteon.contract import System
from osteon.engine import machine as machines
from osteon.engine import progress, run, seeds, stack
from osteon.engine.calibrate import calibrate
from osteon.engine.course import Course
from osteon.engine.machine import Machine
from osteon.engine.options import TrainOptions, configured
from osteon.errors import RequestError, ResumableError
from osteon.io import atomic, pretrained
from osteon.types import Cohort

LIBRARIES = ("numpy", "scikit-learn", "skops", "torch", "timm")


def train(system: System, cohort: Cohort, out: Path, *, options: TrainOptions | None = None) -> Path:
    """Train `system` on `cohort` in the folder `out`, and return the folder.

    The same call goes on with a run that was stopped, whenever that was, and ends in the same weights: bit for bit on
    the CPU. A finished run is left as it is.

    Args:
        system: From `osteon.systems.get`.
        cohort: From `osteon.cohorts.load`.
        out: A new folder, or that of the same run.
        options: Seed, split, device ...

    Raises:
        RequestError: Another run lies in `out`, an option is impossible, or the loss is no longer finite.
        CohortError: The audit refuses the cohort.
        WeightsError: A pre-training cannot be found.
        ResumableError: Stopped, or the disk is full; the same call goes on.

    """
    options = options or TrainOptions()
    system = configured(system, options)
    machine = Machine(device=options.device, devices=options.devices, workers=options.workers, compile=options.compile)
    plan = options.split if isinstance(options.split, str) else options.split.name
    here = run.begin(Path(out), _record(system, cohort, options, plan))
    if here.complete(stack.keys(system)):
        return here.folder
    try:
        with seeds.deterministic(threads=here.record.threads), progress.bar() as bar:
            cohort = _usable(system, cohort)
            split = (
                options.split if isinstance(options.split, Split) else cohorts.split(cohort, plan, seed=options.seed)
            )
            _check(here, system, cohort, split)
            _go(Course(system=system, run=here, machine=machine, options=options, bar=bar), cohort, split)
    except KeyboardInterrupt as error:
        msg = (
            f"Stopped; the run {here.folder.name} is not finished. Run the same command again, it goes on where it was."
        )
        raise ResumableError(msg) from error
    except OSError as error:
        if error.errno not in atomic.FULL:
            raise
        msg = f"The disk is full; make room and run the same command again, the run {here.folder.name} goes on."
        raise ResumableError(msg) from error
    return here.folder


def _go(course: Course, cohort: Cohort, split: Split) -> None:
    course.run.update(state="training")
    course.run.write_split(cohort.studies, split)
    stack.fit_all(course, cohort, split)
    calibrate(course, cohort, split)
    course.run.seal(stack.keys(course.system))


def _check(here: run.Run, system: System, cohort: Cohort, split: Split) -> None:
    """Refuse what would make the training worthless, before it begins; a run that goes on has passed already."""
    names = {part.name for part in system.parts}
    for part in system.parts:
        if part.start_from and part.start_from not in names:
            pretrained.load(part.start_from)
    if here.record.audited is None:
        audit = cohorts.audit(cohort, tasks=system.tasks, inputs=system.inputs, split=split, allow=here.record.allowed)
        audit.check()
        here.update(audited=tuple(f"{finding.name}: {finding.text}" for finding in audit.findings))


def _usable(system: System, cohort: Cohort) -> Cohort:
    """Return the cohort without the studies that lack an input the system needs."""
    needed = {i.name for i in system.inputs if i.required}
    found = cohort.only({s.name for s in cohort.studies if needed <= set(s.data)})
    if not found.studies:
        msg = (
            f"No study of the cohort has the inputs {', '.join(sorted(needed))} that {system.name} needs; "
            "check the `input` column."
        )
        raise RequestError(msg)
    return found


def _record(system: System, cohort: Cohort, options: TrainOptions, plan: str) -> run.RunRecord:
    return run.RunRecord(
        system=system.name,
        overrides=options.overrides,
        from_scratch=options.from_scratch,
        seed=options.seed,
        split=plan,
        cohort=run.cohort_record(cohort),
        allowed=options.allow,
        device=str(machines.device(options.device)),
        threads=options.threads or machines.cores(),
        precision=options.precision,
        versions={
            "osteon": osteon.__version__,
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
    )
