"""Legs: bones that meet at joints without growing together, plates that part end from shaft, one for every limb."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from osteon.geometry import matrix, to_mm, voxel_ml
from osteon.simulate.person import bones, fields
from osteon.simulate.person.body import Body
from osteon.simulate.person.patient import Patient
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.tumour.entity_draw import anyone

MEAN = Patient(build=0.0)
CHILD = Patient(index=2, age_years=9.5, height_cm=136.0, weight_kg=31.0)


def of(body: Body, name: str) -> np.ndarray:
    return body.bone == bones.VALUE[name]


def touching(body: Body, one: str, other: str) -> int:
    """Voxels of one bone that have the other for a neighbour across a face."""
    return int((ndimage.binary_dilation(of(body, one)) & of(body, other)).sum())


@pytest.mark.parametrize("index", range(4))
def test_the_bones_of_the_knee_do_not_grow_together(index):
    patient = anyone(index, seed=5, age=(10.0, 85.0))
    side = bones.SIDES[index % 2]
    body = fields.body(patient, field=f"knee_{side}", spacing_mm=1.5)
    for one, other in (("femur", "tibia"), ("femur", "patella"), ("tibia", "patella"), ("femur", "fibula")):
        assert touching(body, f"{one}_{side}", f"{other}_{side}") == 0, (one, other)


@pytest.mark.parametrize("index", range(2))
def test_the_head_of_the_femur_is_free_in_its_socket(index):
    patient = anyone(index, seed=6, age=(12.0, 85.0))
    body = fields.body(patient, field="hip_right", spacing_mm=2.0)
    femur, hip = of(body, "femur_right"), of(body, "hip_right")
    assert touching(body, "femur_right", "hip_right") < 0.01 * femur.sum()
    # A socket: most of the upper half of the head has hip bone within a few millimetres.
    near = ndimage.distance_transform_edt(~hip, sampling=body.grid.spacing_mm)
    assert near[femur].min() < 5.0
    assert (near[femur] < 9.0).sum() > 170


def test_between_thigh_and_shin_there_is_cartilage():
    body = fields.body(MEAN, field="knee_left", spacing_mm=1.0)
    femur, tibia = of(body, "femur_left"), of(body, "tibia_left")
    condyles = to_mm(body.grid, np.argwhere(femur))
    lowest = condyles[condyles[:, 2].argmin()]
    column = np.rint((lowest - matrix(body.grid)[:3, 3]) / 1.0).astype(int)[::-1]
    below = body.tissue[: column[0], column[1], column[2]]
    top = np.flatnonzero(tibia[: column[0], column[1], column[2]]).max()
    assert (below[top + 1 :] == Tissue.CARTILAGE).mean() > 0.7
    assert 2 <= len(below) - top - 1 <= 10, "the joint space of a healthy knee"


@pytest.mark.parametrize(("side", "sign"), [("left", 1.0), ("right", -1.0)])
def test_the_fibula_lies_outside_the_tibia_and_the_big_toe_inside(side, sign):
    body = fields.body(MEAN, field=f"leg_{side}", spacing_mm=3.0)
    tibia, fibula = (to_mm(body.grid, np.argwhere(of(body, f"{n}_{side}"))).mean(axis=0) for n in ("tibia", "fibula"))
    assert sign * (fibula[0] - tibia[0]) > 15.0
    assert fibula[1] > tibia[1], "and behind"
    foot = fields.body(MEAN, field=f"foot_{side}", spacing_mm=2.0)
    points = to_mm(foot.grid, np.argwhere(of(foot, f"foot_{side}")))
    toes = points[points[:, 1] < points[:, 1].min() + 40.0]
    longest = toes[toes[:, 1].argmin()]
    assert sign * longest[0] < sign * points[:, 0].mean(), "the first ray is the longest, towards the midline"


PLATES = {
    "femur": ("knee", "hip"), "tibia": ("knee", "ankle"), "fibula": ("knee", "ankle"), "radius": ("wrist",),
    "ulna": ("wrist",), "humerus": ("shoulder",),
}  # fmt: skip


@pytest.mark.parametrize("bone", sorted(PLATES))
def test_every_growing_long_bone_has_its_plates_on_both_sides(bone):
    for field in PLATES[bone]:
        for side in bones.SIDES:
            body = fields.body(CHILD, field=f"{field}_{side}", spacing_mm=1.5)
            plate = of(body, f"{bone}_{side}") & (body.tissue == Tissue.CARTILAGE)
            assert plate.sum() * voxel_ml(body.grid) > 0.05, (field, side)


@pytest.mark.parametrize(("bone", "field"), [("tibia", "ankle"), ("radius", "wrist"), ("humerus", "shoulder")])
def test_an_open_plate_parts_the_end_from_the_shaft(bone, field):
    body = fields.body(CHILD, field=f"{field}_left", spacing_mm=1.0)
    own = of(body, f"{bone}_left")
    hard = own & (body.tissue != Tissue.CARTILAGE)
    whole, parted = (ndimage.label(m)[0] for m in (own, hard))
    sizes = [np.sort(np.bincount(labels.ravel())[1:])[::-1] for labels in (whole, parted)]
    assert sizes[0][0] > 0.98 * own.sum(), "in one piece but for the plate"
    assert sizes[1][1] > 0.04 * own.sum(), "the end is a piece of its own"


def test_plates_thin_as_they_close_and_glow_while_they_are_open():
    thick = []
    for age in (4.0, 10.0, 14.5):
        patient = Patient(build=0.0, sex="female", age_years=age, height_cm=160.0, weight_kg=50.0)
        body = fields.body(patient, field="knee_left", spacing_mm=(1.0, 2.0, 2.0))
        tibia = of(body, "tibia_left")
        thick.append(int((tibia & (body.tissue == Tissue.CARTILAGE)).sum()))
        hot = (body.uptake_scale > 4.0) & (body.bone > 0)
        assert hot.any()
        assert (body.uptake_scale[body.bone == 0] == 1.0).all(), "soft tissue takes up nothing more"
    assert thick[0] > 1.2 * thick[1] > 1.2 * thick[2] > 0


def test_marrow_of_the_shafts_turns_yellow():
    for age, height, expected in ((5.0, 110.0, Tissue.RED_MARROW), (30.0, 176.0, Tissue.YELLOW_MARROW)):
        body = fields.body(
            Patient(build=0.0, age_years=age, height_cm=height, weight_kg=0.002445 * height**2),
            field="thigh_left", spacing_mm=2.0,
        )  # fmt: skip
        inside = body.tissue[of(body, "femur_left")]
        kinds = {Tissue(v) for v in np.unique(inside)}
        assert expected in kinds
        assert not kinds & ({Tissue.RED_MARROW, Tissue.YELLOW_MARROW} - {expected})


def test_the_cortex_of_the_shaft_is_millimetres_thick_and_thins_with_loss_of_bone():
    def cortex_mm(patient: Patient) -> float:
        body = fields.body(patient, field="thigh_left", spacing_mm=(100.0, 1.0, 1.0))
        slab = np.s_[len(body.tissue) // 2]
        femur = of(body, "femur_left")[slab]
        cortical = femur & (body.tissue[slab] == Tissue.CORTICAL)
        outer, inner = (np.sqrt(float(m.sum()) / np.pi) for m in (femur, femur & ~cortical))
        return outer - inner

    healthy, lost, child = (
        cortex_mm(p) for p in (MEAN, Patient(build=0.0, bone_mass=0.5), Patient(build=0.0, age_years=3.0))
    )
    assert 5.0 < healthy < 9.0, "the mid-shaft of the femur: 6 to 8 mm"
    assert lost == pytest.approx(0.75 * healthy, rel=0.1)
    assert child < 0.9 * healthy
