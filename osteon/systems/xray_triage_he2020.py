"""Lesion crop of a radiograph: benign, intermediate or malignant.

Paper:
    He Y. et al., EBioMedicine 2020;62:103121. 2,899 radiographs of 1,356 patients of five
    institutions, lesions cropped by radiologists, an EfficientNet-B0 from ImageNet weights,
    cross-validation and an external set.
Data:
    Input `radiograph` with the lesion boxed or outlined; label column `lesion` (`benign`,
    `intermediate`, `malignant`). The set is not public. BTXRD stands in: giant cell tumour is its
    `intermediate`, a stand-in. The film is brought to 256 x 256 first, as BTXRD's are.
Cost:
    4,011,391 parameters (`lite0`: 3,374,851); a crop takes about 25 ms on one core.
Claimed:
    External: AUC 0.877 benign, 0.916 malignant, three-way accuracy 73.4 %.
Ours:
    docs/results.md: `lite0`, trained on BTXRD's centre 1, judged at centre 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from osteon.contract import Classify, Input, Paper, Part, Prepare, Sgd, System, label_of
from osteon.systems._read_out import class_probabilities, classified, mean_of_patient
from osteon.systems._sampling import balanced
from osteon.types import Claim, Image, Lesion, Output, Outputs, Prediction, Sample, Study

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    from osteon.types import Batch

SIDE_PX = 224
LITE_PX = 160
FILM_PX = 256
MARGIN = 1.5
INPUT = "radiograph"
LESION = Classify(name="lesion", unit="lesion", classes=("benign", "intermediate", "malignant"), positive="malignant")


def _boxes(study: Study) -> Iterator[tuple[Lesion, tuple[int, ...]]]:
    """Yield each lesion of the film with its half-open box: its own, else that of its value in the mask."""
    from osteon.transforms import crop_box

    if study.truth is None:
        return
    mask = study.truth.masks.get(INPUT)
    lesions = [lesion for lesion in study.truth.lesions if lesion.input in (INPUT, None)]
    for lesion in lesions or [Lesion(input=INPUT)] * (mask is not None):
        if lesion.box_px is not None:
            yield lesion, lesion.box_px
        elif mask is not None:
            pixels = mask.read()
            yield lesion, crop_box.mask_box(pixels == lesion.mask_value if lesion.mask_value else pixels > 0)


def _prepare(side: Callable[[], int]) -> Prepare:
    def prepare(study: Study, _earlier: Outputs) -> Iterator[Sample]:
        from osteon.transforms import crop_box, intensity, resize

        image = study.data.get(INPUT)
        if not isinstance(image, Image):
            return
        fit = resize.draw(image.grid.shape, to=(FILM_PX, FILM_PX))
        film = resize.apply(intensity.robust_unit(image.read(), low=0, high=100), fit)
        scale = [FILM_PX / n for n in image.grid.shape] * 2
        for number, (lesion, box) in enumerate(_boxes(study), start=1):
            small = tuple(edge * s for edge, s in zip(box, scale, strict=True))
            square = crop_box.square_box(_whole(small), spacing_mm=(1.0, 1.0), scale=MARGIN)
            cut = crop_box.draw(film.shape, square)
            pixels = crop_box.cut(film[None], cut)
            zoom = resize.draw(pixels.shape, to=(side(), side()))
            label = LESION.classes.index(lesion.label) if lesion.label in LESION.classes else label_of(study, LESION)
            yield Sample(
                study=study.name,
                patient=study.patient,
                item=f"lesion {number}",
                input=INPUT,
                inputs={"image": resize.apply(pixels, zoom)},
                targets={} if label is None else {LESION.name: label},
                steps=(fit, cut, zoom),
            )

    return prepare


def _whole(box: tuple[float, ...]) -> tuple[int, int, int, int]:
    row0, column0, row1, column1 = (round(edge) for edge in box)
    return row0, column0, max(row1, row0 + 1), max(column1, column0 + 1)


def _augment(sample: Sample, rng: np.random.Generator) -> Sample:
    from osteon.transforms.chain import chain
    from osteon.transforms.clutter import Clutter
    from osteon.transforms.tone import Tone
    from osteon.transforms.warp import Warp

    view = Warp(zoom=(0.8, 1.3), degrees=30.0, wander=0.1, on_lesion=False)
    return chain(view, Tone(), Clutter(marker=0.0, edge=0.0, patch=0.3))(sample, rng)


def _loss(outputs: Mapping[str, Tensor], batch: Batch) -> Tensor:
    from torch.nn import functional

    return functional.cross_entropy(outputs["logits"], batch.targets[LESION.name].long(), label_smoothing=0.1)


def _decode(outputs: Outputs, study: Study) -> list[Prediction]:
    """Return one answer a lesion; both binary read-outs are one-versus-rest of the same probabilities."""
    return [_answer(study, output) for output in outputs["lesion"]]


def _answer(study: Study, output: Output) -> Prediction:
    answer = classified(study, LESION, class_probabilities(output.values), output)
    return replace(answer, item=output.sample.item, heat_map=_heat_map(output))


def _heat_map(output: Output) -> np.ndarray:
    """Return the evidence for a malignant lesion on the film's own grid, 0 to 1 within the crop."""
    from osteon.transforms import crop_box, resize

    fit, cut, zoom = output.sample.steps
    evidence = output.values["cam"][LESION.classes.index("malignant")].clip(min=0)
    crop = resize.undo(evidence / max(float(evidence.max()), 1e-12), zoom)
    return resize.undo(crop_box.undo(crop, cut), fit).clip(0, 1)


