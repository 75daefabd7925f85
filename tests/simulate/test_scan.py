"""A scan's image is the values it was made of, whoever changes what was read of it."""

import dataclasses

import numpy as np
import pytest

from osteon.geometry import volume_grid
from osteon.simulate.scan import Scan, imaged

GRID = volume_grid((2, 3, 4), np.diag([3.0, 1.0, 1.0, 1.0]))


def test_an_image_holds_its_values_on_its_grid():
    values = np.arange(24.0).reshape(GRID.shape)
    facts = {"SliceThickness": 3.0}
    image = imaged(values, GRID, modality="CT", unit="HU", facts=facts, notes=("Simulated.",))
    assert np.array_equal(image.read(), values)
    assert (image.grid, image.modality, image.unit) == (GRID, "CT", "HU")
    assert image.facts == facts
    assert image.notes == ("Simulated.",)


def test_a_reader_gets_a_copy():
    image = imaged(np.zeros(GRID.shape), GRID, modality="MR")
    image.read()[:] = 7
    assert not image.read().any()
    assert image.unit is None
    assert image.facts == {}
    assert image.notes == ()


def test_a_scan_is_not_changed_in_place():
    image = imaged(np.zeros(GRID.shape), GRID, modality="MR")
    scan = Scan(name="t1", image=image, mask=image)
    with pytest.raises(dataclasses.FrozenInstanceError):
        scan.name = "t2"
