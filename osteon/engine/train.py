"""Train a system on a cohort: audit, split, fit each part, calibrate; resumable at any moment."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

import osteon
from osteon import cohorts
from osteon.cohorts.splits import Split, with_derived
from osteon.contract import Sgd, System
from osteon.engine import machine as machines
from osteon.engine import progress, run, seeds, stack, start
from osteon.engine.calibrate import calibrate
from osteon.engine.course import Course
from osteon.engine.machine import Machine
from osteon.engine.options import TrainOptions, configured
from osteon.errors import RequestError, ResumableError
from osteon.io import atomic
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
    machine = _machine(system, options)
    plan = options.split if isinstance(options.split, str) else options.split.name
    wanted = _record(system, cohort, options, plan)
    folder, writes = Path(out), machine.first
    try:
        with run.claimed(folder, writes=writes):
            here = run.begin(folder, wanted, writes=writes)
            machine.barrier()  # nobody writes before all have read
            if not here.complete(stack.keys(system)):
                with seeds.deterministic(threads=here.record.threads), progress.bar() as bar:
                    course = Course(system=system, run=here, machine=machine, options=options, bar=bar)
                    _go(course, _usable(system, cohort), plan)
    except KeyboardInterrupt as error:
        msg = f"Stopped; the run {folder.name} is not finished. Run the same command again, it goes on where it was."
        raise ResumableError(msg) from error
    except OSError as error:
        if error.errno not in atomic.FULL:
            raise
        msg = f"The disk is full; make room and run the same command again, the run {folder.name} goes on."
        raise ResumableError(msg) from error
    except RuntimeError as error:
        if not machines.lost(error, devices=machine.devices):
            raise
        msg = f"A process of the training was lost; run the same command again, the run {folder.name} goes on."
        raise ResumableError(msg) from error
    return folder


def _machine(system: System, options: TrainOptions) -> Machine:
    """Return the machine that the options ask for; `RequestError` when it cannot train a part of `system`."""
    machine = Machine(device=options.device, devices=options.devices, workers=options.workers, compile=options.compile)
    for part in system.parts:
        machine.check(part.fit.precision if isinstance(part.fit, Sgd) else machines.PRECISIONS[0])
    return machine


def _go(course: Course, cohort: Cohort, plan: str) -> None:
    given = course.options.split
    split = given if isinstance(given, Split) else cohorts.split(cohort, plan, seed=course.options.seed)
    split = with_derived(split, cohort)
    _check(course, cohort, split)
    course.run.write_split(cohort.studies, split)
    course.run.update(state="training")
    stack.fit_all(course, cohort, split)
    if course.run.writes:
        calibrate(course, cohort, split)
    course.run.seal(stack.keys(course.system))
    course.machine.barrier()


def _check(course: Course, cohort: Cohort, split: Split) -> None:
    """Refuse what would make the training worthless, before it begins; a run that goes on has passed already."""
    here, system, allow = course.run, course.system, course.options.allow
    names = {part.name for part in system.parts}
    for part in system.parts:
        if part.start_from and part.start_from not in names:
            start.pretraining(part)
    if here.record.audited is None:
        audit = cohorts.audit(cohort, tasks=system.tasks, inputs=system.inputs, split=split, allow=allow)
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
        allowed=tuple(dict.fromkeys(options.allow)),
        device=str(machines.device(options.device)),
        threads=options.threads or machines.cores(),
        precision=options.precision,
        versions={
            "osteon": osteon.__version__,
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
    )
