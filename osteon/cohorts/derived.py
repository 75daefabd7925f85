"""Studies made from other patients' images: they may train where all their sources train, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from osteon.errors import CohortError
from osteon.types import Cohort, Evidence, Study

MARK = "+"
"""Between the fingerprint of a cohort and that of what was joined to it."""


def sources(study: Study) -> frozenset[str]:
    """Return the patients that a study shows: its own and, of a derived one, those that it was made from."""
    return frozenset((study.patient, *study.derived_from))


def people(study: Study) -> frozenset[str]:
    """Return the patients who were there: those that a derived study was made from, else the study's own."""
    return frozenset(study.derived_from or (study.patient,))


def taken(cohort: Cohort) -> Cohort:
    """Return the cohort without its derived studies."""
    return replace(cohort, studies=tuple(s for s in cohort.studies if not s.derived_from))


def may_train(cohort: Cohort, *, held: frozenset[str]) -> frozenset[str]:
    """Return the names of the derived studies none of whose sources is one of the patients `held` out of training."""
    return frozenset(s.name for s in cohort.studies if s.derived_from and held.isdisjoint(sources(s)))


def joined(cohort: Cohort, others: Sequence[Cohort]) -> Cohort:
    """Return `cohort` with the derived studies of `others`, to be trained on together.

    Args:
        cohort: What was taken of patients; evidence, licence and name stay its own.
        others: As `osteon augment` writes them, or of simulated patients, who are nobody's and count as derived.

    Raises:
        CohortError: One of the others has a study that is not derived, or a name that is there already.

    """
    others = [_derived(other) for other in others]
    names = {s.name for s in cohort.studies}
    for other in others:
        plain = next((s.name for s in other.studies if not s.derived_from), None)
        if plain is not None:
            msg = (
                f"The study {plain} of {other.name} is not derived, so it could end up on any side; bring it in with "
                "the cohort itself, or state derived_from in its cohort.csv."
            )
            raise CohortError(msg)
        twice = names & {s.name for s in other.studies}
        if twice:
            msg = f"The study {min(twice)} of {other.name} has a name that is there already; join each cohort once."
            raise CohortError(msg)
        names |= {s.name for s in other.studies}
    digest = hashlib.sha256("\0".join(other.fingerprint for other in others).encode()).hexdigest()
    added = [f"{len(other.studies)} derived studies of {other.name}, in training alone" for other in others]
    return replace(
        cohort,
        studies=(*cohort.studies, *(s for other in others for s in other.studies)),
        notes=(*cohort.notes, *added),
        fingerprint=f"{cohort.fingerprint}{MARK}{digest}" if others else cohort.fingerprint,
        refused=(*cohort.refused, *(r for other in others for r in other.refused)),
    )


def _derived(cohort: Cohort) -> Cohort:
    """Return a cohort of simulated patients as derived from themselves; any other as it is."""
    if cohort.evidence is not Evidence.SIMULATED:
        return cohort
    own = (s if s.derived_from else replace(s, derived_from=(s.patient,)) for s in cohort.studies)
    return replace(cohort, studies=tuple(own))


def same(fingerprint: str, other: str) -> bool:
    """Return whether two fingerprints are of the same taken studies, whatever was joined to them."""
    return fingerprint.partition(MARK)[0] == other.partition(MARK)[0]
