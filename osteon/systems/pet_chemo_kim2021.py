"""Osteosarcoma on FDG-PET before chemotherapy: responder or not, from tumour slices or texture.

Paper:
    Kim J. et al., Diagnostics 2021;11:1976. A 2-D network on all tumour slices, the 20 or 10 about
    the centre or the centre slice alone, against SUVmax, TLG, MTV, a GLSZM feature and random
    forest and SVM on texture. 105 patients: 80 in five folds of 16, 25 held out.
Data:
    Input `pet` in SUV with the tumour outlined; label column `response` (`non-responder`,
    `responder`). Not public: simulated patients; as a surrogate soft-tissue sarcomas, whose target
    is lung metastasis or the grade (variants with `-metastasis` and `-grade`).
Cost:
    289,090 parameters, a few milliseconds a slice; texture about 0.3 s a patient on one core.
Claimed:
    Centre slice 0.760 (19 of 25), all slices 0.625, centre 20 0.616, centre 10 0.628; folds 0.968
    in training and 0.610 in validation. AUC of SUVmax 0.532, TLG 0.507, MTV 0.510, GLSZM 0.626.
Ours:
    docs/results.md: network and texture on the same patients, training beside validation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from osteon.contract import Classify, Input, Once, Paper, Part, Prepare, Sgd, System
from osteon.systems import _uptake
from osteon.systems._build import Kind, estimator
from osteon.systems._lesion_slice import augment, central
from osteon.systems._loss import cross_entropy
from osteon.systems._parts import with_parts
from osteon.systems._radiomics import measured, names
from osteon.systems._read_out import class_probabilities, classified, every, mean_of_patient
from osteon.systems._sample import labelled
from osteon.systems._sampling import balanced
from osteon.systems._sarcoma import GRADE, METASTASIS
from osteon.types import Claim, Outputs, Prediction, Sample, Study

if TYPE_CHECKING:
    from torch import nn

SIDE_PX = 64
INPUT = "pet"
NOT_OUTLINED = "The tumour is not outlined on pet, so there is nothing to read; give a mask on the grid of pet."
RESPONSE = Classify(
    name="response", unit="patient", classes=("non-responder", "responder"), positive="responder",
    words={"poor": "non-responder", "good": "responder"},
)  # fmt: skip
ZONES = "original_glszm_"


def _texture(task: Classify) -> Prepare:
    """Return a `prepare` that yields SUVmax, MTV, TLG and the 107 features of the tumour."""

    def prepare(study: Study, _earlier: Outputs) -> Iterator[Sample]:
        import numpy as np

        values = measured(study, INPUT, "pet")
        if values is None:
            return
        plain = np.array([p.value for p in _uptake.measured(study, INPUT)], dtype=np.float32)
        yield labelled(study, task, {"uptake": plain, "features": values}, on=INPUT)

    return prepare


def feature_names() -> tuple[str, ...]:
    """Return the names of the texture models' columns, in order."""
    return (*(t.name for t in _uptake.UPTAKE), *names("pet"))


def _decode(task: Classify, outputs: Outputs, study: Study) -> list[Prediction]:
    """Return the mean of the slices' votes as the study's answer, and the uptake."""
    import numpy as np

    said = every(outputs, lacking=NOT_OUTLINED)
    votes = np.mean([class_probabilities(output.values) for output in said], axis=0)
    return [classified(study, task, votes, said[0]), *_uptake.measured(study, INPUT)]


def _network() -> nn.Module:
    from osteon.models.five_layer_cnn import FiveLayerCnn

    return FiveLayerCnn(classes=2, patch_px=SIDE_PX, widths=(16, 32, 64), dense=64, channels=1)


def _cnn(task: Classify, count: int | None) -> Part:
    return Part(
        name="slices",
        takes=(INPUT,),
        prepare=central(INPUT, task, lambda: SIDE_PX, count=count, scale=_uptake.scaled),
        build=_network,
        fit=Sgd(epochs=40, batch_size=32, optimiser="adam", lr=5e-4, weight_decay=1e-3, patience=12),
        loss=cross_entropy(task.name),
        augment=augment,
        sampler=balanced(task.name),
    )


