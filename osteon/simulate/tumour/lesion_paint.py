"""Paint the lesions of a patient into a body, with the exact label of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numba import njit

from osteon.geometry import matrix
from osteon.simulate.person import anatomy, bones
from osteon.simulate.person.body import Body, lookup
from osteon.simulate.person.patient import Patient
from osteon.simulate.person.tissues import TABLE, Tissue
from osteon.simulate.tumour.lesion import Lesion, Region
from osteon.simulate.tumour.lesion_matter import Matter, matter, tissue_of
from osteon.simulate.tumour.lesion_plan import (
    CAP,
    HOLE,
    NOTHING,
    OEDEMA,
    OUTGROWTH,
    PERIOSTEAL,
    REACTIVE,
    RIM,
    SHELL,
    TUMOUR,
    Plan,
    box,
    plan,
    see,
    touches,
    zone,
)

_AIR, _SKIN, _OEDEMA = int(Tissue.AIR), int(Tissue.SKIN), int(Tissue.OEDEMA)
_MARROWS = (int(Tissue.TRABECULAR), int(Tissue.YELLOW_MARROW), int(Tissue.RED_MARROW))
_SOFT = (int(Tissue.MUSCLE), int(Tissue.FAT))
_OF_ZONE = np.zeros(10, np.int64)
_OF_ZONE[[SHELL, RIM, PERIOSTEAL, OEDEMA, OUTGROWTH, CAP]] = [
    Tissue.CORTICAL,
    Tissue.SCLEROSIS,
    Tissue.PERIOSTEAL_BONE,
    Tissue.OEDEMA,
    Tissue.TRABECULAR,
    Tissue.CHONDROID,
]
_BONE_TRACER = TABLE[Tissue.TRABECULAR].bone_tracer


class _Maps(NamedTuple):
    tissue: np.ndarray
    bone: np.ndarray
    lesion: np.ndarray
    density: np.ndarray
    uptake: np.ndarray


class _Job(NamedTuple):
    """A lesion for the kernel; numbers are the uptake ratio and the tracer of its bone."""

    plan: Plan
    matter: Matter
    affine: np.ndarray
    number: int
    bone: int
    uptake: float


def paint(body: Body, patient: Patient, *, hosts: Mapping[str, np.ndarray] | None = None) -> Body:
    """Return `body` with the lesions of `patient` in it; the arrays are new.

    Args:
        body: Without them.
        patient: With its lesions.
        hosts: Bone to the shapes that it is made of, (n, COLUMNS); None takes the parametric anatomy's.

    """
    if not patient.lesions:
        return body
    ones = np.ones(body.tissue.shape, np.float32)
    density = ones if body.density_scale is None else body.density_scale.copy()
    uptake = ones.copy() if body.uptake_scale is None else body.uptake_scale.copy()
    maps = _Maps(body.tissue.copy(), body.bone.copy(), body.lesion.copy(), density, uptake)
    frame = anatomy.frame(patient)
    for lesion in patient.lesions:
        shapes = anatomy.bone_shapes(frame, lesion.bone) if hosts is None else hosts[lesion.bone]
        _paint_one(lesion, shapes, post=patient.exam == "post", affine=matrix(body.grid), maps=maps)
    return replace(
        body, tissue=maps.tissue, bone=maps.bone, lesion=maps.lesion, density_scale=density, uptake_scale=uptake,
        suv_scale=_suv_scale(maps, patient),
    )  # fmt: skip


def _paint_one(lesion: Lesion, shapes: np.ndarray, *, post: bool, affine: np.ndarray, maps: _Maps) -> None:
    """Paint one lesion, as it is before or after chemotherapy."""
    value = 0 if lesion.region is Region.SOFT_TISSUE else bones.VALUE[lesion.bone]
    place = plan(lesion, shapes, factor=lesion.response if post else 1.0)
    made = matter(lesion, place, necrotic=lesion.necrosis_after if post else lesion.necrosis_before)
    job = _Job(place, made, affine, lesion.number, value, lesion.uptake_ratio * _BONE_TRACER)
    lows, highs = _index_box(place, affine, maps.tissue.shape)
    if (lows < highs).all():
        _paint(job, lows, highs, lookup("bone_tracer"), maps)


def _suv_scale(maps: _Maps, patient: Patient) -> np.ndarray:
    """Return the factor that gives the living tumour of each lesion its drawn SUV."""
    scale = np.ones(maps.tissue.shape, np.float32)
    table = np.maximum(lookup("fdg_suv"), 0.1)
    for lesion in patient.lesions:
        own = (maps.lesion == lesion.number) & (maps.tissue != Tissue.NECROSIS)
        scale[own] = lesion.suv / table[maps.tissue[own]]
    return scale


def volume_ml(body: Body, lesion: Lesion) -> float:
    """Return the volume of a lesion's label."""
    voxel = abs(np.linalg.det(matrix(body.grid)[:3, :3])) / 1000.0
    return float((body.lesion == lesion.number).sum() * voxel)


