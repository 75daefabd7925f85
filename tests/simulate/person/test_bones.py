from __future__ import annotations

from osteon.simulate.person import bones


def test_the_49_bones_are_49_and_come_first():
    assert len(bones.BONES_49) == len(set(bones.BONES_49)) == 49
    assert bones.BONES[:49] == bones.BONES_49
    assert len(set(bones.BONES)) == len(bones.BONES) < 255


def test_values_start_at_one():
    assert bones.VALUE["vertebra_T1"] == 1
    assert sorted(bones.VALUE.values()) == list(range(1, len(bones.BONES) + 1))


def test_every_bone_has_a_site_and_every_pair_has_two_sides():
    assert {bones.site(b) for b in bones.BONES} == {
        "clavicle", "cranium", "femur", "foot", "forearm", "hand", "hip", "humerus", "knee", "leg", "mandible",
        "rib/chest wall", "scapula", "spine",
    }  # fmt: skip
    left = {b.replace("left", "right") for b in bones.BONES if bones.side(b) == "left"}
    assert left == {b for b in bones.BONES if bones.side(b) == "right"}
