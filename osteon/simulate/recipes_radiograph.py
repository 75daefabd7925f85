"""Radiographs of the knee and of all limbs: classes, outlines, boxes, and the clinical row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from osteon.geometry import matrix, volume_grid
from osteon.io import dicom_write, png
from osteon.io.simulated import SAYS
from osteon.simulate.entity_task import EntityTask
from osteon.simulate.observer import Ceiling
from osteon.simulate.option import Option
from osteon.simulate.person import anatomy_sites, bones, fields
from osteon.simulate.recipe import Case, Like, Order, Recipe, Row
from osteon.simulate.tumour.entity import RADIOGRAPHIC
from osteon.simulate.xray import radiograph
from osteon.simulate.xray.film import Film
from osteon.simulate.xray.view import POSES, View, box_mm, view, view_of
from osteon.types import Grid

SEEN = (*RADIOGRAPHIC, "content", "age", "sex")
NOTE = "the drawn tumour as a film can show it, age and sex, without noise or overlapping shadows"
NOTES = ("Simulated films of parametric bodies: no overlying clothes, no fractures, no earlier surgery.",)
BEYOND_MM = {"drawn": 50.0, "none": 120.0}
"""How far the body goes on above and below the field, by how films are collimated: an open film shows more of it."""
LEAST_OPEN = 0.4
MARKER = Option(
    name="marker", says="the lead letter beside the limb; drawn: on every second film, by chance L or R",
    default="drawn", words=("drawn", "none", "L", "R"),
)  # fmt: skip
COLLIMATOR = Option(
    name="collimator", says="drawn: leaves 80 to 100 % of rows and columns open; none: the whole film",
    default="drawn", words=("drawn", "none"),
)  # fmt: skip
OPTIONS = (MARKER, COLLIMATOR)
LIMBS = ("shoulder", "humerus", "forearm", "wrist", "hand", "hip", "femur", "knee", "leg", "ankle", "foot")


@dataclass(frozen=True, kw_only=True)
class Films:
    """What tells one recipe of films from another: the task, the fields shown, how many films a patient has."""

    task: EntityTask
    fields: tuple[str, ...]
    most: int = 1

    def of(self, order: Order, recipe: Recipe) -> EntityTask:
        """Return the task with the mix that was asked for."""
        return self.task.like(recipe.mix(order, self.task.mix))


def sites(shown: Sequence[str]) -> tuple[str, ...]:
    """Return the bony sites that the fields show."""
    found = dict.fromkeys(site for name in shown for site in anatomy_sites.within(name))
    return tuple(site for site in found if "soft tissue" not in site)


def take(films: Films, case: Case, order: Order, folder: Path, *, label: str) -> list[Row]:
    """Write the films of a patient, and the mask of each that shows a tumour; `label` is that of its lesions."""
    rng = case.patient.chance("radiographs")
    name = _field_of(films, case, rng)
    spacing_mm, side = (1.6, 128) if order.size == "small" else (0.7, 512)
    place = fields.grid_of(case.patient, field=name, spacing_mm=spacing_mm)
    body = fields.body(case.patient, grid=_longer(place, by_mm=BEYOND_MM[COLLIMATOR.of(order.options)]))
    positions = rng.permutation(["AP", "LL" if name.endswith("left") else "RL", "RPO"])
    rows = []
    for number in range(1, 1 + int(rng.integers(1, films.most + 1))):
        position, towards = str(positions[number - 1]), float(rng.uniform(0.0, 0.6))
        seen = _view(place, case, position, rng, side=side, towards=towards)
        if not (radiograph.lesion_paths(body, view=seen) > 0).any():  # beside the film: look straight at it
            seen = _view(place, case, position, rng, side=side, towards=1.0)
        film = _collimated(_asked(_film(rng), order.options), seen, body.grid)
        made = radiograph.take(body, view=seen, film=film, rng=case.patient.chance(f"film {number}"))
        rows.append(_write(made, case, order, folder, label=label, number=number))
    return rows


def _longer(grid: Grid, *, by_mm: float) -> Grid:
    """Return a grid that goes on above and below, so that a film of the field does not show where the body ends."""
    affine = matrix(grid)
    more = round(by_mm / float(np.linalg.norm(affine[:3, 0])))
    affine[:3, 3] -= more * affine[:3, 0]
    slices, rows, columns = grid.shape
    return volume_grid((slices + 2 * more, rows, columns), affine)


def _collimated(film: Film, seen: View, grid: Grid) -> Film:
    """Return the film with so few open rows that they end before the body's grid does, where that leaves any."""
    rows = seen.project(box_mm(grid))[:, 0]
    middle = (seen.shape[0] - 1) / 2
    half = min(rows[:4].min() - middle, middle - rows[4:].max())  # the corners of the lowest slice come first
    open_rows = 2.0 * float(half) / seen.shape[0]
    return replace(film, field=(min(film.field[0], max(open_rows, LEAST_OPEN)), film.field[1]))


