"""Whole radiograph: normal, benign or malignant, the tumour outlined, the region at risk shown.

Paper:
    Do N.-T. et al., Diagnostics 2021;11:691. Multi-Level Seg-UNet: a VGG-16-like encoder with
    stored pooling indices, three heads and distance features, on the whole knee film and on
    patches of it, the two fused.
Data:
    Input `radiograph`; label column `film` (`normal`, `benign`, `malignant`); a mask of the tumour
    for tumour films. The paper's 1,576 films are not public. BTXRD stands in: all long bones, hands
    and feet, not knees alone.
Cost:
    28,767,624 parameters for each of the two networks, about 7 s a film on one core (`quarter`:
    1,801,320, about 0.65 s; `lite0`: 3,396,929 and 868,091, 0.18 s of two cores for a film of 2000 x 1600, all told;
    `brisk`: 3,396,929, for where a film may take 100 ms).
Claimed:
    Accuracy 99.05 % of 315 test films, mean IoU 84.84 %.
Ours:
    docs/results.md: `lite0`, trained on BTXRD's centre 1, judged at centre 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from osteon.contract import Classify, Input, Paper, Part, Segment, Sgd, System
from osteon.systems._film import INPUT, film, patches, vote
from osteon.systems._read_out import chance, class_probabilities, classified, evidence
from osteon.systems._sampling import balanced
from osteon.types import Claim, Output, Outputs, Prediction, Sample, Study

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    from osteon.types import Batch

SIDE_PX = 512
PATCH_PX = 256
LITE_PX = 256
LOOK_PX, OUTLINES = 96.0, 2
CLASSES = ("normal", "benign", "malignant")
FILM = Classify(name="film", unit="image", classes=CLASSES, positive="malignant")
TUMOUR = Segment(name="tumour", unit="image", input=INPUT)


def _whole(side: Callable[[], int]) -> Callable[[Study, Outputs], Iterator[Sample]]:
    def prepare(study: Study, _earlier: Outputs) -> Iterator[Sample]:
        sample = film(study, side(), FILM)
        if sample is not None:
            yield sample

    return prepare


def _patches(study: Study, _earlier: Outputs) -> Iterator[Sample]:
    whole = film(study, SIDE_PX, FILM)
    if whole is not None:
        yield from patches(whole, FILM, size=min(PATCH_PX, SIDE_PX))


def _augment(sample: Sample, rng: np.random.Generator) -> Sample:
    from osteon.transforms.chain import chain
    from osteon.transforms.clutter import Clutter
    from osteon.transforms.tone import Tone
    from osteon.transforms.warp import Warp

    return chain(Warp(), Tone(), Clutter())(sample, rng)


def _loss(outputs: Mapping[str, Tensor], batch: Batch) -> Tensor:
    from osteon.models.segunet_loss import film_loss, map_loss

    return map_loss(outputs, batch.targets["mask"]) + film_loss(outputs["logits"], batch.targets[FILM.name])


def _lesion_first(outputs: Mapping[str, Tensor], batch: Batch) -> Tensor:
    from osteon.models.segunet_loss import lesion_first_loss, map_loss

    mask = batch.targets["mask"]
    return map_loss(outputs, mask) + lesion_first_loss(outputs, mask, batch.targets[FILM.name])


def _closer(study: Study, earlier: Outputs) -> Iterator[Sample]:
    """Yield the film with what its network made of it and where to look: one broad place, then the highest ones."""
    import numpy as np

    from osteon.transforms.places import broad_place, places

    sample, seen = film(study, LITE_PX, FILM), earlier["film"]
    if sample is None or not seen:
        return
    map_ = np.asarray(seen[0].values["tumour"], dtype=np.float32)
    row, column, logit = broad_place(map_[0])
    opinion = np.array([[row, column, LOOK_PX, logit]], dtype=np.float32)
    where = np.concatenate([opinion, places(map_[0], count=OUTLINES)])
    said = {"suspicion": map_, "film": np.asarray(seen[0].values["film"], dtype=np.float32), "places": where}
    yield replace(sample, inputs={**sample.inputs, **said})


def _window(sample: Sample, rng: np.random.Generator) -> Sample:
    from osteon.models.closer_look import CloserLook
    from osteon.transforms.chain import chain
    from osteon.transforms.clutter import Clutter
    from osteon.transforms.near import Near
    from osteon.transforms.tone import Tone

    return chain(Near(side=CloserLook.SIDE), Tone(), Clutter())(sample, rng)


def _window_loss(outputs: Mapping[str, Tensor], batch: Batch) -> Tensor:
    from osteon.models.segunet_loss import closer_loss

    return closer_loss(outputs, batch.targets["mask"], batch.targets[FILM.name])


def _decode(outputs: Outputs, study: Study) -> list[Prediction]:
    """Return class and outline: maps of film and patches averaged, the class corrected by the patches' vote."""
    import numpy as np

    from osteon.transforms import windows

    whole = outputs["film"][0]
    odds = vote(class_probabilities(whole.values), (class_probabilities(p.values) for p in outputs["patch"]))
    maps = {}
    for name in ("tumour", "risk"):
        parts = windows.together((p.sample.steps[-1], chance(p.values[name][0])) for p in outputs["patch"])
        maps[name] = (chance(whole.values[name][0]) + parts) / 2
    outline = (maps["tumour"] > 0.5) & bool(np.argmax(odds) > 0)
    return _answers(study, whole, odds=odds, maps=maps, outline=outline)


