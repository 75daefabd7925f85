"""Films projected from the CTs of a cohort: a derived cohort to train on beside what was taken, or in its place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from osteon import cohorts
from osteon.engine import seeds
from osteon.errors import RequestError
from osteon.simulate.xray.drr import Drr, films
from osteon.types import Cohort, Image, Study, Truth

NOTE = "Films projected from patients' CTs: derived, for training alone, on the side of the patient they show."


def drr_cohort(
    cohort: Cohort,
    out: Path,
    *,
    count: int,
    seed: int = 0,
    drr: Drr | None = None,
    report: Callable[[int], None] | None = None,
) -> Path:
    """Write `count` films of every CT in HU of `cohort` to `out`, a packed cohort, and return it.

    Each film has the patient, site, split, labels and, where the CT has a mask, the mask's shadow and boxes. Patients
    keep their pseudonyms, so that the films join the cohort (`cohorts.derived.joined`, `osteon train --with`).

    Args:
        cohort: With CTs.
        out: A folder, new or empty.
        count: Of films a CT.
        seed: Of the views and the noise; a film depends on it and its study's name alone.
        drr: How they are made.
        report: Called with the number of CTs that are done.

    Raises:
        RequestError: No study has a CT in HU, or `count` is below 1.
        GeometryError: A CT has no place in mm, or its mask lies elsewhere.

    """
    if count < 1:
        msg = f"{count} films a CT were asked for; at least 1 is needed."
        raise RequestError(msg)
    found = [(study, name) for study in cohort.studies if (name := ct_of(study))]
    if not found:
        msg = f"No study of {cohort.name} has a CT in HU to project; name a cohort with CT series."
        raise RequestError(msg)
    made: list[Study] = []
    for done, (study, name) in enumerate(found, start=1):
        rng = seeds.rng(seed, "drr", study.name)
        made += [_derived(film) for film in films(study, count=count, rng=rng, drr=drr, ct=name)]
        if report is not None:
            report(done)
    said = f"drr {count} {seed} {drr or Drr()} {cohort.fingerprint}"
    whole = replace(
        cohort,
        name=f"{cohort.name}-drr",
        studies=tuple(made),
        notes=(NOTE, *cohort.notes),
        fingerprint=hashlib.sha256(said.encode()).hexdigest(),
    )
    return cohorts.pack(whole, out)


def filmed(cohort: Cohort, films: Cohort) -> Cohort:
    """Return `cohort` with the film of each patient's CT in place of all volumes, to be judged as if it were taken.

    Studies without a film are left out; names, labels and the clinical row stay, so that splits do too.

    Args:
        cohort: One study a patient.
        films: One film of each CT, as `drr_cohort` writes them.

    """
    of = {film.patient: film for film in films.studies}
    studies = tuple(_with_film(study, of[study.patient]) for study in cohort.studies if study.patient in of)
    said = f"{cohort.fingerprint} filmed {films.fingerprint}"
    return replace(
        cohort,
        studies=studies,
        notes=(*cohort.notes, "Each radiograph is projected from the patient's CT."),
        fingerprint=hashlib.sha256(said.encode()).hexdigest(),
    )


def _with_film(study: Study, film: Study) -> Study:
    told = film.truth or Truth()
    plain = {name: datum for name, datum in study.data.items() if not isinstance(datum, Image)}
    return replace(
        study,
        data={**film.data, **plain},
        truth=replace(study.truth or Truth(), masks=told.masks, lesions=told.lesions),
        origins={**study.origins, **dict.fromkeys(film.data, "projected from the patient's CT")},
    )


def ct_of(study: Study) -> str | None:
    """Return the name of the study's first input that is a volume in HU."""
    return next(_volumes(study), None)


def _volumes(study: Study) -> Iterator[str]:
    for name, datum in study.data.items():
        if isinstance(datum, Image) and datum.unit == "HU" and len(datum.grid.shape) == 3:
            yield name


def _derived(film: Study) -> Study:
    return replace(film, derived_from=(film.patient,))