def _index_box(place: Plan, affine: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    low, high = box(place)
    corners = np.array(np.meshgrid(*zip(low, high, strict=True))).reshape(3, -1).T
    inside = (corners - affine[:3, 3]) @ np.linalg.inv(affine[:3, :3]).T
    lows = np.clip(np.floor(inside.min(axis=0)), 0, shape).astype(np.int64)
    return lows, np.clip(np.ceil(inside.max(axis=0)) + 1, 0, shape).astype(np.int64)


@njit(cache=True, error_model="numpy")
def _paint(job: _Job, lows: np.ndarray, highs: np.ndarray, tracer: np.ndarray, maps: _Maps) -> None:
    """Paint one lesion."""
    a = job.affine
    for i in range(lows[0], highs[0]):
        for j in range(lows[1], highs[1]):
            for k in range(lows[2], highs[2]):
                x = a[0, 0] * i + a[0, 1] * j + a[0, 2] * k + a[0, 3]
                y = a[1, 0] * i + a[1, 1] * j + a[1, 2] * k + a[1, 3]
                z = a[2, 0] * i + a[2, 1] * j + a[2, 2] * k + a[2, 3]
                if touches(job.plan, x, y, z) and _may(job, maps.tissue[i, j, k], maps.bone[i, j, k]):
                    _paint_voxel((i, j, k), (x, y, z), job, tracer, maps)


@njit(cache=True, error_model="numpy")
def _may(job: _Job, tissue: int, bone: int) -> bool:
    """Return whether a lesion may change a voxel: not the air, the skin, or another bone."""
    return tissue not in (_AIR, _SKIN) and bone in (0, job.bone)


@njit(cache=True, error_model="numpy")
def _paint_voxel(
    at: tuple[int, int, int], mm: tuple[float, float, float], job: _Job, tracer: np.ndarray, maps: _Maps
) -> None:
    """Set a voxel to what it is to the lesion."""
    x, y, z = mm
    seen = see(job.plan, x, y, z)
    what = zone(job.plan, seen, x, y, z)
    if what in (TUMOUR, HOLE):
        kind = tissue_of(job.matter, job.plan, -min(seen.lesion, seen.mass), x, y, z)
        _put_tumour(at, kind, tracer[kind], job, maps)
    elif what != NOTHING:
        _put_around(at, what, seen.lesion, job, maps)


@njit(cache=True, error_model="numpy")
def _put_tumour(at: tuple[int, int, int], kind: int, tracer: float, job: _Job, maps: _Maps) -> None:
    """Set a voxel of the tumour itself."""
    maps.tissue[at] = kind
    maps.lesion[at] = job.number
    maps.density[at] = 1.0
    # Dead tissue takes up nothing more than its own; the living takes the drawn ratio to bone.
    maps.uptake[at] = job.uptake / tracer if tracer > 2.0 else 1.0


@njit(cache=True, error_model="numpy")
def _put_around(at: tuple[int, int, int], what: int, distance: float, job: _Job, maps: _Maps) -> None:
    """Set a voxel of what the tumour has done to its surroundings."""
    old = maps.tissue[at]
    if what == REACTIVE:
        maps.uptake[at] *= 1.0 + 0.3 * job.uptake / 14.0
        return
    if what == OEDEMA:
        if old in _MARROWS:
            # Its mineral stays; oedema is seen by MRI alone.
            maps.density[at] *= 1.12 if old == _MARROWS[0] else 0.97
            maps.tissue[at] = _OEDEMA
        elif old in _SOFT:
            maps.tissue[at] = _OEDEMA
        return
    maps.tissue[at] = _OF_ZONE[what]
    maps.density[at] = 0.8 if what == SHELL and job.plan.form[1] > 0.0 else 1.0
    if what != CAP:
        maps.bone[at] = job.bone
    if what == CAP or (distance < 0.0 and what in (SHELL, OUTGROWTH)):
        maps.lesion[at] = job.number
    if what in (PERIOSTEAL, RIM):
        maps.uptake[at] = 1.0 + 0.2 * job.uptake / 14.0
