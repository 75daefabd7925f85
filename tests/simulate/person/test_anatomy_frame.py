from __future__ import annotations

import numpy as np
import pytest

from osteon.simulate.person.anatomy_frame import frame
from osteon.simulate.person.patient import Patient

MEAN = Patient(build=0.0)


def test_the_mean_man_is_the_reference():
    found = frame(MEAN)
    assert found.at(88, 0, 930) == pytest.approx([88, 0, 930])
    assert found.bone(10.0) == pytest.approx(10.0)
    assert found.head == pytest.approx(1.0)


def test_bodies_scale_with_height_and_widen_with_weight():
    tall = frame(Patient(build=0.0, height_cm=193.6, weight_kg=92.0))
    assert tall.scale == pytest.approx(1.1)
    assert tall.at(0, 0, 500)[2] == pytest.approx(550)
    heavy, light = (frame(Patient(build=0.0, weight_kg=w)) for w in (120.0, 55.0))
    assert heavy.soft(100.0) > 1.3 * light.soft(100.0)
    assert heavy.bone(10.0) == light.bone(10.0)
    assert light.flesh(50.0) < light.soft(50.0), "muscle stays under the skin"


def test_women_have_finer_bones_and_less_muscle():
    woman, man = frame(Patient(build=0.0, sex="female")), frame(MEAN)
    assert woman.bone(10.0) == pytest.approx(9.2)
    assert woman.flesh(10.0) < man.flesh(10.0)


def test_displacement_is_smooth_and_small():
    found = frame(Patient(index=3))
    rng = np.random.default_rng(0)
    places = rng.uniform([-200, -100, 0], [200, 100, 1760], (300, 3))
    moved = np.array([found.displacement_mm(p) for p in places])
    assert np.linalg.norm(moved, axis=1).max() < 30
    beside = np.array([found.displacement_mm(p + np.array([5.0, 0.0, 0.0])) for p in places])
    assert np.linalg.norm(beside - moved, axis=1).max() < 0.15 * 5.0


def test_landmarks_of_a_growing_child_rise_in_order():
    for age in (1, 5, 10, 15):
        levels = frame(Patient(age_years=age, height_cm=70 + 6 * age, weight_kg=10 + 3 * age)).levels_mm
        assert (np.diff(levels) > 0).all()
        assert levels[-1] == pytest.approx(10 * (70 + 6 * age))
