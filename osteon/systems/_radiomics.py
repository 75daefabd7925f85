"""What the systems on hand-crafted features share: the features of an outlined region, named, for any estimator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

from osteon.contract import Classify, Prepare
from osteon.systems._fusion import CLINICAL, clinical_row
from osteon.systems._lesion_slice import outlined
from osteon.systems._sample import labelled
from osteon.types import Outputs, Sample, Study

if TYPE_CHECKING:
    import numpy as np

    from osteon.transforms.clinical import Columns
    from osteon.transforms.radiomics.vector import Radiomics

Features = Literal["sheet-8", "original", "pet"]


def settings(features: Features) -> Radiomics:
    """Return how features are measured: the 1,316 of sheet 8, the original image's 107, or a PET's in SUV."""
    from osteon.transforms.radiomics.vector import SHEET_8, Radiomics

    return {"sheet-8": SHEET_8, "original": Radiomics(bin_width=None, bin_count=32), "pet": Radiomics(bin_width=0.5)}[
        features
    ]


def names(features: Features) -> tuple[str, ...]:
    """Return the names of the features, in order."""
    return settings(features).names()


def measured(study: Study, name: str, features: Features) -> np.ndarray | None:
    """Return the features of the outlined region of `name`, float32; None where the study lacks volume or outline."""
    import numpy as np

    from osteon.transforms.radiomics import remember

    found = outlined(study, name)
    if found is None:
        return None
    image, mask = found
    spacing = image.grid.spacing_mm or (1.0, 1.0, 1.0)
    values = remember.features(image.read(), mask, spacing_mm=spacing, settings=settings(features))
    return np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)


def radiomics(
    name: str, task: Classify, features: Callable[[], Features], *, columns: Callable[[], Columns] | None = None
) -> Prepare:
    """Return a `prepare` that yields the features of `name` and, where `columns` are given, the clinical numbers."""

    def prepare(study: Study, _earlier: Outputs) -> Iterator[Sample]:
        import numpy as np

        values = measured(study, name, features())
        if values is None:
            return
        inputs = {"features": values}
        if columns is not None:
            row = clinical_row(study, columns)
            inputs[CLINICAL] = np.full(len(columns().names), np.nan, np.float32) if row is None else row
        yield labelled(study, task, inputs, on=name)

    return prepare