def _view(grid: Grid, case: Case, position: str, rng: np.random.Generator, *, side: int, towards: float) -> View:
    """Return a view as positioning goes: a little turned, rolled and off, `towards` the tumour from 0 to 1."""
    pose = POSES[position]
    pose = replace(
        pose,
        turn_degrees=pose.turn_degrees + float(rng.normal(0.0, 7.0)),
        tilt_degrees=float(rng.normal(0.0, 4.0)),
        roll_degrees=float(rng.normal(0.0, 7.0)),
    )
    corners = box_mm(grid)
    middle, extent = corners.mean(axis=0), np.ptp(corners, axis=0)
    lesion = case.patient.lesions[0].centre_mm if case.patient.lesions else middle + rng.uniform(-0.3, 0.3, 3) * extent
    aim = middle + towards * (np.array(lesion) - middle) + rng.normal(0.0, 0.03, 3) * extent
    pixel = view_of(grid, pose=pose, shape=(side, side), cover=float(rng.uniform(0.6, 0.86))).pixel_mm[0]
    return view(aim, pose=pose, shape=(side, side), pixel_mm=pixel)


def _film(rng: np.random.Generator) -> Film:
    """Return how a film is collimated and shown; the letter says nothing of the tumour."""
    open_field = (float(rng.uniform(0.8, 1.0)), float(rng.uniform(0.8, 1.0)))
    letter = str(rng.choice(["L", "R"])) if rng.random() < 0.5 else None
    corner = (float(rng.choice([0.08, 0.92])), float(rng.choice([0.1, 0.9])))
    shutter = "black" if rng.random() < 0.5 else "none"
    return Film(
        contrast=float(rng.uniform(0.8, 1.25)), field=open_field, marker=letter, marker_at=corner, shutter=shutter
    )  # fmt: skip


def _asked(film: Film, options: Mapping[str, str]) -> Film:
    """Return a drawn film with the letter and the collimator that were asked for."""
    letter = MARKER.of(options)
    if letter != MARKER.default:
        film = replace(film, marker=None if letter == "none" else letter)
    return film if COLLIMATOR.of(options) == COLLIMATOR.default else replace(film, field=(1.0, 1.0))


def _write(made: radiograph.Radiograph, case: Case, order: Order, folder: Path, *, label: str, number: int) -> Row:
    patient = case.patient
    facts = {k: v for k, v in made.image.facts.items() if k != "PatientOrientation"}  # the writer's own
    film, mask = folder / f"film-{number}.dcm", folder / f"film-{number}-mask.png"
    dicom_write.film(
        film,
        pixels=np.round(np.clip(made.image.read(), 0.0, 1.0) * 65535).astype(np.uint16),
        grid=made.image.grid,
        patient=dicom_write.SimulatedPatient(name=patient.name, sex=patient.sex, age_years=patient.age_years),
        series=dicom_write.SimulatedSeries(
            key=f"{order.recipe}/{order.seed}", name=f"film {number}", number=number, facts=facts
        ),
    )
    row = Row(path=film.name, input="radiograph", study=f"{patient.name}-{number}")
    if not patient.lesions:
        return row
    png.write(mask, made.mask.read().astype(np.uint8), note=SAYS, labels=True)
    return replace(row, mask=mask.name, lesions=tuple(replace(box, label=label) for box in made.lesions))