def _b0() -> nn.Module:
    from osteon.models.efficientnet_lite import B0Classifier

    return B0Classifier(classes=len(LESION.classes))


def _lite0() -> nn.Module:
    from osteon.models.efficientnet_lite import LiteClassifier

    return LiteClassifier(classes=len(LESION.classes), frozen=3, dropout=0.3, film=True)


_PART = Part(
    name="lesion",
    takes=(INPUT,),
    prepare=_prepare(lambda: SIDE_PX),
    build=_b0,
    fit=Sgd(epochs=20, batch_size=32, lr=1e-4, weight_decay=0.05, warmup=0.06, clip_norm=5.0, ema=0.99),
    loss=_loss,
    augment=_augment,
    sampler=balanced(LESION.name),
    start_from="imagenet-efficientnet_b0",
)


def _lite() -> System:
    fit = replace(_PART.fit, lr=1e-3, precision="bf16-mixed")
    part = replace(_PART, prepare=_prepare(lambda: LITE_PX), build=_lite0, fit=fit, start_from="imagenet-lite0")
    return replace(SYSTEM, parts=(part,), variants={})


SYSTEM = System(
    summary="Radiograph, lesion crop: benign, intermediate or malignant",
    paper=Paper(
        authors="He Y, Pan I, Bao B, et al.",
        title="Deep learning-based classification of primary bone tumors on radiographs: a preliminary study",
        year=2020,
        doi="10.1016/j.ebiom.2020.103121",
        evidence="B",
        sheet=3,
    ),
    tasks=(LESION,),
    inputs=(Input(name=INPUT, kind="radiograph"),),
    parts=(_PART,),
    decode=_decode,
    aggregate=mean_of_patient,
    variants={"lite0": _lite},
    claims=(
        Claim(metric="roc_auc_benign", value=0.894, data="cross-validation", source="abstract"),
        Claim(metric="roc_auc_malignant", value=0.907, data="cross-validation", source="abstract"),
        Claim(metric="roc_auc_benign", value=0.877, data="external test", source="abstract"),
        Claim(metric="roc_auc_malignant", value=0.916, data="external test", source="abstract"),
        Claim(metric="accuracy", value=0.721, data="cross-validation; readers 0.746 and 0.721", source="abstract"),
        Claim(metric="accuracy", value=0.734, data="external test; readers 0.634 to 0.734", source="abstract"),
    ),
    errata=(
        "The review credits refs 73 (He B) and 118 (Shang); it is ref 74, He Y 2020 (E1, E2).",
        "The review joins the external AUCs 0.877 and 0.916 to the cross-validation accuracy 72.1 %; the external "
        "accuracy is 73.4 % (E3).",
        "'Benign AUC' is benign against the rest, 'malignant AUC' malignant against the rest; the abstract gives none "
        "for intermediate (E4).",
        "'Beat the juniors' holds for two of three: external 73.1, 67.9 and 63.4 % against 73.4 %; in cross-validation "
        "one subspecialist was better, 74.6 % (p = 0.03) (E5).",
        "How the 70/10/20 split relates to cross-validation and external set is not known (E6).",
    ),
    reconstructed=(
        "224 px, one grey film seen as stretched and normalised in two sizes of surroundings instead of three copies.",
        "Features, mean pooling, dropout, three logits; cross-entropy smoothed by 0.1, AdamW 1e-4, cosine.",
        "The film at 256 x 256, then a square 1.5 times the longer side of the lesion's box.",
        "Classes drawn equally often; turns to 30 degrees and by quarters, zoom, stretch, greys, blotted patches.",
        "A patient's answer is the mean over the patient's lesions and films.",
        "`lite0`: EfficientNet-Lite0, whose ImageNet weights come with a package; stem and three stages kept frozen; "
        "the crop and its mirror image averaged.",
    ),
)
