"""The exams of a patient before and after treatment as one study, each input named after its exam: `pet_pre`."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from osteon.errors import CohortError
from osteon.types import Cohort, Datum, Record, Study, Truth

EXAMS = ("pre", "post")


def paired(cohort: Cohort) -> Cohort:
    """Return `cohort` with one study a patient that has both exams; the others are left out and counted in its notes.

    Images, outlines and lesions are named after their exam; a clinical row, which both share, keeps its name. Labels,
    values and outcomes of both exams are joined.

    Raises:
        CohortError: No patient has both exams, one has an exam twice, or the exams of one contradict each other.

    """
    by_patient: dict[str, list[Study]] = defaultdict(list)
    for study in cohort.studies:
        by_patient[study.patient].append(study)
    both = {name: _exams(studies) for name, studies in by_patient.items()}
    studies = tuple(_joined(exams) for exams in both.values() if len(exams) == len(EXAMS))
    if not studies:
        msg = "No patient has both exams; write pre and post in the column exam of cohort.csv."
        raise CohortError(msg)
    left_out = len(both) - len(studies)
    note = f"{left_out} of {len(both)} patients lack one of the exams and are left out."
    digest = hashlib.sha256(f"paired {cohort.fingerprint}".encode()).hexdigest()
    return replace(cohort, studies=studies, fingerprint=digest, notes=(*cohort.notes, *([note] if left_out else [])))


def _exams(studies: Sequence[Study]) -> dict[str, Study]:
    found: dict[str, Study] = {}
    for study in studies:
        if study.exam in found:
            msg = f"A patient has several {study.exam} studies, so none is the one to pair; keep one in cohort.csv."
            raise CohortError(msg)
        if study.exam in EXAMS:
            found[study.exam] = study
    return found


def _joined(exams: Mapping[str, Study]) -> Study:
    pre, post = (exams[name] for name in EXAMS)
    data: dict[str, Datum] = {}
    origins: dict[str, str] = {}
    for exam, study in exams.items():
        for name, datum in study.data.items():
            data[_named(name, datum, exam)] = datum
        origins |= {_named(name, study.data.get(name), exam): where for name, where in study.origins.items()}
    if pre.split != post.split:
        msg = "The exams of a patient are on different sides of the split; both must be on one."
        raise CohortError(msg)
    return Study(
        name=f"{pre.name}-{post.name}",
        patient=pre.patient,
        site=pre.site or post.site,
        data=data,
        truth=_truth(pre, post),
        split=pre.split,
        origins=origins,
    )


def _named(name: str, datum: Datum | None, exam: str) -> str:
    return name if isinstance(datum, Record) else f"{name}_{exam}"


def _truth(pre: Study, post: Study) -> Truth | None:
    """Return what is known of both exams together; None where nothing is known of either."""
    known = {exam: s.truth for exam, s in zip(EXAMS, (pre, post), strict=True) if s.truth is not None}
    if not known:
        return None
    labels: dict[str, str] = {}
    for truth in known.values():
        differing = [name for name in truth.labels if labels.get(name, truth.labels[name]) != truth.labels[name]]
        if differing:
            msg = f"The exams of a patient differ in {differing[0]}, which must be one for both; correct cohort.csv."
            raise CohortError(msg)
        labels |= truth.labels
    return Truth(
        labels=labels,
        masks={f"{name}_{exam}": mask for exam, truth in known.items() for name, mask in truth.masks.items()},
        lesions=tuple(
            replace(lesion, input=lesion.input and f"{lesion.input}_{exam}")
            for exam, truth in known.items()
            for lesion in truth.lesions
        ),
        outcomes={name: outcome for truth in known.values() for name, outcome in truth.outcomes.items()},
        values={name: value for truth in known.values() for name, value in truth.values.items()},
    )
