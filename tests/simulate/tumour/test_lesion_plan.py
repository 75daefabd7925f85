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
