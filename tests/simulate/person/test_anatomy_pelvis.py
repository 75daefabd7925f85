"""The ring of the pelvis is closed but for its joints, the skull hollow, the jaw below it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from osteon.geometry import to_mm, voxel_ml
from osteon.simulate.person import bones, fields
from osteon.simulate.person.anatomy_frame import frame
from osteon.simulate.person.body import Body
from osteon.simulate.person.patient import Patient
from osteon.simulate.person.tissues import Tissue

PEOPLE = {
    "mean": Patient(build=0.0),
    "woman": Patient(index=11, sex="female", age_years=66.0, height_cm=158.0, weight_kg=70.0),
    "child": Patient(index=12, age_years=7.0, height_cm=122.0, weight_kg=23.0),
}  # fmt: skip


def mask(body: Body, name: str) -> np.ndarray:
    return body.bone == bones.VALUE[name]


@pytest.fixture(scope="module", params=sorted(PEOPLE))
def pelvis(request) -> Body:
    return fields.body(PEOPLE[request.param], field="pelvis", spacing_mm=2.5)


def test_left_hip_and_right_hip_meet_in_cartilage_alone(pelvis):
    left, right = mask(pelvis, "hip_left"), mask(pelvis, "hip_right")
    assert not (ndimage.binary_dilation(left) & right).any()
    gap = ndimage.distance_transform_edt(~left, sampling=2.5)[right].min()
    assert gap < 20.0, "the symphysis"
    assert left.sum() == pytest.approx(right.sum(), rel=0.12)


def test_the_sacrum_is_wedged_between_the_hips(pelvis):
    sacrum = to_mm(pelvis.grid, np.argwhere(mask(pelvis, "sacrum")))
    hips = [to_mm(pelvis.grid, np.argwhere(mask(pelvis, f"hip_{side}"))) for side in bones.SIDES]
    assert hips[1][:, 0].mean() < sacrum[:, 0].mean() < hips[0][:, 0].mean()
    assert sacrum[:, 1].mean() > max(h[:, 1].mean() for h in hips) + 15.0, "it closes the ring behind"
    upper, lower = (
        sacrum[part] for part in (sacrum[:, 2] > np.median(sacrum[:, 2]), sacrum[:, 2] < sacrum[:, 2].min() + 15)
    )
    assert np.ptp(upper[:, 0]) > 2.0 * np.ptp(lower[:, 0]), "it narrows downwards"
    for hip in hips:
        near = hip[np.abs(hip[:, 2] - upper[:, 2].mean()) < 15.0]
        apart = np.abs(near[:, None, 0] - upper[None, ::9, 0]) + np.abs(near[:, None, 1] - upper[None, ::9, 1])
        assert apart.min() < 20.0


def test_a_ball_fits_the_socket_of_each_side(pelvis):
    for side in bones.SIDES:
        femur, hip = (to_mm(pelvis.grid, np.argwhere(mask(pelvis, f"{n}_{side}"))) for n in ("femur", "hip"))
        sign = 1.0 if side == "left" else -1.0
        head = femur[femur[:, 2] > femur[:, 2].max() - 12.0].mean(axis=0)
        around = hip[np.linalg.norm(hip - head, axis=1) < 50.0]
        assert len(around) > 100
        assert (sign * (around[:, 0] - head[0]) < 0).mean() > 0.55, "the socket opens outwards"
        assert (around[:, 2] > head[2]).any(), "and has a roof"


@pytest.mark.parametrize("name", sorted(PEOPLE))
def test_the_skull_is_a_shell_around_the_brain_with_the_jaw_below(name):
    patient = PEOPLE[name]
    body = fields.body(patient, field="head", spacing_mm=2.5)
    skull, jaw = mask(body, "skull"), mask(body, "mandible")
    brain = body.tissue == Tissue.BRAIN
    assert not (skull & brain).any()
    heights = [to_mm(body.grid, np.argwhere(m))[:, 2].mean() for m in (brain, skull, jaw)]
    assert heights[0] > heights[1] > heights[2]
    # A shell: the brain is held, apart from the base, where the neck goes through.
    wall = ndimage.binary_dilation(brain) & ~brain
    assert skull[wall].mean() > 0.75
    expected = 1400.0 * frame(patient).head ** 3
    assert brain.sum() * voxel_ml(body.grid) == pytest.approx(expected, rel=0.35)


def test_a_child_of_seven_has_nearly_the_head_of_an_adult_and_half_the_hips():
    volumes = {}
    for name in ("mean", "child"):
        head, pelvis_ = (fields.body(PEOPLE[name], field=f, spacing_mm=5.0) for f in ("head", "pelvis"))
        volumes[name] = (int((head.tissue == Tissue.BRAIN).sum()), int(mask(pelvis_, "hip_left").sum()))
    assert volumes["child"][0] > 0.55 * volumes["mean"][0]
    assert volumes["child"][1] < 0.5 * volumes["mean"][1]
