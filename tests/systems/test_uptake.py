"""What the systems on PET share: one scale for all patients, three quantities of the outlined tumour."""

from dataclasses import replace

import numpy as np
import pytest

from osteon import systems
from osteon.geometry import voxel_ml
from osteon.systems import _uptake
from osteon.types import Truth
from tests import phantoms


@pytest.fixture
def study():
    return phantoms.study(systems.get("pet-chemo-kim2021"), index=1)


def test_one_scale_for_all_patients():
    assert _uptake.scaled(np.array([-1.0, 0.0, 7.5, 15.0, 40.0])).tolist() == [0, 0, 0.5, 1, 1]


def test_quantities_have_their_units_and_are_of_the_outline(study):
    image, mask = study.data["pet"], study.truth.masks["pet"].read() > 0
    found = _uptake.measured(study, "pet")
    assert [(p.task, p.unit, p.input) for p in found] == [(t.name, t.quantity_unit, "pet") for t in _uptake.UPTAKE]
    highest, volume, glycolysis = (p.value for p in found)
    assert highest == pytest.approx(image.read()[mask].max())
    assert volume == pytest.approx(mask.sum() * voxel_ml(image.grid))
    assert glycolysis == pytest.approx(image.read()[mask].mean() * volume, rel=1e-5)


def test_without_an_outline_there_is_nothing_to_measure(study):
    assert _uptake.measured(replace(study, truth=Truth()), "pet") == []
    assert _uptake.measured(replace(study, data={}), "pet") == []
