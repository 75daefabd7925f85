"""Sacral tumour on CT: benign or malignant, from radiomics and the clinical row; five kinds of model side by side.

Paper:
    Yin P. et al., Front Oncol 2020;10:564725. 1,316 hand-crafted features of an outlined tumour,
    sex, age and size; a radiomics score in a logistic regression, a deep network, random forest,
    support vector machine and nearest neighbours. 459 patients: 321 to train, 138 to validate.
Data:
    Input `ct` with the tumour outlined, and `clinical` (optional): `age_years`, `sex`; label column
    `lesion` (`benign`, `malignant`). Not public: simulated patients; as a surrogate soft-tissue sarcomas, whose target
    is lung metastasis (variants with `metastasis`).
Cost:
    About 5 s a patient on one core, nearly all of it for the features.
Claimed:
    Clinical logistic regression: AUC 0.84, accuracy 0.81. Clinical network: 0.83 and 0.76.
Ours:
    docs/results.md: every model on the same simulated patients, image alone and with the row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from osteon.contract import Classify, Input, Once, Paper, Part, Sgd, System
from osteon.systems import _fusion, _sarcoma
from osteon.systems._build import Kind, estimator
from osteon.systems._lesion_slice import outlined
from osteon.systems._loss import binary_cross_entropy
from osteon.systems._parts import with_parts
from osteon.systems._radiomics import Features, names, radiomics
from osteon.systems._read_out import class_probabilities, classified, every, mean_of_patient
from osteon.systems._sample import labelled
from osteon.types import Claim, Outputs, Prediction, Sample, Study

if TYPE_CHECKING:
    from torch import nn

INPUT = "ct"
FEATURES: Features = "sheet-8"
NOT_OUTLINED = "The tumour is not outlined on ct, so it has no features; give a mask on the grid of ct."
LESION = Classify(name="lesion", unit="patient", classes=("benign", "malignant"), positive="malignant")
CLASSICAL: Mapping[Kind, str] = {
    "forest": "random forest", "svm": "support vector machine", "neighbours": "nearest neighbours",
}  # fmt: skip


columns = _fusion.columns(numbers=("age_years",), choices={"sex": ("male",)})
"""Sex and age; the tumour's size is measured, not asked for."""


def _prepare_score(study: Study, earlier: Outputs) -> Iterator[Sample]:
    """Yield the radiomics score (the logit of the first regression), sex, age and the longest diameter in mm."""
    import numpy as np

    from osteon.metrics.size import longest_diameter

    row, found = _fusion.clinical_row(study, columns), outlined(study, INPUT)
    if row is None or found is None:
        return
    image, mask = found
    for output in earlier.get("radscore", ()):
        chance = np.clip(class_probabilities(output.values)[1], 1e-6, 1 - 1e-6)
        numbers = [np.log(chance / (1 - chance)), *row, longest_diameter(mask, grid=image.grid)]
        yield labelled(study, LESION, {"numbers": np.array(numbers, dtype=np.float32)}, on=INPUT)


def _decode(outputs: Outputs, study: Study) -> list[Prediction]:
    """Return the answer of the last part that has one: with the clinical row where there is one."""
    last = every(outputs, lacking=NOT_OUTLINED)[-1]
    return [classified(study, LESION, class_probabilities(last.values), last)]


def _dnn(*, clinical: bool) -> nn.Module:
    from osteon.models.feature_dnn import FeatureDnn

    return FeatureDnn(features=len(names(FEATURES)), clinical=len(columns().names) if clinical else 0)


