from __future__ import annotations

import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.geometry import matrix
from osteon.simulate.person import bones, fields
from osteon.simulate.person.fields import FIELDS
from osteon.simulate.person.patient import Patient
from osteon.simulate.tumour.lesion import Group, Lesion, Region


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_a_field_shows_a_bone_it_is_there_for(field):
    body = fields.body(Patient(), field=field, spacing_mm=8.0)
    shown = {bones.kind(bones.BONES[v - 1]) for v in np.unique(body.bone) if v}
    for kind, name in fields.OF_BONE.items():
        if name == field:
            assert kind in shown


def test_a_field_takes_the_side_of_the_lesion():
    lesion = Lesion(
        entity="osteosarcoma", group=Group.MALIGNANT, bone="tibia_right", region=Region.METAPHYSIS,
        centre_mm=(-88.0, 2.0, 440.0), size_mm=40.0,
    )  # fmt: skip
    body = fields.body(Patient(lesions=(lesion,), build=0.0), field="knee", spacing_mm=4.0)
    assert bones.VALUE["femur_right"] in body.bone
    assert bones.VALUE["femur_left"] not in body.bone
    assert body.lesion.any()


def test_slices_run_up_rows_to_the_back_columns_to_the_left():
    affine = matrix(fields.grid_of(Patient(), field="knee_left", spacing_mm=(3.0, 2.0, 1.0)))
    assert affine[:3, :3].tolist() == [[0, 0, 1], [0, 2, 0], [3, 0, 0]]


@pytest.mark.parametrize(
    ("field", "spacing", "said"),
    [("elbows", 1.0, "There is no field"), ("whole_left", 1.0, "There is no field"), ("knee_up", 1.0, "There is no"),
     ("knee", 0.0, "cannot be meant"), ("knee", float("nan"), "cannot be meant"), ("whole", 0.2, "voxels, more than")],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_a_sentence(field, spacing, said):
    with pytest.raises(RequestError, match=said):
        fields.grid_of(Patient(), field=field, spacing_mm=spacing)
