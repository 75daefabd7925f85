"""A reader study: people against the truth, against a model, with and without its help, and among themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from osteon.errors import RequestError
from osteon.metrics import bootstrap, compare
from osteon.metrics.compare import Comparison
from osteon.metrics.kappa import Weighting, cohen_statistic, fleiss_statistic
from osteon.metrics.proportion import clopper_pearson
from osteon.metrics.scoring import LEVEL, Context, Figure, count_patients, scores
from osteon.types import Score

NOT_READ = -1


@dataclass(frozen=True, kw_only=True, eq=False)
class Readings:
    """What readers said of cases, all arrays in the order of the cases.

    Attributes:
        readers: Their names.
        answers: Class number, (readers, cases); `NOT_READ` where a reader did not see the case.
        truth: Class number of each case, (cases,).
        patients: Of each case, (cases,).
        classes: Their names, in order.
        assisted: Like `answers`, with the model's help; None where no one had it.
        model: The model's probabilities, (cases, classes); None without one.
        positive: Which of two classes; the last unless said.

    """

    readers: tuple[str, ...]
    answers: np.ndarray
    truth: np.ndarray
    patients: np.ndarray
    classes: tuple[str, ...]
    assisted: np.ndarray | None = None
    model: np.ndarray | None = None
    positive: str | None = None

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit each other."""
        cases = np.size(self.truth)
        wanted = (len(self.readers), cases)
        fits = [a.shape == wanted for a in (self.answers, self.assisted) if a is not None]
        fits += [np.shape(self.patients) == (cases,), cases > 0, len(self.readers) > 0]
        fits += [self.model is None or self.model.shape == (cases, len(self.classes))]
        fits += [self.positive is None or self.positive in self.classes]
        if not all(fits):
            msg = (
                f"Readings do not fit: {len(self.readers)} readers, {cases} cases, answers of {self.answers.shape}, "
                f"{len(self.classes)} classes. Give an answer for each reader and case, {NOT_READ} where there is none."
            )
            raise RequestError(msg)


@dataclass(frozen=True, kw_only=True)
class Versus:
    """A comparison and whom it is about: "A against the model", "A with against without help"."""

    who: str
    comparison: Comparison


def each(readings: Readings, *, context: Context) -> list[Score]:
    """Return accuracy, sensitivity and specificity of every reader in each condition, and of the model."""
    found: list[Score] = []
    for who, answers in _answered(readings):
        seen = answers != NOT_READ
        if seen.any():
            found += _figures(answers[seen], readings, seen=seen, context=replace(context, task=who))
    return found


def against_model(readings: Readings, *, context: Context) -> list[Versus]:
    """Return each unaided reader's accuracy less the model's, on the cases that the reader saw.

    With one case a patient p is McNemar's exact one; the interval is from the paired patient bootstrap.

    Raises:
        RequestError: There is no model.

    """
    if readings.model is None:
        msg = "There is no model to set the readers against; give the predictions of a run."
        raise RequestError(msg)
    model = readings.model.argmax(axis=1)
    return [
        Versus(who=f"{name} against the model", comparison=_compared(answers, model, readings, context=context))
        for name, answers in zip(readings.readers, readings.answers, strict=True)
        if (answers != NOT_READ).any()
    ]


def with_help(readings: Readings, *, context: Context) -> list[Versus]:
    """Return each reader's accuracy with the model's help less without, and last the mean over the readers.

    The mean's interval holds for these readers: patients are resampled, readers are not.

    Raises:
        RequestError: No one was helped.

    """
    if readings.assisted is None:
        msg = "No reading is marked as assisted, so there is nothing to compare; add the column `assisted`."
        raise RequestError(msg)
    both = [
        (readings.readers[i], readings.answers[i], readings.assisted[i]) for i in np.flatnonzero(both_ways(readings))
    ]
    if not both:
        msg = "No reader read a case both with and without help; the two conditions need cases in common."
        raise RequestError(msg)
    found = [
        Versus(who=f"{name} with against without help", comparison=_compared(helped, alone, readings, context=context))
        for name, alone, helped in both
    ]
    alone, helped = (np.stack([row[i] for row in both]) for i in (1, 2))
    gap = _mean_right(helped, alone, readings), _mean_right(alone, helped, readings)
    seen = np.isfinite(gap[0])
    mean = compare.values(
        "accuracy",
        first=gap[0][seen],
        second=gap[1][seen],
        patients=np.asarray(readings.patients)[seen],
        context=context,
    )
    note = f"mean of {len(both)} readers, who count as fixed"
    return [*found, Versus(who="all readers with against without help", comparison=replace(mean, note=note))]


def both_ways(readings: Readings) -> np.ndarray:
    """Return which readers read a case both with and without help, bool (readers,)."""
    if readings.assisted is None:
        return np.zeros(len(readings.readers), bool)
    return ((readings.answers != NOT_READ) & (readings.assisted != NOT_READ)).any(axis=1)


