"""The derived images of a row of the evidence, beside what was taken or in its place: made once, and kept to share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from osteon import cohorts, systems
from osteon.contract import Classify
from osteon.engine import drr, gan, made
from osteon.engine.evidence_row import Extra, Made, Row
from osteon.engine.options import TrainOptions
from osteon.errors import RequestError
from osteon.simulate.xray.drr import Drr, Spread
from osteon.simulate.xray.view import Pose
from osteon.types import Cohort, Truth

FILM_PX = 256
GAN_SIDE_PX = 64
GAN_STEPS = 400
"""Of the training of each class, however many crops the class has."""


def drawn(row: Row, cohort: Cohort, place: Path, *, data: Path) -> Sequence[Cohort]:
    """Return the derived cohorts of `row.extra`.

    Args:
        row: Whose split says after whom a network may draw.
        cohort: What the row trains on.
        place: Folder of all runs.
        data: Folder with the cohorts of people.

    Raises:
        RequestError: The row has no such images.
        OsteonError: As the makers raise.

    """
    wanted = row.extra
    if wanted is None:
        msg = f"The row {row.name} trains on nothing derived."
        raise RequestError(msg)
    if wanted.kind == "simulated":
        patients = Made(recipe=wanted.source, patients=wanted.count, size="small")
        return [cohorts.load(made.patients(patients, place / "simulated"))]
    if wanted.kind == "drr":
        return [_projected(wanted, place / "derived" / wanted.name, data=data)]
    return list(_drawn(row, wanted, cohort, place / "derived" / wanted.name))


def filmed(cohort: Cohort, place: Path) -> Cohort:
    """Return `cohort` with a frontal film of each CT in place of its volumes, projected once and kept in `place`."""
    folder = place / "derived" / f"films-{cohort.name}-{cohort.fingerprint[:12]}"
    if not folder.is_dir():
        frontal = Drr(spread=Spread(around=(Pose(),)), shape=(FILM_PX, FILM_PX))
        drr.drr_cohort(cohort, folder, count=1, drr=frontal)
    return drr.filmed(cohort, cohorts.load(folder))


def _projected(wanted: Extra, folder: Path, *, data: Path) -> Cohort:
    """Return the films of the CTs of a cohort, each with the label that was asked for."""
    if not folder.is_dir():
        films = Drr(shape=(FILM_PX, FILM_PX))
        drr.drr_cohort(cohorts.load(data / wanted.source), folder, count=wanted.count, drr=films)
    found = cohorts.load(folder)
    if wanted.label is None:
        return found
    told = (
        replace(s, truth=replace(s.truth or Truth(), labels={**(s.truth or Truth()).labels, **dict([wanted.label])}))
        for s in found.studies
    )
    return replace(found, studies=tuple(told))


def _drawn(row: Row, wanted: Extra, cohort: Cohort, folder: Path) -> Iterator[Cohort]:
    """Yield the drawn crops of each class, of a network trained on the row's own training side."""
    task = next(t for t in systems.get(row.system).tasks if isinstance(t, Classify))
    options = TrainOptions(split=row.split, allow=row.allow, seed=row.seeds[0])
    side = cohorts.split(cohort, row.split, seed=options.seed).train
    for word in task.classes:
        label = (task.name, word)
        steps = max(1, len(gan.of_class(cohort, label, side=side)) // 16)
        drawing = gan.Drawing(
            label=label, count=wanted.count, kind=wanted.source, side_px=GAN_SIDE_PX, epochs=-(-GAN_STEPS // steps)
        )
        yield gan.draw_lesions(cohort, folder / word, drawing, options=options)
