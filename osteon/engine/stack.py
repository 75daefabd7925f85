"""What a later part is told of an earlier one: only what it said of patients it was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from osteon.cohorts import splits
from osteon.contract import Part, System
from osteon.engine.course import Course, Lesson
from osteon.types import Cohort, Outputs, Study


@dataclass(frozen=True, kw_only=True, eq=False)
class Taught:
    """Studies with what the parts so far say of them, fit to train a later part on."""

    train: tuple[Study, ...]
    validation: tuple[Study, ...]
    earlier: dict[str, Outputs]


def fit_all(course: Course, cohort: Cohort, split: splits.Split) -> None:
    """Fit every part of the course's system in order.

    Training studies reach a later part with the output of a network that never saw their patient: of k folds, or,
    with `stack="validation"`, the later part is fitted on the validation studies alone.
    """
    taught = Taught(train=_only(cohort, split.train), validation=_only(cohort, split.validation), earlier={})
    for part in course.system.parts:
        lesson = Lesson(
            key=part.name,
            part=part,
            train=taught.train,
            validation=taught.validation,
            earlier=taught.earlier,
            start=part.start_from if part.start_from in _names(course.system) else None,
        )
        course.fitted(lesson)
        if part.name in stacked(course.system):
            taught = _told(course, lesson, taught, cohort)


def keys(system: System) -> list[str]:
    """Return the keys of the parts that predicting needs, without the folds."""
    return [part.name for part in system.parts]


def stacked(system: System) -> set[str]:
    """Return the parts whose output a later part takes."""
    later = {name for part in system.parts for name in part.takes}
    return later & _names(system)


def _told(course: Course, lesson: Lesson, taught: Taught, cohort: Cohort) -> Taught:
    """Return `taught` with the outputs of the lesson's part added, out of fold for the training studies."""
    part = lesson.part
    whole = course.load(lesson.key, part)
    validation = course.outputs(whole, taught.validation, taught.earlier)
    if part.stack == "validation":
        # The later part learns from patients this one has not seen; no others are left to validate it.
        return Taught(train=taught.validation, validation=(), earlier=validation)
    held_out: dict[str, Outputs] = {}
    for number, held in enumerate(folds(cohort, taught.train, k=part.stack, seed=course.options.seed)):
        fold = _fold(course, lesson, held, number=number, k=part.stack)
        studies = [s for s in taught.train if s.name in held]
        held_out |= course.outputs(course.fitted(fold), studies, taught.earlier)
    return replace(taught, earlier={**validation, **held_out})


def _fold(course: Course, lesson: Lesson, held: frozenset[str], *, number: int, k: int) -> Lesson:
    """Return the lesson of one fold: all but the studies `held`, and a start that has not seen these either."""
    suffix = f"/fold-{number}-of-{k}"
    start = None
    if lesson.start:
        parent = next(p for p in course.system.parts if p.name == lesson.start)
        above = replace(lesson, key=parent.name, part=parent, start=_start(parent, course.system))
        start = parent.name + suffix
        course.fitted(_fold(course, above, held, number=number, k=k))
    train = [s for s in lesson.train if s.name not in held]
    return replace(lesson, key=lesson.key + suffix, train=train, start=start)


def _start(part: Part, system: System) -> str | None:
    return part.start_from if part.start_from in _names(system) else None


def folds(cohort: Cohort, train: Sequence[Study], *, k: int, seed: int) -> list[frozenset[str]]:
    """Return the study names of each of `k` folds of the training patients (fewer where there are fewer patients)."""
    only = cohort.only({s.name for s in train})
    count = min(k, len({s.patient for s in train}))
    return [fold.test for fold in splits.folds(only, f"kfold:{count}", seed=seed)]


def _only(cohort: Cohort, names: frozenset[str]) -> tuple[Study, ...]:
    return tuple(s for s in cohort.studies if s.name in names)


def _names(system: System) -> set[str]:
    return {part.name for part in system.parts}