def _on(task: Classify, part: Part) -> Callable[[], System]:
    return lambda: with_parts(SYSTEM, part, tasks=(task, *_uptake.UPTAKE), decode=partial(_decode, task))


def _estimator(task: Classify, kind: Kind) -> Part:
    return Part(name=kind, takes=(INPUT,), prepare=_texture(task), build=estimator(kind, keep=20), fit=Once())


def _accuracy(value: float, slices: str) -> Claim:
    return Claim(metric="accuracy", value=value, data=f"25 patients held out, {slices}", source="abstract")


def _auc(value: float, what: str) -> Claim:
    return Claim(metric="roc_auc", value=value, data=what, source="abstract")


_COUNTS: Sequence[tuple[str, int | None]] = (("all", None), ("centre20", 20), ("centre10", 10))
SYSTEM = System(
    summary="Osteosarcoma on FDG-PET before chemotherapy: responder or not, with SUVmax, MTV and TLG",
    paper=Paper(
        authors="Kim J, Jeong SY, Kim BC, et al.",
        title="Prediction of neoadjuvant chemotherapy response in osteosarcoma using convolutional neural network of "
        "tumor center 18F-FDG PET images",
        year=2021,
        doi="10.3390/diagnostics11111976",
        evidence="D",
        sheet=13,
    ),
    tasks=(RESPONSE, *_uptake.UPTAKE),
    inputs=(Input(name=INPUT, kind="pet"),),
    parts=(_cnn(RESPONSE, 1),),
    decode=partial(_decode, RESPONSE),
    aggregate=mean_of_patient,
    variants={
        **{tag: _on(RESPONSE, _cnn(RESPONSE, count)) for tag, count in _COUNTS},
        "forest": _on(RESPONSE, _estimator(RESPONSE, "forest")),
        "svm": _on(RESPONSE, _estimator(RESPONSE, "svm")),
        "centre10-metastasis": _on(METASTASIS, _cnn(METASTASIS, 10)),
        "forest-metastasis": _on(METASTASIS, _estimator(METASTASIS, "forest")),
        "centre10-grade": _on(GRADE, _cnn(GRADE, 10)),
        "forest-grade": _on(GRADE, _estimator(GRADE, "forest")),
    },
    claims=(
        _accuracy(0.760, "centre slice (19 of 25)"),
        _accuracy(0.625, "all slices"),
        _accuracy(0.616, "centre 20 slices"),
        _accuracy(0.628, "centre 10 slices"),
        Claim(metric="accuracy", value=0.610, data="validation of five folds; 0.968 in training", source="abstract"),
        Claim(metric="accuracy", value=0.55, data="25 patients held out, random forest", source="abstract"),
        Claim(metric="accuracy", value=0.54, data="25 patients held out, SVM", source="abstract"),
        _auc(0.532, "SUVmax"),
        _auc(0.507, "TLG"),
        _auc(0.510, "MTV"),
        _auc(0.626, "a GLSZM feature"),
    ),
    errata=("The review has the paper use machine learning instead of deep learning; it trains a 2-D network (E15).",),
    reconstructed=(
        "The network: three 3x3 convolutions of 16, 32 and 64 filters, each pooled, a dense layer of 64.",
        "Slices of 64 px, cut square in mm 1.5 times around the whole tumour, SUV 0 to 15 as 0 to 1.",
        "A patient's answer is the mean of the slices' probabilities.",
        "Texture: osteon's 107 features at bins of 0.5 SUV with SUVmax, MTV and TLG, the 20 with the highest F; the "
        "paper used LIFEx 4.0.",
        "`...-metastasis` and `...-grade`: the same on lung metastasis and on the grade, for cohorts without a "
        "chemotherapy response.",
    ),
)
