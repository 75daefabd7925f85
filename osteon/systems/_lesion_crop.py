"""What the systems that judge a lesion on a radiograph share: crops of the boxed lesions out, heat maps back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from osteon.contract import Classify, Prepare, label_of
from osteon.systems._read_out import evidence
from osteon.types import Image, Lesion, Output, Outputs, Prediction, Sample, Study

if TYPE_CHECKING:
    import numpy as np

INPUT = "radiograph"
MARGIN = 1.5


Boxes = Callable[[Study, Outputs], Iterator[tuple[str, Lesion, tuple[int, ...]]]]
"""What is cropped to: the item that each answer is about, a lesion of the truth, and a half-open box on the film."""


def boxed(study: Study, name: str = INPUT) -> Iterator[tuple[Lesion, tuple[int, ...]]]:
    """Yield each lesion of the image `name` with its half-open box: its own, else that of its value in the mask."""
    from osteon.transforms import crop_box

    if study.truth is None:
        return
    mask = study.truth.masks.get(name)
    lesions = [lesion for lesion in study.truth.lesions if lesion.input in (name, None)]
    for lesion in lesions or [Lesion(input=name)] * (mask is not None):
        if lesion.box_px is not None:
            yield lesion, lesion.box_px
        elif mask is not None:
            pixels = mask.read()
            yield lesion, crop_box.mask_box(pixels == lesion.mask_value if lesion.mask_value else pixels > 0)


def _drawn(study: Study, _earlier: Outputs) -> Iterator[tuple[str, Lesion, tuple[int, ...]]]:
    """Yield the lesions that somebody boxed or outlined."""
    for number, (lesion, box) in enumerate(boxed(study), start=1):
        yield f"lesion {number}", lesion, box


def whole_film(study: Study, _earlier: Outputs) -> Iterator[tuple[str, Lesion, tuple[int, ...]]]:
    """Yield the whole film as the one region, for a system that is shown no lesion."""
    image = study.data.get(INPUT)
    if isinstance(image, Image):
        yield "region 1", Lesion(input=INPUT), (0, 0, *image.grid.shape)


def crops(
    task: Classify, side: Callable[[], int], *, film_px: int, boxes: Boxes = _drawn, margin: float = MARGIN
) -> Prepare:
    """Return a `prepare` that yields a square of `side` pixels, `margin` times the box, for each of the `boxes`.

    The film is brought to `film_px` a side first; each crop's target is its lesion's own label, else the study's.
    """

    def prepare(study: Study, earlier: Outputs) -> Iterator[Sample]:
        from osteon.transforms import crop_box, intensity, resize

        image = study.data.get(INPUT)
        if not isinstance(image, Image):
            return
        fit = resize.draw(image.grid.shape, to=(film_px, film_px))
        film = resize.apply(intensity.robust_unit(image.read(), low=0, high=100), fit)
        scale = [film_px / n for n in image.grid.shape] * 2
        for item, lesion, box in boxes(study, earlier):
            small = tuple(edge * s for edge, s in zip(box, scale, strict=True))
            square = crop_box.square_box(_whole(small), spacing_mm=(1.0, 1.0), scale=margin)
            cut = crop_box.draw(film.shape, square)
            pixels = crop_box.cut(film[None], cut)
            zoom = resize.draw(pixels.shape, to=(side(), side()))
            label = _label(lesion, study, task)
            yield Sample(
                study=study.name,
                patient=study.patient,
                item=item,
                input=INPUT,
                inputs={"image": resize.apply(pixels, zoom)},
                targets={} if label is None else {task.name: label},
                steps=(fit, cut, zoom),
            )

    return prepare


def _label(lesion: Lesion, study: Study, task: Classify) -> int | None:
    word = task.words.get(lesion.label, lesion.label) if lesion.label else None
    return task.classes.index(word) if word in task.classes else label_of(study, task)


def _whole(box: tuple[float, ...]) -> tuple[int, int, int, int]:
    row0, column0, row1, column1 = (round(edge) for edge in box)
    return row0, column0, max(row1, row0 + 1), max(column1, column0 + 1)


def augment(sample: Sample, rng: np.random.Generator) -> Sample:
    """Return the crop turned, zoomed and stretched, in another machine's greys, blotted in places."""
    from osteon.transforms.chain import chain
    from osteon.transforms.clutter import Clutter
    from osteon.transforms.tone import Tone
    from osteon.transforms.warp import Warp

    view = Warp(zoom=(0.8, 1.3), degrees=30.0, wander=0.1, on_lesion=False)
    return chain(view, Tone(), Clutter(marker=0.0, edge=0.0, patch=0.3))(sample, rng)


def located(answers: Iterable[Prediction], outputs: Iterable[Output], task: Classify) -> list[Prediction]:
    """Return the answers, one an output, each with its lesion and where on the film its evidence lies."""
    pairs = zip(answers, outputs, strict=True)
    return [replace(a, item=o.sample.item, heat_map=evidence_map(o, task)) for a, o in pairs]


def evidence_map(output: Output, task: Classify) -> np.ndarray | None:
    """Return the evidence for the positive class on the film's own grid, 0 to 1 within the crop; None without any."""
    from osteon.transforms import crop_box, resize

    fit, cut, zoom = output.sample.steps
    seen = evidence(output, row=task.classes.index(task.positive or task.classes[-1]))
    if seen is None:
        return None
    return resize.undo(crop_box.undo(resize.undo(seen, zoom), cut), fit).clip(0, 1)
