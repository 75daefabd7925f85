"""What the systems that compare two exams share: delta features, and both exams' crops of one size in mm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from osteon.contract import Classify, Prepare, Regress
from osteon.systems._lesion_slice import MARGIN, outlined
from osteon.systems._radiomics import Features, measured
from osteon.systems._read_out import quantity
from osteon.systems._sample import labelled
from osteon.types import Outputs, Prediction, Sample, Step, Study

if TYPE_CHECKING:
    import numpy as np

    from osteon.types import Image

EXAMS = ("pre", "post")
CHANGE = Regress(name="volume_change", unit="patient", quantity_unit="%")


def both(study: Study, name: str) -> list[tuple[Image, np.ndarray]]:
    """Return the outlined volumes `name`_pre and `name`_post; an empty list where the study lacks one."""
    found = [outlined(study, f"{name}_{exam}") for exam in EXAMS]
    known = [pair for pair in found if pair is not None]
    return known if len(known) == len(EXAMS) else []


def deltas(name: str, task: Classify, features: Callable[[], Features]) -> Prepare:
    """Return a `prepare` that yields ratio and difference of the radiomics features of both exams."""

    def prepare(study: Study, _earlier: Outputs) -> Iterator[Sample]:
        from osteon.transforms.delta import delta

        before, after = (measured(study, f"{name}_{exam}", features()) for exam in EXAMS)
        if before is not None and after is not None:
            yield labelled(study, task, {"delta": delta(before, after)}, on=f"{name}_post")

    return prepare


def crops(name: str, task: Classify, side: Callable[[], int], scale: Callable[[np.ndarray], np.ndarray]) -> Prepare:
    """Return a `prepare` that yields each exam's largest slice of the lesion, with its two neighbours.

    Three channels of `side` pixels in `pre` and `post`, cut around each outline, of one size in mm for both, so that a
    lesion that shrank is smaller.
    """

    def prepare(study: Study, _earlier: Outputs) -> Iterator[Sample]:
        from osteon.transforms import resize

        exams = both(study, name)
        if not exams:
            return
        width = MARGIN * max(_extent_mm(image, mask) for image, mask in exams)
        inputs, steps = {}, []
        for exam, (image, mask) in zip(EXAMS, exams, strict=True):
            pixels, taken = _cut(scale(image.read()), mask, _plane_mm(image), width)
            fit = resize.draw(pixels.shape, to=(side(), side()))
            inputs[exam] = resize.apply(pixels, fit) * 2 - 1
            steps += [*taken, fit]
        yield labelled(study, task, inputs, on=f"{name}_post", steps=tuple(steps))

    return prepare


def volume_change(study: Study, name: str) -> Prediction:
    """Return by how many per cent the outlined volume changed, by both headers' spacing."""
    from osteon.metrics.size import volume_ml

    before, after = (volume_ml(mask > 0, grid=image.grid) for image, mask in both(study, name))
    return quantity(study, CHANGE, 100.0 * (after / before - 1.0), on=f"{name}_post")


def augment(sample: Sample, rng: np.random.Generator) -> Sample:
    """Return both exams mirrored and turned by quarters alike, each a little brighter or darker."""
    import numpy as np

    flip, turns = bool(rng.random() < 0.5), int(rng.integers(4))
    inputs = {}
    for name, pixels in sample.inputs.items():
        turned = np.rot90(pixels, turns, axes=(-2, -1))
        inputs[name] = np.ascontiguousarray(turned[..., ::-1] if flip else turned) + np.float32(rng.normal(0, 0.05))
    step = Step(name="flip_and_turn", params={"flip": flip, "turns": turns})
    return replace(sample, inputs=inputs, steps=(*sample.steps, step))


def _plane_mm(image: Image) -> tuple[float, float]:
    spacing = image.grid.spacing_mm or (1.0, 1.0, 1.0)
    return spacing[1], spacing[2]


def _extent_mm(image: Image, mask: np.ndarray) -> float:
    """Return the longer side in mm of the outline's box in the plane."""
    from osteon.transforms import crop_box

    row0, column0, row1, column1 = crop_box.mask_box(mask.max(axis=0))
    row_mm, column_mm = _plane_mm(image)
    return max((row1 - row0) * row_mm, (column1 - column0) * column_mm)


def _cut(
    volume: np.ndarray, mask: np.ndarray, plane_mm: tuple[float, float], width_mm: float
) -> tuple[np.ndarray, tuple[Step, ...]]:
    """Return the largest slice and its neighbours, a square of `width_mm` about the outline, and how."""
    from osteon.transforms import crop_box, largest_slice

    at = largest_slice.draw(mask, neighbours=1)
    row0, column0, row1, column1 = crop_box.mask_box(largest_slice.apply(mask, at)[1])
    rows, columns = (max(1, round(width_mm / mm)) for mm in plane_mm)
    top, left = (row0 + row1 - rows) // 2, (column0 + column1 - columns) // 2
    cut = crop_box.draw(volume.shape, (top, left, top + rows, left + columns))
    return crop_box.cut(largest_slice.apply(volume, at), cut), (at, cut)
