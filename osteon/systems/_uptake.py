"""What the systems on FDG-PET share: SUV on one scale for all patients, and how much the outlined tumour takes up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from osteon.contract import Regress
from osteon.systems._lesion_slice import outlined
from osteon.systems._read_out import quantity
from osteon.types import Prediction, Study

if TYPE_CHECKING:
    import numpy as np

HIGHEST_SUV = 15.0
UPTAKE = (
    Regress(name="suv_max", unit="patient", quantity_unit="SUV"),
    Regress(name="mtv", unit="patient", quantity_unit="ml"),
    Regress(name="tlg", unit="patient", quantity_unit="SUV ml"),
)


def scaled(values: np.ndarray) -> np.ndarray:
    """Return SUV 0 to `HIGHEST_SUV` as 0 to 1, cut there."""
    from osteon.transforms.intensity import windowed

    return windowed(values, low=0.0, high=HIGHEST_SUV)


def measured(study: Study, name: str) -> list[Prediction]:
    """Return SUVmax, metabolic volume and total glycolysis of the outlined tumour of `name`; none without outline."""
    from osteon.geometry import voxel_ml
    from osteon.metrics.uptake import uptake

    found = outlined(study, name)
    if found is None:
        return []
    image, mask = found
    numbers = uptake(image.read(), mask, voxel_ml=voxel_ml(image.grid))
    return [quantity(study, task, value, on=name) for task, value in zip(UPTAKE, numbers, strict=True)]
