"""A region detector as the first part of a system: boxes of the lesions out, crops of its boxes for a later part.

Two networks stand behind the same outputs, `boxes` and `scores`: the small one-stage `CentreNet`, for the CPU, and
torchvision's. A later part that takes the detector's name gets its boxes out of fold in training, so that it learns
from crops as bad as those that it will be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from osteon.contract import Classify, Detect, Part, Prepare, Sgd
from osteon.systems._lesion_crop import INPUT, boxed, crops
from osteon.types import Image, Lesion, Output, Outputs, Prediction, Sample, Study

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    from osteon.types import Batch

NAME = "detector"
PICTURE_PX = 256
MOST = 16
"""True boxes of a film at most; further ones, the smallest, are left out."""
REGION = Detect(name="region", unit="lesion", input=INPUT)


def detector_part(*, build: Callable[[], nn.Module] | None = None, side_px: int = PICTURE_PX) -> Part:
    """Return a part that boxes the lesions of a film, to be the first of any system.

    Args:
        build: Returns a network with the outputs and the maps of `CentreNet`; None: that one.
        side_px: Side of the square that a film is brought to.

    """
    return Part(
        name=NAME,
        takes=(INPUT,),
        prepare=partial(_films, side_px),
        build=build or _centre_net,
        fit=Sgd(epochs=30, batch_size=16, lr=1e-3, weight_decay=0.01, warmup=0.05, clip_norm=10.0, ema=0.99),
        loss=_loss,
        augment=_augment,
        start_from="imagenet-lite0",
        validate=lesions_found,
    )


def torchvision_part(kind: str, *, side_px: int = PICTURE_PX) -> Part:
    """Return `detector_part` with one of torchvision's detectors (`torchvision_detector.KINDS`) and its own losses."""
    part = detector_part(build=partial(_torchvision, kind, side_px), side_px=side_px)
    fit = replace(part.fit, batch_size=4, lr=1e-4)
    return replace(part, fit=fit, loss=None, step=_own_losses, start_from=None)


def _centre_net() -> nn.Module:
    from osteon.models.centre_net import CentreNet

    return CentreNet()


def _torchvision(kind: str, side_px: int) -> nn.Module:
    from osteon.models.torchvision_detector import TorchvisionDetector

    return TorchvisionDetector(kind, side_px=side_px)


def _loss(outputs: Mapping[str, Tensor], batch: Batch) -> Tensor:
    from osteon.models.centre_loss import centre_loss

    return centre_loss(outputs, batch.targets["boxes"])


def _own_losses(network: nn.Module, batch: Batch, _rng: np.random.Generator) -> Tensor:
    return network(batch.inputs["image"], boxes=batch.targets["boxes"])["loss"]


def _films(side_px: int, study: Study, _earlier: Outputs) -> Iterator[Sample]:
    """Yield the film at `side_px` a side; its boxes are a target where somebody drew them."""
    from osteon.transforms import intensity, resize

    image = study.data.get(INPUT)
    if not isinstance(image, Image):
        return
    fit = resize.draw(image.grid.shape, to=(side_px, side_px))
    film = intensity.robust_unit(image.read(), low=0, high=100)
    boxes = _true_boxes(study, image.grid.shape)
    yield Sample(
        study=study.name,
        patient=study.patient,
        input=INPUT,
        inputs={"image": resize.apply(film, fit)[None].clip(0, 1)},
        targets={} if boxes is None else {"boxes": boxes},
        steps=(fit,),
    )


def _true_boxes(study: Study, shape: tuple[int, ...]) -> np.ndarray | None:
    """Return the boxes of the truth, (MOST, 4) in shares of the film, the last ones empty; None where nobody drew any.

    An outline without a pixel says that there is no lesion; no outline and no box says nothing.
    """
    import numpy as np

    mask = study.truth.masks.get(INPUT) if study.truth else None
    boxes_stated = bool(study.truth and any(x.box_px and x.input in (INPUT, None) for x in study.truth.lesions))
    if mask is not None and not boxes_stated and not mask.read().any():
        return np.zeros((MOST, 4), np.float32)
    found = np.array([box for _, box in boxed(study)], dtype=np.float32).reshape(-1, 4) / np.array([*shape, *shape])
    if not len(found):
        return None
    largest = np.argsort(-(found[:, 2:] - found[:, :2]).prod(axis=1), kind="stable")[:MOST]
    boxes = np.zeros((MOST, 4), np.float32)
    boxes[: len(largest)] = found[largest]
    return boxes


