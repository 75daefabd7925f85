"""From arrays to `Score` records with intervals: what the engine calls, one function a kind of task.

The unit of every interval is the patient; each score's `method` says how its interval was made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from osteon.errors import RequestError
from osteon.metrics import agreement, bootstrap
from osteon.metrics.bootstrap import Statistic
from osteon.metrics.classification import classification
from osteon.metrics.concordance import concordance_statistic
from osteon.metrics.lesions import FALSE_MARKS, Marks, froc_statistic
from osteon.metrics.masks import MaskCase
from osteon.metrics.proportion import clopper_pearson
from osteon.metrics.scoring import Context, Figure, count_patients, scores
from osteon.types import Score

__all__ = ["Context", "classification", "detection", "regression", "segmentation", "survival"]

_AGREEMENT = ("mae", "bias", "limit_lower", "limit_upper", "pearson", "spearman", "icc")


def segmentation(cases: Sequence[MaskCase], *, context: Context) -> list[Score]:
    """Return the scores of masks: means over the cases, and how tumour and empty cases fared.

    Overlap is averaged over the cases whose truth is not empty: a missed tumour counts 0. Distances are
    averaged over the cases where both masks have a surface, and the note says how many have not. Cases with an
    empty truth are judged by the share that is marked at all.

    Args:
        cases: From `masks.measure`.
        context: Where they come from.

    Raises:
        RequestError: There is no case, or some have millimetres and some have not.

    """
    patients = np.array([case.patient for case in cases])
    units = {(case.unit, case.size_unit) for case in cases}
    if len(units) > 1:
        msg = "Some cases state a spacing and some do not, or volumes and films are mixed; score them separately."
        raise RequestError(msg)
    filled = np.array([case.overlap.truth > 0 for case in cases], bool)
    columns = {
        name: np.where(filled, [getattr(case.overlap, name) for case in cases], np.nan)
        for name in ("dice", "iou", "hammoude", "voxel_sensitivity", "volume_error")
    }
    if cases and cases[0].size_unit == "ml":
        columns["slice_dice"] = np.where(filled, [case.slice_dice for case in cases], np.nan)
    for name in ("hausdorff95", "surface_distance"):
        columns |= {f"{name}_{case.unit}": np.array([getattr(c, name) for c in cases]) for case in cases[:1]}
    marked = np.array([case.overlap.predicted > 0 for case in cases], float)
    columns["found"] = np.where(filled, marked, np.nan)
    columns["marked_when_empty"] = np.where(filled, np.nan, marked)
    figures = [_mean_figure(name, values, patients=patients, filled=filled) for name, values in columns.items()]
    figures.append(replace(figures[0], metric="dice_median"))
    means, median = bootstrap.mean(np.stack([*columns.values()])), bootstrap.median(columns["dice"])
    found = scores(figures, lambda w: np.concatenate([means(w), median(w)]), patients=patients, context=context)
    return found + _sizes(cases, filled, context=context)


def detection(
    images: Sequence[Marks], *, patients: Sequence[str], context: Context, threshold: float = 0.5
) -> list[Score]:
    """Return the scores of marks: lesions found and false marks at `threshold`, and the FROC curve.

    Args:
        images: From `lesions.match_boxes` or `lesions.match_masks`.
        patients: Of each image.
        context: Where they come from.
        threshold: From which score on a mark is made.

    """
    owners = np.asarray(patients)
    lesions = np.array([image.lesions.size for image in images], float)
    found = np.array([(image.lesions >= threshold).sum() for image in images], float)
    false = np.array([(image.false >= threshold).sum() for image in images], float)
    total, having = int(lesions.sum()), count_patients(owners, lesions > 0)
    names = ["lesion_sensitivity", "false_marks", *(f"froc_sensitivity[{at:g}]" for at in FALSE_MARKS), "froc"]
    at = f"marks scored {threshold:g} or more"
    figures = [
        Figure(metric=name, n=len(images), patients=count_patients(owners), note=at)
        if name == "false_marks"
        else Figure(
            metric=name, n=total, patients=having, events=total, perfect_of=having, note=at if name == names[0] else ""
        )
        for name in names
    ]
    curve = froc_statistic(images)

    def statistic(weights: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            rate = (found @ weights) / (lesions @ weights)
        return np.vstack([rate, (false @ weights) / weights.sum(axis=0), curve(weights)])

    return scores(figures, statistic, patients=owners, context=context)


def survival(
    risk: np.ndarray, *, days: np.ndarray, event: np.ndarray, patients: Sequence[str], context: Context
) -> list[Score]:
    """Return Harrell's concordance of `risk` (rows,), higher is worse.

    Args:
        risk: (rows,).
        days: To the event or to censoring, (rows,).
        event: Whether it happened, (rows,).
        patients: Of each row.
        context: Where they come from.

    """
    owners = np.asarray(patients)
    happened = int(np.asarray(event, bool).sum())
    figure = Figure(
        metric="concordance", n=owners.size, patients=count_patients(owners), events=happened, perfect_of=happened
    )
    statistic = concordance_statistic(risk, days, event)
    return scores([figure], lambda weights: statistic(weights)[None], patients=owners, context=context)


def regression(
    truth: np.ndarray, predicted: np.ndarray, *, patients: Sequence[str], context: Context, quantity: str = ""
) -> list[Score]:
    """Return error, agreement and correlation of a quantity.

    Args:
        truth: (rows,).
        predicted: (rows,), in the unit of the truth.
        patients: Of each row.
        context: Where they come from.
        quantity: Name with its unit ("volume ml"), put in brackets behind each metric; none when empty.

    """
    owners, bracket = np.asarray(patients), f"[{quantity}]" if quantity else ""
    figures = [Figure(metric=name + bracket, n=owners.size, patients=count_patients(owners)) for name in _AGREEMENT]
    statistic = _agreement(np.asarray(truth, float), np.asarray(predicted, float))
    return scores(figures, statistic, patients=owners, context=context)


def _agreement(truth: np.ndarray, predicted: np.ndarray) -> Statistic:
    """Return the statistic of the figures of `_AGREEMENT`."""

    def figures(rows: np.ndarray) -> np.ndarray:
        a, b = predicted[rows], truth[rows]
        limits = agreement.bland_altman(a, b)
        correlations = agreement.pearson(a, b), agreement.spearman(a, b), agreement.intraclass(np.stack([a, b], axis=1))
        return np.array([np.abs(a - b).mean(), limits.bias, limits.lower, limits.upper, *correlations])

    return bootstrap.repeated(figures)


def _mean_figure(metric: str, values: np.ndarray, *, patients: np.ndarray, filled: np.ndarray) -> Figure:
    """Return the figure of a mean over the cases that have a value."""
    known = np.isfinite(values)
    n, owners = int(known.sum()), count_patients(patients, known)
    lost = int((filled & ~known).sum())
    share = metric in ("found", "marked_when_empty")
    exact = (*clopper_pearson(int(values[known].sum()), n), "clopper-pearson") if share and n and n == owners else None
    left_out = f"{lost} of {int(filled.sum())} cases with a tumour were left out: nothing was predicted"
    note = left_out if lost and metric != "marked_when_empty" else ""
    return Figure(metric=metric, n=n, patients=owners, exact=exact, perfect_of=owners if share else None, note=note)


def _sizes(cases: Sequence[MaskCase], filled: np.ndarray, *, context: Context) -> list[Score]:
    """Return the agreement of sizes over the cases whose truth is not empty; none of fewer than three."""
    kept = [case for case, full in zip(cases, filled, strict=True) if full]
    if len(kept) < 3:
        return []
    truth, predicted = (np.array([_size(case, side) for case in kept]) for side in _SIDES)
    unit = kept[0].size_unit
    name = f"{'volume' if unit == 'ml' else 'area'} {unit}"
    owners = [case.patient for case in kept]
    return regression(truth, predicted, patients=owners, context=context, quantity=name)


_SIDES: tuple[Callable[[MaskCase], int], ...] = (lambda case: case.overlap.truth, lambda case: case.overlap.predicted)


def _size(case: MaskCase, side: Callable[[MaskCase], int]) -> float:
    """Return the size of one mask of a case in its unit."""
    return side(case) * case.voxel_size
