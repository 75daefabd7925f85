"""What the systems that outline a whole volume share: channels on cubic voxels out, label map and millilitres back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from osteon.contract import Part, Prepare, Segment, Sgd
from osteon.systems._lesion_slice import Scale
from osteon.systems._read_out import chance
from osteon.systems._slices import drawn, outline_of, volume
from osteon.types import Image, Outputs, Prediction, Sample, Study

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    from osteon.types import Batch

CUBE_MM = 5.0


def volumes(channels: Mapping[str, Scale], *, spacing_mm: float) -> Prepare:
    """Return a `prepare` that yields a study as one sample: a channel an input, on cubic voxels over the first's field.

    A channel whose input is missing, or that does not reach so far, is 0 there. The target is the share of each voxel
    that is outlined on the first input.
    """
    first = next(iter(channels))

    def prepare(study: Study, _earlier: Outputs) -> Iterator[Sample]:
        import numpy as np

        from osteon.transforms import isotropic

        image = study.data.get(first)
        if not isinstance(image, Image) or len(image.grid.shape) != 3:
            return
        cubes = isotropic.grid(image.grid, spacing_mm=spacing_mm)
        found = []
        for name, scale in channels.items():
            given = study.data.get(name)
            there = isinstance(given, Image) and given.grid.affine is not None
            field = (
                isotropic.onto(scale(given.read()), given.grid, cubes) if there else np.zeros(cubes.shape, "float32")
            )
            found.append(field)
        mask = outline_of(study, first)
        targets = {} if mask is None else {"mask": isotropic.onto(mask, image.grid, cubes)[None]}
        yield Sample(
            study=study.name, patient=study.patient, input=first, inputs={"image": np.stack(found)}, targets=targets
        )

    return prepare


def unscaled(array: np.ndarray) -> np.ndarray:
    """Return the values as they are, float32."""
    return array.astype("float32")


def ellipsoid(name: str) -> Part:
    """Return the control that outlines the volumes `name` without looking: an ellipsoid fitted to their size alone."""
    return Part(
        name="outline",
        takes=(name,),
        prepare=volumes({name: unscaled}, spacing_mm=CUBE_MM),
        build=_ellipsoid,
        fit=Sgd(epochs=30, batch_size=1, optimiser="adam", lr=0.03),
        loss=loss,
    )


def _ellipsoid() -> nn.Module:
    from osteon.models.ellipsoid import Ellipsoid

    return Ellipsoid(spacing_mm=CUBE_MM)


def loss(outputs: Mapping[str, Tensor], batch: Batch) -> Tensor:
    """Return 1 - Dice plus the cross-entropy of the outline, both against the share of a voxel that is outlined."""
    from osteon.models.multi_view import overlap_loss

    return overlap_loss(outputs["tumour"], batch.targets["mask"])


def decode(task: Segment, outputs: Outputs, study: Study, *, spacing_mm: float) -> list[Prediction]:
    """Return the largest connected outline on the volume's own grid, and its volume in ml by the header's spacing.

    Raises:
        InputError: The study has no volume of the task's input.

    """
    import numpy as np
    from scipy import ndimage

    from osteon.transforms import isotropic, regrid

    image = volume(study, task)
    logits = np.mean([output.values["tumour"][0] for part in outputs.values() for output in part], axis=0)
    fine = regrid.onto(logits, isotropic.grid(image.grid, spacing_mm=spacing_mm), image.grid)
    pieces, _ = ndimage.label(fine > 0)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    labels = ((pieces == sizes.argmax()) & (fine > 0)).astype(np.uint8)
    return drawn(study, task, labels, chance(fine))
