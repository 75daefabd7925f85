from __future__ import annotations

import numpy as np
import pytest

from osteon.simulate.person import anatomy
from osteon.simulate.person.patient import Patient
from osteon.simulate.tumour import lesion_plan
from osteon.simulate.tumour.lesion import Group, Lesion, Margin, Region
from osteon.simulate.tumour.lesion_matter import matter
from osteon.simulate.tumour.lesion_plan import NOTHING, OEDEMA, RIM, TUMOUR, see, zone

FEMUR = anatomy.bone_shapes(anatomy.frame(Patient(build=0.0)), "femur_left")


def lesion(**more) -> Lesion:
    base = {
        "entity": "osteosarcoma", "group": Group.MALIGNANT, "bone": "femur_left", "region": Region.METAPHYSIS,
        "centre_mm": (91.0, 2.0, 555.0), "size_mm": 24.0, "elongation": 1.0, "lobulation": 0.0, "margin": Margin.IB,
    }  # fmt: skip
    return Lesion(**{**base, **more})


def what(plan, *at: float) -> int:
    return zone(plan, see(plan, *at), *at)


def test_zones_lie_one_around_the_other():
    plan = lesion_plan.plan(lesion(margin=Margin.IA, oedema_mm=8.0), FEMUR)
    assert what(plan, 91.0, 2.0, 555.0) == TUMOUR
    assert what(plan, 91.0, 2.0, 555.0 - 13.0) == RIM
    assert what(plan, 91.0, 2.0, 555.0 - 17.0) == OEDEMA
    assert what(plan, 91.0, 2.0, 555.0 - 40.0) == NOTHING


def test_the_axes_are_out_of_the_bone_around_and_along_it():
    plan = lesion_plan.plan(lesion(centre_mm=(112.0, -8.0, 690.0), region=Region.DIAPHYSIS), FEMUR)
    assert plan.axes @ plan.axes.T == pytest.approx(np.eye(3), abs=1e-9)
    assert abs(plan.axes[2, 2]) > 0.97, "the femur stands"
    assert plan.axes[0, 0] > 0.5, "it lies on the outer side"


def test_a_response_scales_every_diameter():
    one, other = (lesion_plan.plan(lesion(soft_tissue_mm=10.0), FEMUR, factor=f) for f in (1.0, 0.5))
    assert other.half == pytest.approx(0.5 * one.half)
    assert other.mass[0] == pytest.approx(0.5 * one.mass[0])


def test_in_soft_tissue_there_is_no_bone():
    plan = lesion_plan.plan(lesion(region=Region.SOFT_TISSUE), FEMUR)
    assert len(plan.shapes) == 0
    assert what(plan, 91.0, 2.0, 555.0) == TUMOUR
    assert what(plan, 91.0, 2.0, 555.0 - 30.0) == NOTHING


def test_thresholds_are_the_same_whenever_asked():
    drawn = lesion(necrosis_before=0.4, mineral=0.3)
    plan = lesion_plan.plan(drawn, FEMUR)
    one, again = (matter(drawn, plan, necrotic=0.4) for _ in range(2))
    assert (one.mineral_above, one.necrosis_above) == (again.mineral_above, again.necrosis_above)
    assert matter(drawn, plan, necrotic=0.0).necrosis_above > 1e8
    assert matter(drawn, plan, necrotic=1.0).necrosis_above < -1e8
    assert matter(drawn, plan, necrotic=0.8).necrosis_above < one.necrosis_above


@pytest.mark.parametrize(
    "bone", ["femur_right", "tibia_left", "humerus_right", "hip_left", "rib_right_6", "vertebra_L2"]
)
def test_the_middle_of_a_lesion_is_tumour_in_any_bone(bone):
    """And its axes are square, on either side, in long bones, plates and bodies."""
    rows = anatomy.bone_shapes(anatomy.frame(Patient(build=0.0)), bone)
    row = rows[0]
    middle = tuple((row[:3] + 0.5 * row[12] * row[9:12]).tolist())
    plan = lesion_plan.plan(lesion(bone=bone, centre_mm=middle, size_mm=12.0), rows)
    assert what(plan, *middle) == TUMOUR
    assert plan.axes @ plan.axes.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(plan.axes) == pytest.approx(1.0)


def test_a_lesion_on_the_right_is_the_mirror_image_of_one_on_the_left():
    """Without lobes and texture: every zone of a left femur at the mirrored place of a right one."""
    frame = anatomy.frame(Patient(build=0.0))
    asked = {"size_mm": 34.0, "elongation": 1.3, "margin": Margin.IA, "oedema_mm": 9.0, "soft_tissue_mm": 12.0}
    plans = []
    for side, sign in (("left", 1.0), ("right", -1.0)):
        rows = anatomy.bone_shapes(frame, f"femur_{side}")
        plans.append(lesion_plan.plan(lesion(**asked, bone=f"femur_{side}", centre_mm=(sign * 96.0, 4.0, 580.0)), rows))
    places = np.random.default_rng(0).uniform((50.0, -40.0, 530.0), (140.0, 45.0, 630.0), (1500, 3))
    one = [what(plans[0], *p) for p in places]
    other = [what(plans[1], *(p * (-1.0, 1.0, 1.0))) for p in places]
    # Cortex breaks by noise in mm, which is not mirrored; rim, oedema and tumour are.
    assert np.mean(np.array(one) == np.array(other)) > 0.97


def test_a_mass_grows_out_of_the_bone_on_the_side_where_the_lesion_lies():
    plan = lesion_plan.plan(lesion(centre_mm=(112.0, -8.0, 690.0), size_mm=40.0, soft_tissue_mm=20.0), FEMUR)
    out = plan.axes[0]
    inner = plan.mass[3]
    beyond = np.array([112.0, -8.0, 690.0]) + (inner + 10.0) * out
    assert what(plan, *beyond) == TUMOUR
    opposite = np.array([112.0, -8.0, 690.0]) - 45.0 * out
    assert what(plan, *opposite) == NOTHING


@pytest.mark.parametrize(
    "change", [{}, {"lobulation": 1.0, "expansion": 1.6}, {"soft_tissue_mm": 40.0}, {"margin": Margin.III}]
)
def test_the_box_holds_all_that_is_changed(change):
    """Just outside the box nothing is anything, so that nothing is cut off."""
    plan = lesion_plan.plan(lesion(size_mm=60.0, oedema_mm=18.0, elongation=1.4, **change), FEMUR)
    low, high = lesion_plan.box(plan)
    rng = np.random.default_rng(3)
    for axis in range(3):
        for edge in (low[axis] - 0.5, high[axis] + 0.5):
            places = rng.uniform(low, high, (400, 3))
            places[:, axis] = edge
            assert all(what(plan, *p) == NOTHING for p in places)
