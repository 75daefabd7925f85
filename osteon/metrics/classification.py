"""Scores of a classifier: everything that is said of truth and probabilities, each with its interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from osteon.errors import RequestError
from osteon.metrics import bootstrap, calibration, confusion, delong
from osteon.metrics.bootstrap import Statistic
from osteon.metrics.precision_recall import average_precision_statistic
from osteon.metrics.proportion import clopper_pearson
from osteon.metrics.roc import auc_statistic
from osteon.metrics.scoring import Context, Figure, count_patients, scores
from osteon.types import Score

_PER_CLASS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sensitivity": confusion.sensitivity,
    "specificity": confusion.specificity,
    "precision": confusion.precision,
    "f1": confusion.f1,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """What a classifier said of each row.

    Attributes:
        truth, predicted: Class number, (rows,); predicted is the most probable.
        probabilities: (rows, classes).
        patients: (rows,).
        classes: Their names.
        shown: Numbers of the classes that have figures of their own: the positive one of two, or all.

    """

    truth: np.ndarray
    predicted: np.ndarray
    probabilities: np.ndarray
    patients: np.ndarray
    classes: tuple[str, ...]
    shown: tuple[int, ...]

    @property
    def single(self) -> bool:
        """Whether each patient has one row, so that exact intervals hold."""
        return count_patients(self.patients) == self.patients.size

    def named(self, metric: str, k: int) -> str:
        """Return `metric`, with the class in brackets where several classes are shown."""
        return metric if len(self.shown) == 1 else f"{metric}[{self.classes[k]}]"


def classification(
    truth: np.ndarray,
    probabilities: np.ndarray,
    *,
    classes: Sequence[str],
    patients: Sequence[str] | np.ndarray,
    context: Context,
    positive: str | None = None,
) -> list[Score]:
    """Return the scores of a classifier.

    With one row a patient, proportions get the interval of Clopper and Pearson and areas DeLong's; everything
    else, and everything where a patient has several rows, gets the patient-clustered bootstrap. Each score's
    `method` says which.

    Args:
        truth: Class number of each row, (rows,).
        probabilities: (rows, classes).
        classes: Their names, in order.
        patients: Of each row, (rows,).
        context: Where the rows come from.
        positive: Which of two classes sensitivity is about; the last unless said. Of more than two classes each has
            figures of its own, one versus rest, named "auc[malignant]", and this is not needed.

    Raises:
        RequestError: Arrays that do not fit each other, no row, or an unknown positive class.

    """
    rows = _rows(truth, probabilities, classes=tuple(classes), patients=np.asarray(patients), positive=positive)
    figures, parts = [], []
    for block in (_counted, _ranked, _calibrated):
        named, statistic = block(rows)
        figures += named
        parts.append(statistic)
    return scores(
        figures,
        lambda weights: np.vstack([np.atleast_2d(part(weights)) for part in parts]),
        patients=rows.patients,
        context=context,
    )


def _rows(
    truth: np.ndarray,
    probabilities: np.ndarray,
    *,
    classes: tuple[str, ...],
    patients: np.ndarray,
    positive: str | None,
) -> Rows:
    """Return the rows, checked."""
    truth, probabilities = np.asarray(truth), np.asarray(probabilities, float)
    fits = truth.ndim == 1 and truth.size and patients.shape == truth.shape
    if not fits or probabilities.shape != (truth.size, len(classes)) or len(classes) < 2:
        msg = (
            f"Scores of a classifier need truth (rows,), probabilities (rows, classes) and a patient a row; got "
            f"{truth.shape}, {probabilities.shape}, {patients.shape} and {len(classes)} classes."
        )
        raise RequestError(msg)
    if not np.isfinite(probabilities).all() or truth.min() < 0 or truth.max() >= len(classes):
        msg = f"Probabilities must be numbers and true classes 0 to {len(classes) - 1}; look at outputs and labels."
        raise RequestError(msg)
    if positive is not None and positive not in classes:
        msg = f"The positive class {positive!r} is none of {', '.join(classes)}."
        raise RequestError(msg)
    shown = (classes.index(positive) if positive else 1,) if len(classes) == 2 else tuple(range(len(classes)))
    predicted = probabilities.argmax(axis=1)
    return Rows(
        truth=truth, predicted=predicted, probabilities=probabilities, patients=patients, classes=classes, shown=shown
    )


def _figure(rows: Rows, metric: str, k: int | None, *, exact: tuple[float, float, str] | None = None) -> Figure:
    """Return a figure over all rows; perfect, it is as sure as the patients of the rarest class are many."""
    of_class = [count_patients(rows.patients, rows.truth == c) for c in range(len(rows.classes))]
    return Figure(
        metric=metric if k is None else rows.named(metric, k),
        n=rows.truth.size,
        patients=count_patients(rows.patients),
        events=_events(rows, k),
        exact=exact,
        perfect_of=min(n for n in of_class if n),
    )


def _events(rows: Rows, k: int | None) -> int | None:
    """Return the rows of class `k`, or of the positive one of two; None for a figure of many classes."""
    if k is None and len(rows.shown) > 1:
        return None
    return int((rows.truth == (rows.shown[0] if k is None else k)).sum())


def _proportion(rows: Rows, metric: str, *, k: int | None, among: np.ndarray, right: np.ndarray) -> Figure:
    """Return a figure that is the share of `right` rows among some; exact with one row a patient."""
    n, hits = int(among.sum()), int((among & right).sum())
    patients = count_patients(rows.patients, among)
    return Figure(
        metric=metric if k is None else rows.named(metric, k),
        n=n,
        patients=patients,
        events=_events(rows, k),
        exact=(*clopper_pearson(hits, n), "clopper-pearson") if rows.single and n else None,
        perfect_of=patients,
    )


def _counted(rows: Rows) -> tuple[list[Figure], Statistic]:
    """Return the figures that come from the confusion matrix."""
    everyone = np.ones(rows.truth.size, bool)
    figures = [
        _proportion(rows, "accuracy", k=None, among=everyone, right=rows.truth == rows.predicted),
        _figure(rows, "balanced_accuracy", None),
    ]
    for k in rows.shown:
        is_it, called = rows.truth == k, rows.predicted == k
        figures.append(_proportion(rows, "sensitivity", k=k, among=is_it, right=called))
        figures.append(_proportion(rows, "specificity", k=k, among=~is_it, right=~called))
        figures.append(_proportion(rows, "precision", k=k, among=called, right=is_it))
        figures.append(_figure(rows, "f1", k))
    several = len(rows.shown) > 1
    figures += [_figure(rows, "f1_macro", None)] if several else []

    def statistic(weights: np.ndarray) -> np.ndarray:
        counts = confusion.matrix(rows.truth, rows.predicted, classes=len(rows.classes), weights=weights)
        of_class = [metric(counts) for metric in _PER_CLASS.values()]
        values = [confusion.accuracy(counts), confusion.balanced_accuracy(counts)]
        values += [figure[k] for k in rows.shown for figure in of_class]
        values += [confusion.f1(counts).mean(axis=0)] if several else []
        return np.stack(values)

    return figures, statistic


def _ranked(rows: Rows) -> tuple[list[Figure], Statistic]:
    """Return the figures that come from the order of the probabilities."""
    figures, areas, precisions = [], [], []
    for k in rows.shown:
        is_it, scored = rows.truth == k, rows.probabilities[:, k]
        areas.append(auc_statistic(is_it, scored))
        precisions.append(average_precision_statistic(is_it, scored))
        _, low, high = delong.interval(is_it, scored)
        exact = (low, high, "delong") if rows.single and np.isfinite(low) else None
        figures.append(_figure(rows, "auc", k, exact=exact))
    figures += [_figure(rows, "average_precision", k) for k in rows.shown]
    several = len(rows.shown) > 1
    figures += [_figure(rows, "auc_macro", None)] if several else []

    def statistic(weights: np.ndarray) -> np.ndarray:
        of_class = np.stack([area(weights) for area in areas])
        mean = [of_class.mean(axis=0)] if several else []
        return np.vstack([of_class, *(precision(weights) for precision in precisions), *mean])

    return figures, statistic


def _calibrated(rows: Rows) -> tuple[list[Figure], Statistic]:
    """Return Brier score and calibration error: of the positive one of two classes, or of the most probable."""
    squared = bootstrap.mean(calibration.brier(rows.truth, rows.probabilities))
    two, k = len(rows.shown) == 1, rows.shown[0]
    outcome = rows.truth == (k if two else rows.predicted)
    believed = rows.probabilities[:, k] if two else rows.probabilities.max(axis=1)
    error = calibration.calibration_error_statistic(outcome, believed)
    figures = [_figure(rows, "brier", None), _figure(rows, "ece", None)]
    return figures, lambda weights: np.stack([squared(weights), error(weights)])