def _augment(sample: Sample, rng: np.random.Generator) -> Sample:
    """Return the film in another view and another machine's greys, its boxes with it."""
    from osteon.transforms.chain import chain
    from osteon.transforms.tone import Tone
    from osteon.transforms.warp import Warp
    from osteon.transforms.warp_boxes import WarpBoxes

    view = Warp(zoom=(0.8, 1.4), degrees=20.0, on_lesion=False, fields=("image",))
    return chain(WarpBoxes(warp=view), Tone())(sample, rng)


def lesions_found(outputs: Sequence[Output], targets: Sequence[Mapping[str, Any]]) -> Mapping[str, float]:
    """Return the mean sensitivity of the FROC curve, of films judged in shares of their sides."""
    import numpy as np

    from osteon.metrics.lesions import froc_statistic, match_boxes

    images = [
        match_boxes(
            o.values["boxes"].tolist(), o.values["scores"].tolist(), truth=t["boxes"][t["boxes"].any(axis=1)].tolist()
        )
        for o, t in zip(outputs, targets, strict=True)
    ]
    return {"froc": float(froc_statistic(images)(np.ones((len(images), 1)))[-1, 0])}


def boxes_of(output: Output) -> list[tuple[tuple[int, ...], float]]:
    """Return the detector's boxes on the study's own grid, half open, the most believed first, and their scores."""
    import numpy as np

    shape = np.array(output.sample.steps[0].params["shape"])
    found = []
    for box, score in zip(output.values["boxes"], output.values["scores"], strict=True):
        if score > 0:
            low = np.minimum(np.floor(box[:2] * shape), shape - 1).astype(int)
            high = np.clip(np.ceil(box[2:] * shape).astype(int), low + 1, shape)
            found.append(((*low.tolist(), *high.tolist()), float(score)))
    return found


def regions(outputs: Sequence[Output], study: Study, *, task: Detect = REGION) -> list[Prediction]:
    """Return the answer of the detector's part to `task`, one a film."""
    found = [boxes_of(output) for output in outputs]
    return [
        Prediction(
            study=study.name,
            patient=study.patient,
            task=task.name,
            input=task.input,
            boxes_px=tuple(box for box, _ in one),
            box_scores=tuple(score for _, score in one),
        )
        for one in found
    ]


def crops_of(part: str, task: Classify, side: Callable[[], int], *, film_px: int, most: int = 1) -> Prepare:
    """Return a `prepare` like `_lesion_crop.crops`, of the `most` believed boxes of the detector called `part`.

    A crop's target is the label of the lesion that the box overlaps best, else the study's: in use, too, something
    has to be said of a box that lies beside the lesion.
    """
    return crops(task, side, film_px=film_px, boxes=partial(_detected, part, most))


def _detected(part: str, most: int, study: Study, earlier: Outputs) -> Iterator[tuple[str, Lesion, tuple[int, ...]]]:
    found = [box for output in earlier.get(part, ()) for box, _ in boxes_of(output)]
    for number, box in enumerate(found[:most], start=1):
        yield f"region {number}", _overlapped(study, box), box


def _overlapped(study: Study, box: tuple[int, ...]) -> Lesion:
    """Return the lesion of the truth that `box` overlaps best, one without a label where it overlaps none."""
    from osteon.metrics.lesions import match_boxes

    for lesion, drawn in boxed(study):
        if match_boxes([box], [1.0], truth=[drawn], min_iou=0.1).false.size == 0:
            return lesion
    return Lesion(input=INPUT)
