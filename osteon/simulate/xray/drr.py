"""Radiographs from a user's own CT, for augmentation: drawn views, the mask projected by the same rays.

What comes of it is derived from a patient, not a simulated patient: it keeps the patient, site and split it came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from osteon.errors import InputError
from osteon.simulate.person.body import Body
from osteon.simulate.xray.ct_body import body_of_ct
from osteon.simulate.xray.film import Film
from osteon.simulate.xray.radiograph import Exposure, Radiograph, take
from osteon.simulate.xray.view import Pose, view_of
from osteon.types import Image, Study, Truth


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How the views vary; an angle is drawn evenly between minus and plus its value.

    Attributes:
        around: The views they vary about.
        turn_degrees: About the long axis.
        tilt_degrees: Toward head and feet.
        roll_degrees: In the detector's plane.
        cover: Range of the share of the volume that the film covers.

    """

    around: tuple[Pose, ...] = (Pose(), Pose(turn_degrees=90.0))
    turn_degrees: float = 12.0
    tilt_degrees: float = 8.0
    roll_degrees: float = 6.0
    cover: tuple[float, float] = (0.75, 0.95)


@dataclass(frozen=True, kw_only=True)
class Drr:
    """How films are made of a CT.

    Attributes:
        spread: Of the views.
        shape: (rows, columns) of a film.
        exposure: As of `radiograph.take`.
        film: As of `radiograph.take`.

    """

    spread: Spread = field(default_factory=Spread)
    shape: tuple[int, int] = (512, 512)
    exposure: Exposure = field(default_factory=Exposure)
    film: Film = field(default_factory=Film)


def films(
    study: Study, *, count: int, rng: np.random.Generator, drr: Drr | None = None, ct: str = "ct"
) -> Iterator[Study]:
    """Yield radiographs of a study's CT as studies of the same patient, site, split and labels.

    Args:
        study: With a CT in HU; where its truth has a mask of it, each film gets the mask's shadow and boxes.
        count: Of films.
        rng: Draws views and noise.
        drr: How they are made; `Drr()` when None.
        ct: Name of the input that is the CT.

    Raises:
        InputError: The study has no such image, or it is not in HU.

    """
    image = study.data.get(ct)
    if not isinstance(image, Image):
        msg = f'The study has no image "{ct}" to project; it has {", ".join(study.data) or "nothing"}.'
        raise InputError(msg)
    truth = study.truth or Truth()
    body = body_of_ct(image, truth.masks.get(ct))
    for number in range(count):
        made = one_film(body, drr=drr or Drr(), rng=rng)
        yield _study(study, truth, made, name=f"{study.name}-drr{number + 1}", masked=ct in truth.masks, ct=ct)


def one_film(body: Body, *, drr: Drr, rng: np.random.Generator) -> Radiograph:
    """Return a radiograph of a body from a drawn view."""
    pose, cover = draw_pose(drr.spread, rng)
    view = view_of(body.grid, pose=pose, shape=drr.shape, cover=cover)
    return take(body, view=view, exposure=drr.exposure, film=drr.film, rng=rng)


def draw_pose(spread: Spread, rng: np.random.Generator) -> tuple[Pose, float]:
    """Return a pose about one of the spread's views, and the share of the volume to cover."""
    pose = spread.around[int(rng.integers(len(spread.around)))]
    most = (spread.turn_degrees, spread.tilt_degrees, spread.roll_degrees)
    turn, tilt, roll = (float(rng.uniform(-limit, limit)) for limit in most)
    drawn = replace(
        pose,
        turn_degrees=pose.turn_degrees + turn,
        tilt_degrees=pose.tilt_degrees + tilt,
        roll_degrees=pose.roll_degrees + roll,
    )
    return drawn, float(rng.uniform(*spread.cover))


def _study(study: Study, truth: Truth, made: Radiograph, *, name: str, masked: bool, ct: str) -> Study:
    labels = {lesion.mask_value: lesion.label for lesion in truth.lesions if lesion.input == ct}
    lesions = tuple(replace(lesion, label=labels.get(lesion.mask_value)) for lesion in made.lesions)
    return replace(
        study,
        name=name,
        data={"radiograph": made.image},
        truth=replace(truth, masks={"radiograph": made.mask} if masked else {}, lesions=lesions if masked else ()),
        origins={"radiograph": f"projected from {study.origins.get(ct, ct)}"},
    )
