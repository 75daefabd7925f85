"""Two systems judged on the same patients: the difference, its interval, and a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from osteon.errors import RequestError
from osteon.metrics import bootstrap
from osteon.metrics.bootstrap import Statistic
from osteon.metrics.delong import paired_test
from osteon.metrics.mcnemar import mcnemar
from osteon.metrics.roc import auc_statistic
from osteon.metrics.scoring import LEVEL, Context, count_patients


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A paired difference, never without its interval.

    Attributes:
        metric: Name, as in `catalogue`.
        first, second: The two values.
        difference, low, high: First less second, and its interval at 95 %.
        p: Two-sided; nan where nothing can be tested.
        method: How interval and p were made.
        n, patients: Rows, and patients among them.
        note: What a reader must know.

    """

    metric: str
    first: float
    second: float
    difference: float
    low: float
    high: float
    p: float
    method: str
    n: int
    patients: int
    note: str = ""


def classification(
    truth: np.ndarray,
    systems: tuple[np.ndarray, np.ndarray],
    *,
    classes: Sequence[str],
    patients: Sequence[str] | np.ndarray,
    context: Context,
    positive: str | None = None,
) -> list[Comparison]:
    """Return accuracy and areas of two classifiers on the same rows, compared.

    With one row a patient the areas are compared by DeLong's paired test and accuracy by McNemar's exact test,
    its interval from the bootstrap; else both from the paired patient-clustered bootstrap, as the mean area of more
    than two classes always is.

    Args:
        truth: Class number of each row, (rows,).
        systems: Probabilities of the first and of the second, (rows, classes) each.
        classes: Their names, in order.
        patients: Of each row, (rows,).
        context: Where the rows come from; its `seed` draws the resamples.
        positive: Which of two classes; the last unless said. Of more than two each is compared.

    Raises:
        RequestError: The two do not cover the same rows and classes, or the positive class is unknown.

    """
    truth, owners = np.asarray(truth), np.asarray(patients)
    first, second = (np.asarray(p, float) for p in systems)
    if not first.shape == second.shape == (truth.size, len(classes)) or owners.shape != truth.shape:
        msg = (
            f"Two systems are compared on the same rows; got probabilities of {first.shape} and {second.shape} for "
            f"{truth.size} rows, {owners.size} patients and {len(classes)} classes. Predict the same split with both."
        )
        raise RequestError(msg)
    single = count_patients(owners) == owners.size
    right = tuple((p.argmax(axis=1) == truth) for p in (first, second))
    found = [
        _bootstrapped("accuracy", *(bootstrap.mean(r.astype(float)) for r in right), owners=owners, context=context)
    ]
    if single:
        found = [_with_mcnemar(found[0], *right)]
    for k in _shown(classes, positive):
        name = "auc" if len(classes) == 2 else f"auc[{classes[k]}]"
        of_class = (truth == k, first[:, k], second[:, k])
        found.append(_areas(name, *of_class, owners=owners, context=context))
    if len(classes) > 2:
        macro = (_macro(truth, odds) for odds in (first, second))
        found.append(_bootstrapped("auc_macro", *macro, owners=owners, context=context))
    return found


def _macro(truth: np.ndarray, odds: np.ndarray) -> Statistic:
    """Return the mean of the classes' areas, each against the rest, as a statistic."""
    areas = [auc_statistic(truth == k, of_class) for k, of_class in enumerate(odds.T)]
    return lambda weights: np.mean([area(weights) for area in areas], axis=0)


