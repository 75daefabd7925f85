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
    and five low-grade patients. Variants `bone` and `bone-lite0` put the same networks to primary
    bone tumours (section 4.1.3 of the review): label column `grade`, low (G1, or an atypical
    cartilaginous tumour) or high (G2, G3), `t1` alone; no paper measured them, none is claimed.
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

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from osteon.contract import Classify, Input, Once, Paper, Part, Sgd, Survive, System
from osteon.systems._build import estimator, lite0
from osteon.systems._lesion_slice import augment, evidence_map, largest, numbers
from osteon.systems._loss import binary_cross_entropy
from osteon.systems._parts import with_parts
from osteon.systems._read_out import class_probabilities, classified, every, mean_of_patient
from osteon.systems._sampling import balanced
from osteon.types import Claim, Outputs, Prediction, Study

if TYPE_CHECKING:
    from torch import nn


SIDE_PX = 224
NOT_OUTLINED = "No sequence of this study has its tumour outlined; give a mask on the grid of t1 or t2."
GRADE = Classify(
    name="grade", unit="patient", classes=("G1", "G2/G3"), positive="G2/G3",
    words={"G2": "G2/G3", "G3": "G2/G3", "low": "G1", "intermediate": "G2/G3", "high": "G2/G3"},
)  # fmt: skip
BONE_GRADE = Classify(
    name="grade", unit="patient", classes=("low", "high"), positive="high",
    words={"G1": "low", "G2": "high", "G3": "high", "low-grade": "low", "high-grade": "high",
           "atypical cartilaginous tumour": "low"},
)  # fmt: skip
SURVIVAL = Survive(name="overall_survival", unit="patient", endpoint="death")


def _densenet() -> nn.Module:
    from osteon.models.densenet import DenseNet161

    return DenseNet161(logits=1)


Network = tuple[Callable[[], "nn.Module"], str]
"""What is built, and the named pre-training that it starts from."""
DENSENET: Network = (_densenet, "imagenet-densenet161")
LITE0: Network = (lite0(classes=1), "imagenet-lite0")


def _part(name: str, task: Classify = GRADE, *, network: Network = DENSENET) -> Part:
    build, start_from = network
    return Part(
        name=f"grade-{name}",
        takes=(name,),
        prepare=largest(name, task, lambda: SIDE_PX),
        build=build,
        fit=Sgd(epochs=30, batch_size=8, optimiser="adam", lr=1e-4, weight_decay=1e-4, clip_norm=1.0),
        loss=binary_cross_entropy(task.name),
        augment=augment,
        sampler=balanced(task.name),
        start_from=start_from,
    )


def _decode(outputs: Outputs, study: Study) -> list[Prediction]:
    """Return the grade by each sequence, and the same probability as a risk of death."""
    grades = _decode_grade(GRADE, outputs, study)
    risks = (float(class_probabilities(o.values)[1]) for part in outputs.values() for o in part)
    said = partial(Prediction, study=study.name, patient=study.patient, task=SURVIVAL.name)
    return [*grades, *(said(input=g.input, risk=risk) for g, risk in zip(grades, risks, strict=True))]


def _decode_grade(task: Classify, outputs: Outputs, study: Study) -> list[Prediction]:
    """Return the grade by each sequence, with where it came from."""
    found = every(outputs, lacking=NOT_OUTLINED)
    return [replace(classified(study, task, class_probabilities(o.values), o), heat_map=evidence_map(o)) for o in found]


def _bone(network: Network) -> System:
    """Return the grading of primary bone tumours: another disease, so neither the paper's claims nor its survival."""
    part = _part("t1", BONE_GRADE, network=network)
    summary = "Primary bone tumour on T1: low or high grade, by the networks of soft-tissue sarcoma"
    said = "No paper graded primary bone tumours with this network: the disease, its words and the sequence are ours."
    decode = partial(_decode_grade, BONE_GRADE)
    notes = (said, *SYSTEM.reconstructed)
    return with_parts(SYSTEM, part, summary=summary, tasks=(BONE_GRADE,), decode=decode, claims=(), reconstructed=notes)


def _logistic() -> System:
    seen = numbers("t1", GRADE)
    part = Part(name="grade-t1", takes=("t1",), prepare=seen, build=estimator("logistic", cost=0.1), fit=Once())
    summary = "Soft-tissue sarcoma on T1: grade, by logistic regression on ten plain numbers"
    return with_parts(SYSTEM, part, summary=summary)


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
        "t1": lambda: with_parts(SYSTEM, _part("t1")),
        "lite0": lambda: with_parts(SYSTEM, *(_part(name, network=LITE0) for name in ("t1", "t2"))),
        "lite0-t1": lambda: with_parts(SYSTEM, _part("t1", network=LITE0)),
        "logistic": _logistic,
        "bone": lambda: _bone(DENSENET),
        "bone-lite0": lambda: _bone(LITE0),
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
