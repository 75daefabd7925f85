"""Grade of soft-tissue sarcoma, G1 or G2/G3, from fat-saturated MRI: one DenseNet-161 a sequence.

Paper:
    Navarro F. et al., Cancers 2021;13:2866. Contrast-enhanced fat-saturated T1 and fat-saturated
    T2, one transfer-learned DenseNet-161 each, 148 patients to train, 158 of a second centre to
    test; the T2 model's risk groups separate overall survival.
Data:
    Inputs `t1` and, optional, `t2`, each a volume with the tumour outlined (a mask): the network
    sees the slice where the outline is largest with its two neighbours, cut 1.5 times around it.
    Label column `grade` (FNCLCC G1, G2, G3, or low, intermediate, high). Not public; TCIA
    Soft-tissue-Sarcoma is a surrogate with T1 without contrast alone (variants `t1`, `lite0-t1`)
    and five low-grade patients.
Cost:
    26,474,209 parameters a sequence; about 0.2 s a patient on one core (`lite0`: 0.03 s).
Claimed:
    T1: AUC 0.75, F1 0.90. T2: AUC 0.76. An F1 of 0.90 beside that AUC reflects a majority of
    high grades: the prevalence belongs beside it.
Ours:
    docs/results.md: `lite0-t1`, five folds by patient, beside `logistic` on ten plain numbers of
    the outlined tumour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from osteon.contract import Classify, Input, Once, Paper, Part, Prepare, Sgd, Survive, System, label_of
from osteon.errors import GeometryError, InputError
from osteon.systems._loss import binary_cross_entropy
from osteon.systems._read_out import class_probabilities, classified, mean_of_patient
from osteon.systems._sampling import balanced
from osteon.types import Claim, Image, Output, Outputs, Prediction, Sample, Study

if TYPE_CHECKING:
    import numpy as np
    from torch import nn


SIDE_PX = 224
MARGIN = 1.5
GRADE = Classify(
    name="grade",
    unit="patient",
    classes=("G1", "G2/G3"),
    positive="G2/G3",
    words={"G2": "G2/G3", "G3": "G2/G3", "low": "G1", "intermediate": "G2/G3", "high": "G2/G3"},
)
SURVIVAL = Survive(name="overall_survival", unit="patient", endpoint="death")


def _outlined(study: Study, name: str) -> tuple[Image, np.ndarray] | None:
    """Return the volume called `name` and its outline; None when the study lacks either."""
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


def _prepare(name: str) -> Prepare:
    def prepare(study: Study, _earlier: Outputs) -> Iterator[Sample]:
        from osteon.transforms import crop_box, intensity, largest_slice, resize

        found = _outlined(study, name)
        if found is None:
            return
        image, mask = found
        spacing = image.grid.spacing_mm or (1.0, 1.0, 1.0)
        at = largest_slice.draw(mask, neighbours=1)
        slices, outline = largest_slice.apply(image.read(), at), largest_slice.apply(mask, at)[1]
        box = crop_box.square_box(crop_box.mask_box(outline), spacing_mm=(spacing[1], spacing[2]), scale=MARGIN)
        cut = crop_box.draw(slices.shape, box)
        pixels = crop_box.cut(intensity.robust_unit(slices), cut)
        fit = resize.draw(pixels.shape, to=(SIDE_PX, SIDE_PX))
        label = label_of(study, GRADE)
        yield Sample(
            study=study.name,
            patient=study.patient,
            input=name,
            inputs={"image": resize.apply(pixels, fit) * 2 - 1},
            targets={} if label is None else {GRADE.name: label},
            steps=(at, cut, fit),
        )

    return prepare


def _prepare_numbers(study: Study, _earlier: Outputs) -> Iterator[Sample]:
    from osteon.transforms.region_statistics import region_statistics

    found = _outlined(study, "t1")
    if found is None:
        return
    image, mask = found
    numbers = region_statistics(image.read(), mask, spacing_mm=image.grid.spacing_mm or (1.0, 1.0, 1.0))
    label = label_of(study, GRADE)
    targets = {} if label is None else {GRADE.name: label}
    yield Sample(study=study.name, patient=study.patient, input="t1", inputs={"numbers": numbers}, targets=targets)


def _augment(sample: Sample, rng: np.random.Generator) -> Sample:
    from osteon.transforms.chain import chain
    from osteon.transforms.flip import Flip
    from osteon.transforms.rotate import Rotate

    return chain(Flip(axis=-1), Flip(axis=-2), Rotate(degrees=(-20.0, 20.0)))(sample, rng)


def _densenet() -> nn.Module:
    from osteon.models.densenet import DenseNet161

    return DenseNet161(logits=1)


def _lite0() -> nn.Module:
    from osteon.models.efficientnet_lite import LiteClassifier

    return LiteClassifier(classes=1)


def _part(name: str) -> Part:
    return Part(
        name=f"grade-{name}",
        takes=(name,),
        prepare=_prepare(name),
        build=_densenet,
        fit=Sgd(epochs=30, batch_size=8, optimiser="adam", lr=1e-4, weight_decay=1e-4, clip_norm=1.0),
        loss=binary_cross_entropy(GRADE.name),
        augment=_augment,
        sampler=balanced(GRADE.name),
        start_from="imagenet-densenet161",
    )


def _decode(outputs: Outputs, study: Study) -> list[Prediction]:
    found = [output for part in outputs.values() for output in part]
    if not found:
        msg = "No sequence of this study has its tumour outlined; give a mask on the grid of t1 or t2."
        raise InputError(msg)
    return [prediction for output in found for prediction in _answers(study, output)]


def _answers(study: Study, output: Output) -> tuple[Prediction, Prediction]:
    """Return the grade, with where it came from, and the same probability as a risk of death."""
    low, high = class_probabilities(output.values)
    grade = replace(classified(study, GRADE, (low, high), output), heat_map=_heat_map(output))
    survival = Prediction(
        study=study.name, patient=study.patient, task=SURVIVAL.name, input=output.sample.input, risk=float(high)
    )
    return grade, survival


def _heat_map(output: Output) -> np.ndarray | None:
    """Return the evidence for a high grade on the volume's own grid, 0 to 1, at the slice that was read."""
    from osteon.transforms import crop_box, largest_slice, resize

    if "cam" not in output.values:
        return None
    at, cut, fit = output.sample.steps
    evidence = output.values["cam"][0].clip(min=0)
    plane = crop_box.undo(resize.undo(evidence / max(float(evidence.max()), 1e-12), fit), cut)
    return largest_slice.undo(plane.clip(0, 1), at)


