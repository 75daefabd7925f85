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

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from osteon.contract import Classify, Input, Paper, Part, Sgd, System
from osteon.systems import _detector
from osteon.systems._build import lite0
from osteon.systems._lesion_crop import INPUT, augment, crops, located, whole_film
from osteon.systems._loss import cross_entropy
from osteon.systems._parts import with_parts
from osteon.systems._read_out import each, mean_of_patient
from osteon.systems._sampling import balanced
from osteon.types import Claim, Outputs, Prediction, Study

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    from osteon.types import Batch

SIDE_PX = 224
LITE_PX = 160
FILM_PX = 256
MIXED = 0.3
"""Of the beta distribution that mixes crops: mostly the one or the other."""
_LITE0: dict[str, Any] = {"classes": 3, "frozen": 3, "dropout": 0.3, "film": "contrast", "judged_at": 0.9}
LESION = Classify(name="lesion", unit="lesion", classes=("benign", "intermediate", "malignant"), positive="malignant")


def _mixed(network: nn.Module, batch: Batch, rng: np.random.Generator) -> Tensor:
    """Return the loss of crops mixed in pairs (Zhang H. 2018, mixup), each answerable for its share."""
    from torch.nn import functional

    share, other = float(rng.beta(MIXED, MIXED)), rng.permutation(len(batch.samples))
    image, label = batch.inputs["image"], batch.targets[LESION.name].long()
    logits = network(share * image + (1 - share) * image[other])["logits"]
    one, two = (functional.cross_entropy(logits.float(), y, label_smoothing=0.1) for y in (label, label[other]))
    return share * one + (1 - share) * two


def _decode(outputs: Outputs, study: Study) -> list[Prediction]:
    """Return one answer a lesion; both binary read-outs are one-versus-rest of the same probabilities."""
    found = outputs["lesion"]
    return located(each(LESION)({"lesion": found}, study), found, LESION)


def _b0() -> nn.Module:
    from osteon.models.efficientnet_lite import B0Classifier

    return B0Classifier(classes=len(LESION.classes))


_PART = Part(
    name="lesion",
    takes=(INPUT,),
    prepare=crops(LESION, lambda: SIDE_PX, film_px=FILM_PX),
    build=_b0,
    fit=Sgd(epochs=20, batch_size=32, lr=1e-4, weight_decay=0.05, warmup=0.06, clip_norm=5.0, ema=0.99),
    loss=cross_entropy(LESION.name, smoothing=0.1),
    augment=augment,
    sampler=balanced(LESION.name),
    start_from="imagenet-efficientnet_b0",
)


def _lite() -> System:
    fit = replace(_PART.fit, lr=8e-4, precision="bf16-mixed")
    part = replace(
        _PART,
        prepare=crops(LESION, lambda: LITE_PX, film_px=FILM_PX),
        build=lite0(**_LITE0),
        fit=fit,
        step=_mixed,
        sampler=balanced(LESION.name, power=0.5),
        start_from="imagenet-lite0",
    )
    return with_parts(SYSTEM, part)


def _lite_but(**changed: Any) -> System:
    """Return `lite0` with its network built otherwise, to measure what a choice bought."""
    return with_parts(SYSTEM, replace(_lite().parts[0], build=lite0(**{**_LITE0, **changed})))


def _lite_from_film() -> System:
    """Return `lite0` that starts from the packaged film network's encoder, which has no last convolution."""
    film = "xray-knee-segunet-do2021.lite0:film"
    return with_parts(SYSTEM, replace(_lite_but(top=False).parts[0], start_from=film))


def _lite_whole() -> System:
    """Return `lite0` on the whole film, nothing boxed: what boxing first is measured against."""
    seen = crops(LESION, lambda: FILM_PX, film_px=FILM_PX, boxes=whole_film, margin=1.0)
    summary = "Radiograph, whole, nothing boxed: benign, intermediate or malignant"
    return with_parts(SYSTEM, replace(_lite_but(judged_at=1.0).parts[0], prepare=seen), summary=summary)


def _lite_detected() -> System:
    """Return `lite0` on the region that a detector boxes, out of fold in training: nobody need draw on a new film."""
    seen = _detector.crops_of(_detector.NAME, LESION, lambda: LITE_PX, film_px=FILM_PX)
    part = replace(_lite().parts[0], takes=(_detector.NAME, INPUT), prepare=seen)
    summary = "Radiograph, whole: the lesion is boxed first, then benign, intermediate or malignant"
    tasks, first = (LESION, _detector.REGION), _detector.detector_part()
    return with_parts(SYSTEM, first, part, summary=summary, tasks=tasks, decode=_decode_detected)


def _decode_detected(outputs: Outputs, study: Study) -> list[Prediction]:
    return _decode(outputs, study) + _detector.regions(outputs[_detector.NAME], study)


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
    variants={
        "lite0": _lite,
        "lite0-from-film": _lite_from_film,
        "lite0-detected": _lite_detected,
        "lite0-whole": _lite_whole,
        "lite0-unfrozen": lambda: _lite_but(frozen=0),
        "lite0-one-view": lambda: _lite_but(film="plain"),
    },
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
        "the crop and its mirror image averaged, both judged at 144 px: on held-out films of BTXRD's centre 1 four "
        "trainings told benign lesions better so (0.92 to 0.93, at 160 px 0.89 to 0.92).",
        "`lite0-detected`: the crop is about the best box of a small detector by centres, trained on the same boxes; "
        "a box beside the lesion keeps the study's label.",
        "`lite0-from-film`: `lite0` from the encoder of the packaged film network, without the last convolution.",
        "`lite0-whole`, `lite0-unfrozen`, `lite0-one-view`: `lite0` without boxes, with nothing frozen, with one of "
        "three views, to measure what each choice bought.",
    ),
)