def _field_of(films: Films, case: Case, rng: np.random.Generator) -> str:
    """Return the field that shows the tumour, with its side; of a healthy patient any."""
    if case.drawn is None:
        return f"{rng.choice(films.fields)}_{rng.choice(['left', 'right'])}"
    shown = [f for f in anatomy_sites.SITES[case.drawn.words["site"]].fields if f in films.fields]
    return f"{shown[0]}_{bones.side(case.patient.lesions[0].bone)}"


def _recipe(name: str, summary: str, films: Films, *, serves: tuple[str, ...], like: Mapping[str, Like]) -> Recipe:
    """Return a recipe of films."""

    def draw(order: Order, index: int) -> Case:
        return films.of(order, recipe).draw(order, index)

    def make(case: Case, order: Order, folder: Path) -> list[Row]:
        return take(films, case, order, folder, label=case.labels[films.task.task])

    def ceilings(cases: Sequence[Case], order: Order) -> Sequence[Ceiling]:
        return films.of(order, recipe).ceilings(cases, order)

    recipe = Recipe(
        name=name, summary=summary, serves=serves, like=like, draw=draw, make=make, ceilings=ceilings,
        megabytes=(0.55 * films.most, 0.06 * films.most), notes=NOTES, overlaps=True,
        options=OPTIONS,
    )  # fmt: skip
    return recipe


_KNEE = EntityTask(
    task="film",
    classes=("normal", "benign", "malignant"),
    mix={"normal": 0.25, "benign": 0.33, "giant cell tumour": 0.07, "malignant": 0.35},
    says={"giant cell tumour": "benign"},
    sites=sites(("knee",)),
    seen=SEEN,
    note=NOTE,
)
_LIMB = EntityTask(
    task="lesion",
    classes=("benign", "intermediate", "malignant"),
    mix={"benign": 0.45, "intermediate": 0.2, "malignant": 0.35},
    sites=sites(LIMBS),
    seen=SEEN,
    note=NOTE,
)

RECIPES = (
    _recipe(
        "knee-radiographs",
        "Films of the knee: normal, benign or malignant, with the tumour outlined",
        Films(task=_KNEE, fields=("knee",)),
        serves=("xray-knee-segunet-do2021",),
        like={
            "xray-knee-segunet-do2021": Like(
                patients=1576,
                mix={"normal": 381.0, "benign": 530.0, "giant cell tumour": 65.0, "malignant": 600.0},
                note="381 normal and 1,195 tumour films; the shares of benign and malignant are not published.",
            )
        },
    ),
    _recipe(
        "limb-radiographs",
        "Films of the limbs: benign, intermediate or malignant, a box and an outline a lesion",
        Films(task=_LIMB, fields=LIMBS, most=3),
        serves=("xray-triage-he2020",),
        like={
            "xray-triage-he2020": Like(
                patients=1356, mix=_LIMB.mix, note="1,356 patients with 2,899 films; the mix of classes is ours."
            )
        },
    ),
    _recipe(
        "limb-radiographs-clinical",
        "As limb-radiographs, with age, sex, location, pain and swelling of each patient",
        Films(task=replace(_LIMB, clinical=True, place=bones.place), fields=LIMBS, most=2),
        serves=("xray-fusion-liu2021", "xray-triage-he2020"),
        like={
            "xray-fusion-liu2021": Like(
                patients=643, mix=_LIMB.mix, note="643 patients with 982 films; the mix of classes is ours."
            )
        },
    ),
)