def agreement(readings: Readings, *, context: Context, weighting: Weighting = "none") -> list[Score]:
    """Return kappa of each reader with truth and model, of each pair, and of all together (Fleiss), by condition.

    Args:
        readings: The readings.
        context: Where they come from.
        weighting: Of Cohen's kappa, for classes with an order.

    """
    metric = "kappa" if weighting == "none" else f"kappa_{weighting}"
    found: list[Score] = []
    for who, answers in _answered(readings):
        task = f"{who} and the truth"
        found += _kappa(metric, answers, readings.truth, readings, context=replace(context, task=task))
    if readings.model is not None:
        model = readings.model.argmax(axis=1)
        for who, answers in _everyone(readings):
            task = f"{who} and the model"
            found += _kappa(metric, answers, model, readings, context=replace(context, task=task))
    for condition, answers in _conditions(readings):
        for one, other in combinations(range(len(readings.readers)), 2):
            task = f"{readings.readers[one]} and {readings.readers[other]}{condition}"
            found += _kappa(metric, answers[one], answers[other], readings, context=replace(context, task=task))
        found += _together(answers, readings, context=replace(context, task=f"all readers{condition}"))
    return found


def _together(answers: np.ndarray, readings: Readings, *, context: Context) -> list[Score]:
    """Return Fleiss's kappa on the cases that all readers saw."""
    seen = (answers != NOT_READ).all(axis=0)
    if len(answers) < 2 or not seen.any():
        return []
    owners = np.asarray(readings.patients)[seen]
    statistic = fleiss_statistic(answers[:, seen].T, classes=len(readings.classes))
    return _scored("fleiss_kappa", statistic, owners=owners, context=context)


def _kappa(metric: str, first: np.ndarray, second: np.ndarray, readings: Readings, *, context: Context) -> list[Score]:
    seen = (first != NOT_READ) & (second != NOT_READ)
    if not seen.any():
        return []
    kind: dict[str, Weighting] = {"kappa": "none", "kappa_linear": "linear", "kappa_quadratic": "quadratic"}
    statistic = cohen_statistic(first[seen], second[seen], classes=len(readings.classes), weighting=kind[metric])
    return _scored(metric, statistic, owners=np.asarray(readings.patients)[seen], context=context)


def _scored(metric: str, statistic: bootstrap.Statistic, *, owners: np.ndarray, context: Context) -> list[Score]:
    figure = Figure(metric=metric, n=owners.size, patients=count_patients(owners))
    return scores([figure], lambda weights: statistic(weights)[None], patients=owners, context=context)


def _figures(answers: np.ndarray, readings: Readings, *, seen: np.ndarray, context: Context) -> list[Score]:
    """Return the scores of one reader in one condition."""
    truth, owners = np.asarray(readings.truth)[seen], np.asarray(readings.patients)[seen]
    rows: dict[str, np.ndarray] = {"accuracy": (answers == truth).astype(float)}
    for k in _positives(readings):
        mark = f"[{readings.classes[k]}]" if len(readings.classes) > 2 else ""
        called = (answers == k).astype(float)
        rows[f"sensitivity{mark}"] = np.where(truth == k, called, np.nan)
        rows[f"specificity{mark}"] = np.where(truth != k, 1.0 - called, np.nan)
    single = count_patients(owners) == owners.size
    figures = [_figure(metric, values, owners, single=single) for metric, values in rows.items()]
    return scores(figures, bootstrap.mean(np.stack(list(rows.values()))), patients=owners, context=context)


def _figure(metric: str, values: np.ndarray, owners: np.ndarray, *, single: bool) -> Figure:
    known = np.isfinite(values)
    n, right = int(known.sum()), int(np.nansum(values))
    exact = (*clopper_pearson(right, n, level=LEVEL), "clopper-pearson") if single and n else None
    return Figure(metric=metric, n=n, patients=count_patients(owners, known), events=right, exact=exact)


def _compared(first: np.ndarray, second: np.ndarray, readings: Readings, *, context: Context) -> Comparison:
    """Return the accuracy of `first` less that of `second` on the cases both answered."""
    seen = (first != NOT_READ) & (second != NOT_READ)
    eye = np.eye(len(readings.classes))
    found = compare.classification(
        np.asarray(readings.truth)[seen],
        (eye[first[seen]], eye[second[seen]]),
        classes=readings.classes,
        patients=np.asarray(readings.patients)[seen],
        context=context,
    )
    return found[0]


def _mean_right(of: np.ndarray, other: np.ndarray, readings: Readings) -> np.ndarray:
    """Return the share of readers who had each case right, (cases,), of those who read it in both conditions."""
    seen = (of != NOT_READ) & (other != NOT_READ)
    right = ((of == np.asarray(readings.truth)) & seen).sum(axis=0)
    count = seen.sum(axis=0)
    return np.divide(right, count, out=np.full(count.shape, np.nan), where=count > 0)


def _everyone(readings: Readings) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the word for each reader in each condition, and the answers."""
    for condition, answers in _conditions(readings):
        for name, row in zip(readings.readers, answers, strict=True):
            yield f"{name}{condition}", row


def _conditions(readings: Readings) -> Iterator[tuple[str, np.ndarray]]:
    yield "", readings.answers
    if readings.assisted is not None:
        yield ", assisted", readings.assisted


def _answered(readings: Readings) -> Iterator[tuple[str, np.ndarray]]:
    """Yield like `_everyone`, and last the model."""
    yield from _everyone(readings)
    if readings.model is not None:
        yield "the model", readings.model.argmax(axis=1)


def _positives(readings: Readings) -> Sequence[int]:
    if len(readings.classes) > 2:
        return range(len(readings.classes))
    return (readings.classes.index(readings.positive) if readings.positive else 1,)