def _with(build: Callable[[], nn.Module], start_from: str, *names: str) -> System:
    parts = tuple(replace(_part(name), build=build, start_from=start_from) for name in names)
    inputs = tuple(i for i in SYSTEM.inputs if i.name in names)
    return replace(SYSTEM, inputs=inputs, parts=parts, variants={})


def _regression() -> object:
    from osteon.models import classical

    return classical.logistic(cost=0.1)


def _logistic() -> System:
    part = Part(name="grade-t1", takes=("t1",), prepare=_prepare_numbers, build=_regression, fit=Once())
    summary = "Soft-tissue sarcoma on T1: grade, by logistic regression on ten plain numbers"
    return replace(SYSTEM, summary=summary, inputs=SYSTEM.inputs[:1], parts=(part,), variants={})


SYSTEM = System(
    summary="Soft-tissue sarcoma on MRI: low or high grade, with risk groups",
    paper=Paper(
        authors="Navarro F, Dapper H, Asadpour R, et al.",
        title="Development and external validation of deep-learning-based tumor grading models in soft-tissue "
        "sarcoma patients using MR imaging",
        year=2021,
        doi="10.3390/cancers13122866",
        evidence="B",
        sheet=11,
    ),
    tasks=(GRADE, SURVIVAL),
    inputs=(Input(name="t1", kind="mri"), Input(name="t2", kind="mri", required=False)),
    parts=(_part("t1"), _part("t2")),
    decode=_decode,
    aggregate=mean_of_patient,
    variants={
        "t1": lambda: _with(_densenet, "imagenet-densenet161", "t1"),
        "lite0": lambda: _with(_lite0, "imagenet-lite0", "t1", "t2"),
        "lite0-t1": lambda: _with(_lite0, "imagenet-lite0", "t1"),
        "logistic": _logistic,
    },
    claims=(
        Claim(metric="roc_auc", value=0.75, data="T1FSGd, external test, 158 patients", source="abstract"),
        Claim(metric="f1", value=0.90, data="T1FSGd, external test, 158 patients", source="abstract"),
        Claim(metric="roc_auc", value=0.76, data="T2FS, external test, 158 patients", source="abstract"),
    ),
    errata=("The review joins F1 0.90 and AUC 0.76, which are of two models: T1FSGd (AUC 0.75) and T2FS (E13).",),
    reconstructed=(
        "The largest slice of the outline and its neighbours as three channels, 1.5 times around it, 224 px.",
        "Binary cross-entropy with both grades drawn equally often, Adam 1e-4, flips and turns up to 20 degrees.",
        "The attention map is the exact class evidence of the pooled head.",
        "With both sequences a patient's answer is the mean of the two models; the paper reports each alone.",
        "`lite0`: EfficientNet-Lite0 from packaged ImageNet weights, where DenseNet-161's own cannot be had.",
    ),
)
