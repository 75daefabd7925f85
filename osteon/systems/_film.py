"""What a system that reads whole radiographs looks at: the film, patches of it, and their opinions joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from osteon.contract import Classify, label_of
from osteon.types import Image, Sample, Study

if TYPE_CHECKING:
    import numpy as np

INPUT = "radiograph"


def film(study: Study, side: int, task: Classify) -> Sample | None:
    """Return the whole film of `study` at `side` pixels a side, 0 to 1; None where it has none.

    Where the class of `task` is known, and the outline unless the class is the first (normal), they are targets: the
    class by the task's name, and `mask` (1, side, side).
    """
    import numpy as np

    from osteon.transforms import intensity, resize

    image = study.data.get(INPUT)
    if not isinstance(image, Image):
        return None
    fit = resize.draw(image.grid.shape, to=(side, side))
    pixels = resize.apply(intensity.robust_unit(image.read(), low=0, high=100), fit)[None]
    label = label_of(study, task)
    mask = None if study.truth is None else study.truth.masks.get(INPUT)
    targets: dict[str, np.ndarray | int] = {}
    if label is not None and (label == 0 or mask is not None):
        outline = np.zeros_like(pixels)
        if mask is not None:
            outline = resize.apply((mask.read() > 0).astype("float32"), fit)[None]
        targets = {task.name: label, "mask": outline}
    return Sample(
        study=study.name, patient=study.patient, input=INPUT, inputs={"image": pixels}, targets=targets, steps=(fit,)
    )


def patches(whole: Sample, task: Classify, *, size: int) -> Iterator[Sample]:
    """Yield patches of `size` pixels, every half of it, of a film; one that does not touch the tumour is normal."""
    import numpy as np

    from osteon.transforms import windows

    for step in windows.windows(whole.inputs["image"].shape, size=size, stride=max(1, size // 2)):
        targets = dict(whole.targets)
        if targets:
            mask = windows.cut(np.asarray(whole.targets["mask"]), step)
            targets = {task.name: targets[task.name] if mask.any() else 0, "mask": mask}
        image = windows.cut(whole.inputs["image"], step)
        place = f"patch {step.params['row']},{step.params['column']}"
        yield replace(whole, item=place, inputs={"image": image}, targets=targets, steps=(*whole.steps, step))


def vote(film: np.ndarray, patches: Iterable[np.ndarray]) -> np.ndarray:
    """Return the film's probabilities (3,) after the patches' vote: its tumour is as sure as that of its surest patch.

    >>> import numpy as np
    >>> vote(np.array([0.8, 0.1, 0.1]), [np.array([0.1, 0.0, 0.9])]).round(2).tolist()
    [0.1, 0.0, 0.9]

    """
    return min((film, *patches), key=lambda p: float(p[0]))
