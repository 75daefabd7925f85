from __future__ import annotations

from osteon.simulate.person import anatomy_wear, bones
from osteon.simulate.person.anatomy_frame import frame
from osteon.simulate.person.anatomy_shapes import BONE, GLOW
from osteon.simulate.person.patient import Patient


def parts(severity: float, index: int = 0):
    return anatomy_wear.wear(frame(Patient(index=index, degeneration=severity)))


def test_the_young_have_none():
    assert parts(0.0) == []


def test_more_wear_means_more_and_hotter_joints():
    few, many = parts(0.2), parts(1.0)
    assert 0 < len(few) < len(many)
    hottest = [max(p.factor for p in found if p.does == GLOW) for found in (few, many)]
    assert 1.0 < hottest[0] < hottest[1] < 7.0


def test_spurs_belong_to_vertebrae():
    spurs = [p for p in parts(1.0) if p.does == BONE]
    assert spurs
    assert {bones.kind(bones.BONES[p.bone - 1]) for p in spurs} == {"vertebra"}


def test_which_joints_is_the_patients_own():
    assert [p.factor for p in parts(0.6, 1)] == [p.factor for p in parts(0.6, 1)] != [p.factor for p in parts(0.6, 2)]
