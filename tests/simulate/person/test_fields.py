from __future__ import annotations

import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.geometry import matrix, to_mm
from osteon.simulate.person import anatomy, bones, fields
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


HOLDS = {
    "head": ("skull", "mandible"), "hand": ("hand",), "foot": ("foot",), "pelvis": ("hip", "sacrum"),
    "sacrum": ("sacrum",), "femur": ("femur",), "leg": ("tibia", "fibula"), "forearm": ("radius", "ulna"),
    "humerus": ("humerus",), "knee": ("patella",), "thorax": ("rib", "sternum"),
}  # fmt: skip
"""Bones that a field is there to show whole."""


@pytest.mark.parametrize("field", sorted(HOLDS))
@pytest.mark.parametrize("age", [3.0, 44.0])
def test_a_field_holds_its_bones_whole_in_a_child_and_a_stout_adult(field, age):
    height, bmi = (95.0, 16.0) if age < 10 else (168.0, 33.0)
    patient = Patient(index=9, sex="female", age_years=age, height_cm=height, weight_kg=bmi * (height / 100.0) ** 2)
    named = f"{field}_right" if FIELDS[field].paired else field
    grids = [fields.grid_of(patient, field=named, spacing_mm=(5.0, 4.0, 4.0), margin_mm=m) for m in (0.0, 40.0)]
    cut, wide = (anatomy.healthy(patient, grid).bone for grid in grids)
    for bone, value in bones.VALUE.items():
        if bones.kind(bone) in HOLDS[field] and (not FIELDS[field].paired or bones.side(bone) == "right"):
            assert (cut == value).sum() == pytest.approx((wide == value).sum(), rel=0.06), bone


def test_a_lesion_of_the_midline_leaves_a_paired_field_on_the_left():
    lesion = Lesion(
        entity="chordoma", group=Group.MALIGNANT, bone="sacrum", region=Region.AXIAL, centre_mm=(0.0, 60.0, 990.0),
        size_mm=40.0,
    )  # fmt: skip
    low, high = fields.bounds_mm(Patient(lesions=(lesion,)), field="knee")
    left = fields.bounds_mm(Patient(), field="knee_left")
    assert np.array_equal((low, high), left)
    right = fields.bounds_mm(Patient(build=0.0), field="knee_right")
    mirrored = fields.bounds_mm(Patient(build=0.0), field="knee_left")
    assert right[0][0] == pytest.approx(-mirrored[1][0])
    assert right[1][0] == pytest.approx(-mirrored[0][0])


def test_a_grid_around_a_lesion_lies_about_it_and_needs_one():
    lesion = Lesion(
        entity="osteosarcoma", group=Group.MALIGNANT, bone="femur_left", region=Region.METAPHYSIS,
        centre_mm=(91.0, 2.0, 560.0), size_mm=60.0, elongation=1.5, soft_tissue_mm=10.0,
    )  # fmt: skip
    grid = fields.grid_around(Patient(lesions=(lesion,)), reach_mm=5.0, spacing_mm=2.0)
    assert to_mm(grid, (np.array(grid.shape) - 1) / 2) == pytest.approx(lesion.centre_mm)
    assert grid.shape == (45, 35, 35), "half of 60 mm and 15 more along, half of 40 mm and 15 more across"
    with pytest.raises(RequestError, match="no lesion"):
        fields.grid_around(Patient(), reach_mm=5.0)
