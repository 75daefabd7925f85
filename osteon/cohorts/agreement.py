"""Do annotators agree: the same studies labelled and outlined by several people, each in a cohort of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from osteon.errors import GeometryError, RequestError
from osteon.metrics import masks, scores
from osteon.metrics.bootstrap import Statistic
from osteon.metrics.kappa import Weighting, cohen_statistic, fleiss_statistic
from osteon.metrics.masks import MaskCase
from osteon.metrics.scoring import Context, Figure, count_patients
from osteon.metrics.scoring import scores as intervals
from osteon.types import Cohort, Score, Study

MOST_WORDS = 20
"""A label column of more words than this is a description; no kappa is made of it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Shared:
    """A study as several annotators have it, in the order of the annotators."""

    patient: str
    studies: tuple[Study, ...]


def agreement(annotated: Mapping[str, Cohort], *, weighting: Weighting = "none") -> list[Score]:
    """Return how far annotators agree on the studies they share.

    Of every label column Cohen's kappa of each pair, and Fleiss's of all where there are more than two; of every
    outlined input Dice and distances of each pair, the second taken as the truth. Studies are matched by name, so
    the annotators' cohorts must name patients and studies alike.

    Args:
        annotated: Annotator to cohort, two at least.
        weighting: Of Cohen's kappa, for classes with an order; their order is that of the words.

    Returns:
        Scores with intervals from the patient bootstrap; `task` says of what and of whom.

    Raises:
        RequestError: There are fewer than two, they share no study, or nothing on the shared ones was annotated.
        GeometryError: Two masks of one image do not have its shape.

    """
    if len(annotated) < 2:
        msg = "Agreement needs two annotators at least; give a cohort for each."
        raise RequestError(msg)
    shared = _shared(tuple(annotated.values()))
    names = tuple(annotated)
    context = Context(unit="study", evidence=next(iter(annotated.values())).evidence)
    found = [s for column in _columns(shared) for s in _labels(column, names, shared, weighting, context)]
    for name in _outlined(shared):
        for one, other in combinations(range(len(names)), 2):
            found += _masks(
                name, (one, other), shared, replace(context, task=f"{name}: {names[one]} and {names[other]}")
            )
    if not found:
        msg = "The annotators share studies, but no label column and no outlined image; nothing can be compared."
        raise RequestError(msg)
    return found


def _shared(cohorts: Sequence[Cohort]) -> list[_Shared]:
    """Return the studies that all have, in the order of the first."""
    by_name = [{s.name: s for s in cohort.studies} for cohort in cohorts]
    names = [name for name in by_name[0] if all(name in others for others in by_name)]
    if not names:
        msg = "The annotators' cohorts share no study; give patients and studies the same names in all of them."
        raise RequestError(msg)
    return [_Shared(patient=by_name[0][n].patient, studies=tuple(c[n] for c in by_name)) for n in names]


def _columns(shared: Sequence[_Shared]) -> list[str]:
    """Return the label columns that two annotators or more have."""
    said = [{c for one in shared for c in _words(one.studies[k])} for k in range(len(shared[0].studies))]
    columns = sorted(c for c in set().union(*said) if sum(c in words for words in said) > 1)
    return [c for c in columns if len({_words(s).get(c) for one in shared for s in one.studies}) <= MOST_WORDS]


def _labels(
    column: str, names: Sequence[str], shared: Sequence[_Shared], weighting: Weighting, context: Context
) -> Iterator[Score]:
    words = sorted({w for one in shared for s in one.studies if (w := _words(s).get(column)) is not None})
    table = np.array([[words.index(w) if (w := _words(s).get(column)) else -1 for s in one.studies] for one in shared])
    owners = np.array([one.patient for one in shared])
    metric = "kappa" if weighting == "none" else f"kappa_{weighting}"
    for one, other in combinations(range(len(names)), 2):
        both = (table[:, [one, other]] >= 0).all(axis=1)
        if both.any():
            pair = table[both][:, [one, other]].T
            statistic = cohen_statistic(pair[0], pair[1], classes=len(words), weighting=weighting)
            said = replace(context, task=f"{column}: {names[one]} and {names[other]}")
            yield from _scored(metric, statistic, owners[both], said)
    whole = (table >= 0).all(axis=1)
    if len(names) > 2 and whole.any():
        statistic = fleiss_statistic(table[whole], classes=len(words))
        yield from _scored("fleiss_kappa", statistic, owners[whole], replace(context, task=f"{column}: all"))


def _scored(metric: str, statistic: Statistic, owners: np.ndarray, context: Context) -> list[Score]:
    figure = Figure(metric=metric, n=owners.size, patients=count_patients(owners))
    return intervals([figure], lambda weights: statistic(weights)[None], patients=owners, context=context)


def _outlined(shared: Sequence[_Shared]) -> list[str]:
    return sorted({name for one in shared for s in one.studies if s.truth for name in s.truth.masks})


def _masks(name: str, pair: tuple[int, int], shared: Sequence[_Shared], context: Context) -> list[Score]:
    cases = [case for one in shared if (case := _case(name, one, pair)) is not None]
    return scores.segmentation(cases, context=context) if cases else []


def _case(name: str, one: _Shared, pair: tuple[int, int]) -> MaskCase | None:
    """Return what two annotators' masks of one image have in common; None where one has drawn none."""
    drawn = [s.truth.masks.get(name) if s.truth else None for s in (one.studies[k] for k in pair)]
    if drawn[0] is None or drawn[1] is None:
        return None
    first, second = (np.asarray(mask.read()) for mask in drawn if mask is not None)
    if first.shape != second.shape:
        msg = (
            f"Two annotators' masks of {name} differ in shape, {first.shape} and {second.shape}; "
            "both must be drawn on the same image."
        )
        raise GeometryError(msg)
    return masks.measure(first, second, patient=one.patient, spacing_mm=drawn[1].grid.spacing_mm)


def _words(study: Study) -> Mapping[str, str]:
    return study.truth.labels if study.truth else {}
