from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from osteon.simulate.person.patient import Patient
from osteon.simulate.tumour.lesion import Group, Lesion, Region


def test_chance_depends_on_seed_index_and_name_and_nothing_else():
    def draw(**who):
        name = who.pop("name", "ct")
        return Patient(**who).chance(name).random(4)

    base = draw(seed=1, index=2)
    assert np.array_equal(base, draw(seed=1, index=2, age_years=70.0))
    for other in (draw(seed=2, index=2), draw(seed=1, index=3), draw(seed=1, index=2, name="mri")):
        assert not np.array_equal(base, other)


def test_neighbouring_indices_are_not_correlated():
    first = np.array([Patient(index=i).chance("x").random() for i in range(2000)])
    assert abs(np.corrcoef(first[:-1], first[1:])[0, 1]) < 0.06
    assert abs(first.mean() - 0.5) < 0.03


@pytest.mark.parametrize(("sex", "age", "still"), [("female", 14.9, True), ("female", 15, False), ("male", 16, True)])
def test_growth_plates_close_earlier_in_girls(sex, age, still):
    assert Patient(sex=sex, age_years=age).growth_plates_open is still


def test_records_are_frozen_and_named_as_simulated():
    patient = Patient(index=4, height_cm=200.0, weight_kg=80.0)
    assert patient.name == "simulated-000005"
    assert patient.body_mass_index == pytest.approx(20.0)
    lesion = Lesion(
        entity="osteosarcoma", group=Group.MALIGNANT, bone="femur_left", region=Region.METAPHYSIS,
        centre_mm=(0.0, 0.0, 0.0), size_mm=60.0,
    )  # fmt: skip
    with pytest.raises(dataclasses.FrozenInstanceError):
        lesion.size_mm = 1.0
