"""What a later part is told of an earlier one: only what it said of patients it was not fitted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from osteon.cohorts import derived, splits
from osteon.contract import Part, System
from osteon.engine.course import Course, Earlier, Lesson
from osteon.types import Cohort, Outputs, Study


@dataclass(frozen=True, kw_only=True, eq=False)
class Taught:
    """The studies that a part is fitted and validated on."""

    train: tuple[Study, ...]
    validation: tuple[Study, ...]


def fit_all(course: Course, cohort: Cohort, split: splits.Split) -> None:
    """Fit every part of the course's system in order.

    Training studies reach a later part with the output of a network that never saw their patient: of k folds, or,
    where it takes a part with `stack="validation"`, it is fitted on the studies that validated that part, alone.
    """
    whole = Taught(train=_only(cohort, split.train), validation=_only(cohort, split.validation))
    taught: dict[str, Taught] = {}
    earlier: Earlier = {}
    for part in course.system.parts:
        mine = _taught(part, taught, whole)
        lesson = Lesson(
            key=part.name,
            part=part,
            train=mine.train,
            validation=mine.validation,
            earlier=earlier,
            start=part.start_from if part.start_from in _names(course.system) else None,
        )
        course.fitted(lesson)
        if part.name in stacked(course.system):
            told = _told(course, lesson, cohort)
            taught[part.name] = _onwards(part, mine, told)
            earlier = _joined(earlier, told)


def keys(system: System) -> list[str]:
    """Return the keys of the parts that predicting needs, without the folds."""
    return [part.name for part in system.parts]


def stacked(system: System) -> set[str]:
    """Return the parts whose output a later part takes."""
    later = {name for part in system.parts for name in part.takes}
    return later & _names(system)


def _taught(part: Part, taught: Mapping[str, Taught], whole: Taught) -> Taught:
    """Return the studies that `part` is fitted on: the fewest that the parts it takes leave to it."""
    return min((taught[name] for name in part.takes if name in taught), key=lambda t: len(t.train), default=whole)


def _onwards(part: Part, mine: Taught, told: Earlier) -> Taught:
    """Return the studies on which a part that takes `part` can learn: those that it was told of.

    With `stack="validation"` no others are left to validate it.
    """
    if part.stack == "validation":
        return Taught(train=mine.validation, validation=())
    return replace(mine, train=tuple(s for s in mine.train if s.name in told))


def _joined(earlier: Earlier, told: Earlier) -> dict[str, Outputs]:
    return {name: {**earlier.get(name, {}), **told.get(name, {})} for name in {**earlier, **told}}


def _told(course: Course, lesson: Lesson, cohort: Cohort) -> dict[str, Outputs]:
    """Return what the lesson's part says of its validation studies and, out of fold, of its training studies."""
    part = lesson.part
    whole = course.load(lesson.key, part)
    told = dict(course.outputs(whole, lesson.validation, lesson.earlier))
    if part.stack == "validation":
        return told
    for number, held in enumerate(folds(cohort, lesson.train, k=part.stack, seed=course.options.seed)):
        fold = _fold(course, lesson, held, number=number, k=part.stack)
        studies = [s for s in lesson.train if s.patient in held]
        told |= course.outputs(course.fitted(fold), studies, lesson.earlier)
    return told


def _fold(course: Course, lesson: Lesson, held: frozenset[str], *, number: int, k: int) -> Lesson:
    """Return the lesson of one fold: all but what shows the patients `held`, and a start that has not seen these."""
    suffix = f"/fold-{number}-of-{k}"
    start = None
    if lesson.start:
        parent = next(p for p in course.system.parts if p.name == lesson.start)
        above = replace(lesson, key=parent.name, part=parent, start=_start(parent, course.system))
        start = parent.name + suffix
        course.fitted(_fold(course, above, held, number=number, k=k))
    train = [s for s in lesson.train if held.isdisjoint(derived.sources(s))]
    return replace(lesson, key=lesson.key + suffix, train=train, start=start)


def _start(part: Part, system: System) -> str | None:
    return part.start_from if part.start_from in _names(system) else None


def folds(cohort: Cohort, train: Sequence[Study], *, k: int, seed: int) -> list[frozenset[str]]:
    """Return the patients of each of `k` folds of the training patients (fewer where there are fewer of them).

    A patient of derived studies alone is in none: what was made of many is no patient to be told of out of fold.
    """
    only = derived.taken(cohort.only({s.name for s in train}))
    count = min(k, len({s.patient for s in only.studies}))
    patient = {s.name: s.patient for s in only.studies}
    return [frozenset(patient[name] for name in fold.test) for fold in splits.folds(only, f"kfold:{count}", seed=seed)]


def _only(cohort: Cohort, names: frozenset[str]) -> tuple[Study, ...]:
    return tuple(s for s in cohort.studies if s.name in names)


def _names(system: System) -> set[str]:
    return {part.name for part in system.parts}
