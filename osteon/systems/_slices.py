"""What the systems that outline a volume slice by slice share: slices out, label map and millilitres back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from osteon.contract import Prepare, Regress, Segment
from osteon.errors import InputError
from osteon.systems._read_out import chance, quantity
from osteon.types import Image, Output, Outputs, Prediction, Sample, Step, Study

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from osteon.types import Batch

VOLUME = Regress(name="tumour_volume", unit="patient", quantity_unit="ml")
NEAR = 3
"""Slices beyond the tumour's ends that are trained on, so that a network learns where it stops."""


def slices(name: str, side: Callable[[], int], scale: Callable[[np.ndarray], np.ndarray]) -> Prepare:
    """Return a `prepare` that yields every slice of the volume `name` at `side` pixels, its values as `scale` has them.

    Slices within `NEAR` of an outlined tumour carry the target `mask` (1, side, side); the others are only predicted.
    """

    def prepare(study: Study, _earlier: Outputs) -> Iterator[Sample]:
        from osteon.transforms import resize

        image = study.data.get(name)
        if not isinstance(image, Image) or len(image.grid.shape) != 3:
            return
        volume, mask = scale(image.read()), outline_of(study, name)
        fit = resize.draw(volume.shape, to=(side(), side()))
        near = set() if mask is None else _near(mask)
        for index, plane in enumerate(volume):
            inside = {}
            if mask is not None and index in near:
                inside = {"mask": (resize.apply(mask[index].astype("float32"), fit)[None] > 0.5).astype("float32")}
            yield Sample(
                study=study.name,
                patient=study.patient,
                item=f"slice {index}",
                input=name,
                inputs={"image": resize.apply(plane, fit)[None]},
                targets=inside,
                steps=(Step(name="slice", params={"index": index}), fit),
            )

    return prepare


def outline_of(study: Study, name: str) -> np.ndarray | None:
    """Return where the volume `name` is outlined, bool; None where no one outlined it."""
    mask = None if study.truth is None else study.truth.masks.get(name)
    return None if mask is None else mask.read() > 0


def _near(mask: np.ndarray) -> set[int]:
    there = [index for index, plane in enumerate(mask) if plane.any()]
    return set(range(there[0] - NEAR, there[-1] + NEAR + 1)) if there else set()


def augment(sample: Sample, rng: np.random.Generator) -> Sample:
    """Return the slice turned, mirrored, zoomed and stretched a little, its mask with it."""
    from osteon.transforms.chain import chain
    from osteon.transforms.warp import Warp

    return chain(Warp(zoom=(0.8, 1.25), degrees=15.0, stretch=0.1, wander=0.05))(sample, rng)


def loss(outputs: Mapping[str, Tensor], batch: Batch) -> Tensor:
    """Return the class-balanced cross-entropy of the outline and, where there are some, of each side output."""
    from osteon.models.side_supervised import side_loss

    return side_loss(outputs, batch.targets["mask"])


def assembled(outputs: Iterable[Output], study: Study, task: Segment) -> list[Prediction]:
    """Return the outline on the volume's own grid, and its volume in ml by the header's spacing.

    Raises:
        InputError: The study has no volume of the task's input.

    """
    import numpy as np

    from osteon.transforms import resize

    shape = volume(study, task).grid.shape
    labels = np.zeros(shape, dtype=np.uint8)
    heat = np.zeros(shape, dtype=np.float32)
    for output in outputs:
        at, fit = output.sample.steps
        index, logit = at.params["index"], resize.undo(output.values["tumour"][0], fit)
        labels[index] = logit > 0
        heat[index] = chance(logit)
    return drawn(study, task, labels, heat)


def drawn(study: Study, task: Segment, labels: np.ndarray, heat: np.ndarray) -> list[Prediction]:
    """Return `labels` as the answer to `task`, and their volume in ml by the spacing of its input."""
    from osteon.metrics.size import volume_ml

    grid = volume(study, task).grid
    outline = Prediction(
        study=study.name, patient=study.patient, task=task.name, input=task.input, label_map=labels, heat_map=heat
    )
    return [outline, quantity(study, VOLUME, volume_ml(labels, grid=grid), on=task.input)]


def volume(study: Study, task: Segment) -> Image:
    """Return the volume that `task` outlines.

    Raises:
        InputError: The study has none.

    """
    image = study.data.get(task.input)
    if not isinstance(image, Image) or len(image.grid.shape) != 3:
        msg = f"This study has no volume called {task.input}; give a series as that input."
        raise InputError(msg)
    return image
