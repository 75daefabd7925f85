"""Arms that hang, palm forward: bones in their order, free at their joints, the thumb on the outside."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from osteon.geometry import to_mm
from osteon.simulate.person import anatomy, bones, fields
from osteon.simulate.person.anatomy_arms import arms
from osteon.simulate.person.anatomy_shapes import BONE, GLOW, INSIDE
from osteon.simulate.person.body import Body
from osteon.simulate.person.patient import Patient
from osteon.simulate.tumour.entity_draw import anyone

MEAN = Patient(build=0.0)
SIGN = {"left": 1.0, "right": -1.0}


def points(body: Body, name: str) -> np.ndarray:
    return to_mm(body.grid, np.argwhere(body.bone == bones.VALUE[name]))


@pytest.mark.parametrize("side", bones.SIDES)
def test_the_radius_lies_on_the_thumbs_side(side):
    body = fields.body(MEAN, field=f"forearm_{side}", spacing_mm=3.0)
    radius, ulna = (points(body, f"{n}_{side}") for n in ("radius", "ulna"))
    assert SIGN[side] * (radius[:, 0].mean() - ulna[:, 0].mean()) > 8.0
    assert ulna[:, 2].max() > radius[:, 2].max() + 10.0, "the elbow's hook is the ulna's"
    lowest = [p[p[:, 2] < p[:, 2].min() + 8.0] for p in (radius, ulna)]
    widths = [float(np.ptp(low[:, 0])) for low in lowest]
    assert widths[0] > widths[1], "at the wrist the radius is the broad one"


@pytest.mark.parametrize("side", bones.SIDES)
def test_the_thumb_points_outwards_and_the_middle_finger_reaches_lowest(side):
    hand = points(fields.body(MEAN, field=f"hand_{side}", spacing_mm=2.0), f"hand_{side}")
    outermost = hand[(SIGN[side] * hand[:, 0]).argmax()]
    assert outermost[2] > hand[:, 2].min() + 35.0, "the thumb ends higher than the fingers"
    lowest = hand[hand[:, 2].argmin()]
    assert abs(lowest[0]) < abs(outermost[0]) - 20.0


@pytest.mark.parametrize("index", range(3))
def test_the_bones_of_the_shoulder_and_the_forearm_do_not_grow_together(index):
    patient = anyone(index, seed=8, age=(14.0, 80.0))
    side = bones.SIDES[index % 2]
    shoulder = fields.body(patient, field=f"shoulder_{side}", spacing_mm=2.0).bone
    head, blade = (shoulder == bones.VALUE[f"{n}_{side}"] for n in ("humerus", "scapula"))
    touching = (ndimage.binary_dilation(head) & blade).sum()
    assert touching < 0.02 * min(head.sum(), blade.sum())
    assert ndimage.distance_transform_edt(~blade, sampling=2.0)[head].min() < 10.0, "and meet in a joint"
    arm = fields.body(patient, field=f"forearm_{side}", spacing_mm=(4.0, 1.5, 1.5)).bone
    middle = arm[arm.shape[0] // 2]
    radius, ulna = (middle == bones.VALUE[f"{n}_{side}"] for n in ("radius", "ulna"))
    assert radius.any()
    assert ulna.any()
    assert not (ndimage.binary_dilation(radius) & ulna).any(), "two bones with a space between"


def test_the_clavicle_bridges_sternum_and_shoulder():
    body = fields.body(MEAN, field="thorax", spacing_mm=3.0)
    for side, sign in SIGN.items():
        collar, sternum = points(body, f"clavicle_{side}"), points(body, "sternum")
        inner, outer = (collar[(k * sign * collar[:, 0]).argmax()] for k in (-1.0, 1.0))
        assert np.linalg.norm(sternum - inner, axis=1).min() < 15.0
        blade = points(body, f"scapula_{side}")
        assert np.linalg.norm(blade - outer, axis=1).min() < 25.0
        assert blade[:, 1].mean() > collar[:, 1].mean() + 40.0, "the blade lies behind"


@pytest.mark.parametrize(("age", "open_"), [(8.0, True), (16.9, True), (17.0, False), (60.0, False)])
def test_each_arm_has_three_plates_while_it_grows(age, open_):
    patient = Patient(build=0.0, age_years=age, height_cm=150.0, weight_kg=45.0)
    made = arms(anatomy.frame(patient))
    plates = [p for p in made if p.does == INSIDE]
    zones = [p for p in made if p.does == GLOW]
    assert len(plates) == len(zones) == (6 if open_ else 0)
    assert {p.bone for p in plates} == {p.bone for p in zones}
    assert len([p for p in made if p.does == BONE]) == 12, "clavicle, scapula, humerus, ulna, radius and hand, twice"