_SEEN = partial(radiomics, INPUT, LESION, lambda: FEATURES)
_SCORE = Part(
    name="radscore", takes=(INPUT,), prepare=_SEEN(), build=estimator("logistic", cost=0.03, keep=30), fit=Once()
)
_JOINED = Part(
    name="regression",
    takes=("radscore", _fusion.CLINICAL),
    prepare=_prepare_score,
    build=estimator("logistic"),
    fit=Once(),
)
_NETWORK = Part(
    name="network",
    takes=(INPUT, _fusion.CLINICAL),
    prepare=_SEEN(columns=columns),
    build=partial(_dnn, clinical=True),
    fit=Sgd(epochs=60, batch_size=32, optimiser="adam", lr=1e-3, weight_decay=1e-3, patience=15),
    loss=binary_cross_entropy(LESION.name),
)


def _with(part: Part, what: str) -> Callable[[], System]:
    return lambda: with_parts(SYSTEM, part, summary=f"Sacral tumour on CT: benign or malignant, by {what}")


SYSTEM = System(
    summary="Sacral tumour on CT: benign or malignant, from 1,316 features and the clinical row",
    paper=Paper(
        authors="Yin P, Mao N, Chen H, et al.",
        title="Machine and deep learning based radiomics models for preoperative prediction of benign and malignant "
        "sacral tumors",
        year=2020,
        doi="10.3389/fonc.2020.564725",
        evidence="C",
        sheet=8,
    ),
    tasks=(LESION,),
    inputs=(Input(name=INPUT, kind="ct"), Input(name=_fusion.CLINICAL, kind="table", required=False)),
    parts=(_SCORE, _JOINED),
    decode=_decode,
    aggregate=mean_of_patient,
    variants={
        "radscore": _with(_SCORE, "the radiomics score alone"),
        "dnn": _with(_NETWORK, "a dense network on features and clinical row"),
        "dnn-radiomics": _with(
            replace(_NETWORK, takes=(INPUT,), prepare=_SEEN(), build=partial(_dnn, clinical=False)),
            "a dense network on features alone",
        ),
        **{
            kind: _with(
                replace(_NETWORK, name=kind, build=estimator(kind, keep=60), fit=Once(), loss=None),
                f"a {what} on features and clinical row",
            )
            for kind, what in CLASSICAL.items()
        },
        **_sarcoma.metastasis(lambda: SYSTEM, Input(name=INPUT, kind="ct"), _sarcoma.texture(INPUT)),
    },
    claims=(
        Claim(metric="roc_auc", value=0.84, data="138 patients, clinical LR", source="abstract, from memory (E7)"),
        Claim(metric="accuracy", value=0.81, data="138 patients, clinical LR", source="abstract, from memory (E7)"),
        Claim(metric="roc_auc", value=0.83, data="138 patients, clinical DNN", source="abstract, from memory (E7)"),
        Claim(metric="accuracy", value=0.76, data="138 patients, clinical DNN", source="abstract, from memory (E7)"),
    ),
    errata=(
        "The review's table gives the network AUC 0.84 and accuracy 0.81, which the abstract credits to the clinical "
        "logistic regression; the network's are 0.83 and 0.76 (E7).",
        "'1,316 images' are 1,316 features a patient, hand-crafted, not cropped (E8).",
        "There is no test set: the 138 are a validation set.",
    ),
    reconstructed=(
        "How 1,316 is reached: 14 of shape, 93 of the original, 5 x 93 of Laplacians of Gaussian (1 to 5 mm), 8 x 93 "
        "of a wavelet, on 1 mm voxels, bins of 25 HU.",
        "Radiomics score: the logit of an L2 logistic regression on the 30 features with the highest F; the second "
        "regression learns from out-of-fold scores, sex, age and the longest diameter.",
        "The network: features scaled by batch statistics, 64 and 32 units, dropout 0.5; no features are selected.",
        "Forest, support vector machine and neighbours on the 60 features with the highest F.",
        "Without a clinical row the radiomics score answers.",
        "`metastasis`, `texture-metastasis`, `clinical-metastasis`: lung metastasis of the soft-tissue sarcomas in "
        "place of the paper's question: 107 features (the 10 with the highest F), age, sex and site, L2.",
    ),
)