def _decode_lite(outputs: Outputs, study: Study) -> list[Prediction]:
    """Return the class that both networks agree on and the outline of the closer look; the maps are the film's.

    Without a closer look, both are those of the film's network. Where the outputs hold evidence for the classes, as
    when a run is explained, that is the class's map.
    """
    from osteon.transforms import resize

    whole = outputs["film"][0]
    said = outputs["closer"][0].values if "closer" in outputs else _at_a_glance(whole.values)
    maps = {name: chance(whole.values[name][0]) for name in ("tumour", "risk")}
    outline = (said["tumour"][0] > 0) & (said["marked"][0] > 0)
    seen = evidence(whole, row=CLASSES.index("malignant"))
    found = _answers(study, whole, odds=class_probabilities(said), maps=maps, outline=outline)
    if seen is None:
        return found
    drawn = resize.undo(resize.apply(seen, resize.draw(seen.shape, to=outline.shape)), whole.sample.steps[0])
    return [replace(found[0], heat_map=drawn.clip(0, 1)), *found[1:]]


def _at_a_glance(values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return what the film's network says as a closer look would: marked where it takes a tumour for more likely."""
    from osteon.models.closer_look import CloserLook

    tumour = values["tumour"]
    level = min(0.0, float(tumour.max()) - CloserLook.DEPTH)
    return {**values, "tumour": tumour - level, "marked": values["film"][:2].mean(keepdims=True)}


def _answers(
    study: Study, whole: Output, *, odds: np.ndarray, maps: Mapping[str, np.ndarray], outline: np.ndarray
) -> list[Prediction]:
    """Return both answers on the film's own pixels."""
    from osteon.transforms import resize

    fit = whole.sample.steps[0]
    tumour, risk = (resize.undo(maps[name], fit).clip(0, 1) for name in ("tumour", "risk"))
    marked = (resize.undo(outline.astype("float32"), fit) > 0.5).astype("uint8")
    seen = replace(classified(study, FILM, odds, whole), heat_map=tumour)
    found = Prediction(
        study=study.name, patient=study.patient, task=TUMOUR.name, input=INPUT, label_map=marked, heat_map=risk
    )
    return [seen, found]


def _vgg(width: float) -> Callable[[], nn.Module]:
    def build() -> nn.Module:
        from osteon.models.segunet import SegUnet

        return SegUnet(width=width, classes=len(CLASSES))

    return build


def _lite_network(*, thorough: bool = True) -> nn.Module:
    from osteon.models.segunet import LiteSegUnet

    return LiteSegUnet(thorough=thorough)


def _local_network() -> nn.Module:
    from osteon.models.closer_look import CloserLook

    return CloserLook()


_PART = Part(
    name="film",
    takes=(INPUT,),
    prepare=_whole(lambda: SIDE_PX),
    build=_vgg(1.0),
    fit=Sgd(epochs=30, batch_size=8, lr=1e-3, weight_decay=0.03, warmup=0.06, clip_norm=5.0, ema=0.99),
    loss=_loss,
    augment=_augment,
)


def _quarter() -> System:
    parts = tuple(replace(part, build=_vgg(0.25)) for part in SYSTEM.parts)
    return replace(SYSTEM, parts=parts, variants={})


def _lite() -> System:
    fit = replace(_PART.fit, batch_size=32, lr=1.5e-3, precision="bf16-mixed", lr_scale={"encoder": 0.5})
    part = replace(
        _PART,
        prepare=_whole(lambda: LITE_PX),
        build=_lite_network,
        fit=fit,
        loss=_lesion_first,
        start_from="imagenet-lite0",
    )
    closer = replace(
        part,
        name="closer",
        takes=(INPUT, "film"),
        prepare=_closer,
        build=_local_network,
        fit=replace(fit, epochs=20, lr=1e-3, ema=0.995),
        loss=_window_loss,
        augment=_window,
        sampler=balanced(FILM.name, power=0.5),
        start_from="film",
    )
    return replace(SYSTEM, parts=(part, closer), decode=_decode_lite, variants={})


def _brisk() -> System:
    film_part = replace(_lite().parts[0], build=partial(_lite_network, thorough=False))
    return replace(SYSTEM, parts=(film_part,), decode=_decode_lite, variants={})


SYSTEM = System(
    summary="Radiograph, whole film: normal, benign or malignant, with the tumour outlined",
    paper=Paper(
        authors="Do NT, Jung ST, Yang HJ, Kim SH",
        title="Multi-level Seg-UNet model with global and patch-based X-ray images for knee bone tumor detection",
        year=2021,
        doi="10.3390/diagnostics11040691",
        evidence="C",
        sheet=4,
    ),
    tasks=(FILM, TUMOUR),
    inputs=(Input(name=INPUT, kind="radiograph"),),
    parts=(_PART, replace(_PART, name="patch", prepare=_patches)),
    decode=_decode,
    variants={"lite0": _lite, "brisk": _brisk, "quarter": _quarter},
    claims=(
        Claim(metric="accuracy", value=0.9905, data="315 test films (312 right)", source="abstract"),
        Claim(metric="mean_iou", value=0.8484, data="test films, over classes", source="abstract"),
    ),
    errata=("The review files the 20 % under validation; 99.05 % is 312 of 315, and 315 is that 20 % (E42).",),
    reconstructed=(
        "Everything at layer level: VGG-16's five stages with batch normalisation, unpooling with stored indices, "
        "concatenation, one 3x3 convolution a step up, class head on the pooled bottleneck.",
        "Whole film at 512 px, patches of 256 px every 128; maps averaged where they overlap, then with the film's.",
        "The class is that of the film or of the patch surest of a tumour; a patch without tumour counts as normal.",
        "Risk region: the tumour with a rim; distance channels: how near the tumour is at three reaches, learnt "
        "beside and not fed back.",
        "Dice and focal loss, cross-entropy for risk, L1 for distance, cross-entropy for the class.",
        "`lite0`: zoomed views in training, the class read where the tumour map is highest; film and mirror image, as "
        "they are, a quarter larger and three eighths smaller. Patches become windows about the two most suspicious "
        "places, narrow and wide, and the whole film, read by a small network of their own that started from the "
        "film's: it draws the outline (the wide looks have a say in a large one), and its opinion on the class is "
        "joined with the film's. A film below the operating point has no outline, one above it always has.",
        "`brisk`: the film's network of `lite0` alone, the film read once; it marks what it takes for a tumour with "
        "more than one half. Its weights are those of `lite0`'s film part, the packaged ones too.",
    ),
)
