"""What the systems that judge an outlined lesion of a volume share: its largest slice out, heat maps back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from osteon.contract import Classify, Prepare
from osteon.errors import GeometryError
from osteon.systems._read_out import evidence
from osteon.systems._sample import labelled
from osteon.types import Image, Output, Outputs, Sample, Step, Study

if TYPE_CHECKING:
    import numpy as np

MARGIN = 1.5
Scale = Callable[["np.ndarray"], "np.ndarray"]
"""A volume to its values on the scale that a network sees."""


def outlined(study: Study, name: str) -> tuple[Image, np.ndarray] | None:
    """Return the volume called `name` and its outline; None when the study lacks either.

    Raises:
        GeometryError: They lie on different grids.

    """
    from osteon.geometry import same_place

    image = study.data.get(name)
    mask = None if study.truth is None else study.truth.masks.get(name)
    if not isinstance(image, Image) or mask is None:
        return None
    if len(image.grid.shape) != 3 or not same_place(image.grid, mask.grid):
        msg = (
            f"The outline of {name} lies on a grid of {mask.grid.shape}, the image on one of {image.grid.shape} "
            "or elsewhere in the patient; this system needs a volume and its mask on one grid. Resample the mask."
        )
        raise GeometryError(msg)
    return image, mask.read()


def largest(name: str, task: Classify, side: Callable[[], int]) -> Prepare:
    """Return a `prepare` that yields the slice of `name` where the outline is largest, with its two neighbours.

    Three channels of `side` pixels, -1 to 1, cut `MARGIN` times around the outline, square in mm.
    """

    def prepare(study: Study, _earlier: Outputs) -> Iterator[Sample]:
        from osteon.transforms import crop_box, intensity, largest_slice, resize

        found = outlined(study, name)
        if found is None:
            return
        image, mask = found
        at = largest_slice.draw(mask, neighbours=1)
        slices = largest_slice.apply(image.read(), at)
        cut = around(image, largest_slice.apply(mask, at)[1])
        pixels = crop_box.cut(intensity.robust_unit(slices), cut)
        fit = resize.draw(pixels.shape, to=(side(), side()))
        yield labelled(study, task, {"image": resize.apply(pixels, fit) * 2 - 1}, on=name, steps=(at, cut, fit))

    return prepare


def central(name: str, task: Classify, side: Callable[[], int], *, count: int | None, scale: Scale) -> Prepare:
    """Return a `prepare` that yields the `count` slices of `name` about the outline's mass centre; None: all of it.

    Each has one channel of `side` pixels, its values as `scale` has them, cut `MARGIN` times around the whole outline.
    """

    def prepare(study: Study, _earlier: Outputs) -> Iterator[Sample]:
        from osteon.transforms import crop_box, resize
        from osteon.transforms.centre_slices import centre_slices

        found = outlined(study, name)
        if found is None:
            return
        image, mask = found
        cut = around(image, mask.max(axis=0))
        pixels = crop_box.cut(scale(image.read()), cut)
        fit = resize.draw(pixels.shape, to=(side(), side()))
        for index in centre_slices(mask, count=count):
            steps = (Step(name="slice", params={"index": index}), cut, fit)
            seen = {"image": resize.apply(pixels[index], fit)[None]}
            yield labelled(study, task, seen, on=name, item=f"slice {index}", steps=steps)

    return prepare


def around(image: Image, outline: np.ndarray) -> Step:
    """Return the step that cuts slices of `image` square in mm, `MARGIN` times around `outline` (rows, columns)."""
    from osteon.transforms import crop_box

    _, row_mm, column_mm = image.grid.spacing_mm or (1.0, 1.0, 1.0)
    box = crop_box.square_box(crop_box.mask_box(outline), spacing_mm=(row_mm, column_mm), scale=MARGIN)
    return crop_box.draw(outline.shape, box)


def numbers(name: str, task: Classify) -> Prepare:
    """Return a `prepare` that yields ten plain numbers of the outlined region of `name`: the baseline."""

    def prepare(study: Study, _earlier: Outputs) -> Iterator[Sample]:
        from osteon.transforms.region_statistics import region_statistics

        found = outlined(study, name)
        if found is None:
            return
        image, mask = found
        found_numbers = region_statistics(image.read(), mask, spacing_mm=image.grid.spacing_mm or (1.0, 1.0, 1.0))
        yield labelled(study, task, {"numbers": found_numbers}, on=name)

    return prepare


def augment(sample: Sample, rng: np.random.Generator) -> Sample:
    """Return the slice mirrored along either axis and turned up to 20 degrees."""
    from osteon.transforms.chain import chain
    from osteon.transforms.flip import Flip
    from osteon.transforms.rotate import Rotate

    return chain(Flip(axis=-1), Flip(axis=-2), Rotate(degrees=(-20.0, 20.0)))(sample, rng)


def evidence_map(output: Output, *, row: int = 0) -> np.ndarray | None:
    """Return the evidence of `cam`'s `row` on the volume's own grid, 0 to 1, at the slice that was read."""
    from osteon.transforms import crop_box, largest_slice, resize

    seen = evidence(output, row=row)
    if seen is None:
        return None
    at, cut, fit = output.sample.steps
    return largest_slice.undo(crop_box.undo(resize.undo(seen, fit), cut).clip(0, 1), at)