def values(
    metric: str, *, first: np.ndarray, second: np.ndarray, patients: Sequence[str], context: Context
) -> Comparison:
    """Return the mean of a case-wise figure (Dice, Hausdorff 95 ...) of two systems, compared case by case.

    Args:
        metric: Name, as in `catalogue`.
        first: The first system's value of each case, (cases,); a case where either is nan is left out of both.
        second: The second's, in the same order.
        patients: Of each case.
        context: Where the cases come from; its `seed` draws the resamples.

    Raises:
        RequestError: There is no case, or not one value and patient a case.

    """
    owners = np.asarray(patients)
    shapes = [np.shape(v) for v in (first, second, owners)]
    both = np.array([first, second], float).T if shapes[0] == shapes[1] else np.empty((0, 2))
    kept = np.isfinite(both).all(axis=1)
    if owners.shape != kept.shape or not kept.any():
        msg = (
            f"A comparison needs cases that both systems have a value for, and a patient each; got shapes {shapes} "
            f"and {int(kept.sum())} such cases. Predict the same split with both."
        )
        raise RequestError(msg)
    means = [bootstrap.mean(column) for column in both[kept].T]
    lost = int((~kept).sum())
    note = f"{lost} of {kept.size} cases have no value and were left out" if lost else ""
    return _bootstrapped(metric, means[0], means[1], owners=owners[kept], context=context, note=note)


def _shown(classes: Sequence[str], positive: str | None) -> tuple[int, ...]:
    """Return the numbers of the classes that are compared."""
    if positive is not None and positive not in classes:
        msg = f"The positive class {positive!r} is none of {', '.join(classes)}."
        raise RequestError(msg)
    if len(classes) > 2:
        return tuple(range(len(classes)))
    return (list(classes).index(positive) if positive else 1,)


def _areas(
    metric: str, truth: np.ndarray, first: np.ndarray, second: np.ndarray, *, owners: np.ndarray, context: Context
) -> Comparison:
    """Return two areas on the same rows, compared by DeLong's test where it holds."""
    statistics = auc_statistic(truth, first), auc_statistic(truth, second)
    if count_patients(owners) < owners.size:
        return _bootstrapped(metric, *statistics, owners=owners, context=context)
    tested = paired_test(truth, first, second)
    one = np.ones((truth.size, 1))
    return Comparison(
        metric=metric,
        first=float(statistics[0](one)[0]),
        second=float(statistics[1](one)[0]),
        difference=tested.value,
        low=tested.low,
        high=tested.high,
        p=tested.p,
        method="delong paired",
        n=truth.size,
        patients=truth.size,
    )


def _bootstrapped(
    metric: str, first: Statistic, second: Statistic, *, owners: np.ndarray, context: Context, note: str = ""
) -> Comparison:
    """Return the paired difference of two statistics; both see the same draws."""

    def both(weights: np.ndarray) -> np.ndarray:
        return np.stack([first(weights), second(weights)])

    of_first, of_second = (float(v) for v in both(np.ones((owners.size, 1)))[:, 0])
    draws = bootstrap.resample(both, owners, rng=np.random.default_rng(context.seed))
    gaps = draws[0] - draws[1]
    found = bootstrap.percentile(gaps, level=LEVEL)
    lost = (
        f"{found.degenerate} of {found.resamples} resamples had no value and were left out" if found.degenerate else ""
    )
    return Comparison(
        metric=metric,
        first=of_first,
        second=of_second,
        difference=of_first - of_second,
        low=found.low,
        high=found.high,
        p=_p_value(gaps),
        method="paired patient bootstrap",
        n=owners.size,
        patients=count_patients(owners),
        note="; ".join(part for part in (note, lost) if part),
    )


def _p_value(gaps: np.ndarray) -> float:
    """Return the two-sided share of resamples on the far side of 0, never below what their number can show."""
    gaps = gaps[np.isfinite(gaps)]
    if not gaps.size:
        return float("nan")
    tail = min((gaps <= 0).sum(), (gaps >= 0).sum())
    return float(min(1.0, 2.0 * (tail + 1) / (gaps.size + 1)))


def _with_mcnemar(found: Comparison, first_right: np.ndarray, second_right: np.ndarray) -> Comparison:
    """Return the comparison with McNemar's exact p in place of the bootstrap's."""
    test = mcnemar(first_right, second_right)
    note = f"only the first right: {test.only_first}, only the second: {test.only_second}"
    return replace(found, p=test.p, method="mcnemar exact; interval: paired patient bootstrap", note=note)
