"""Giant cell tumour of bone: local recurrence after curettage, from MRI, age and place.

Paper:
    He Y. et al., Eur Radiol 2019;29:5441-51.
    An Inception v3 fine-tuned on pre-operative MRI, fourfold cross-validated, then a logistic
    regression on its answer, age and tumour location. 56 patients, half to train, half to test.
Data:
    Input `t1` (pre-operative MRI) with the tumour outlined, and `clinical` (optional): `age_years`,
    `location`; label column `recurrence` (`no`, `yes`). Not public: simulated patients, and as a
    surrogate soft-tissue sarcomas, whose target is lung metastasis (variants with `metastasis`).
Cost:
    21,789,666 parameters, about 0.2 s a patient on one core (`lite0`: 3,373,569, 0.03 s).
Claimed:
    Accuracy 75.0 % (21 of 28) by the network, 78.6 % (22 of 28) with the regression, 64.3 % (18 of
    28) by radiologists.
Ours:
    docs/results.md: network alone, clinical alone and fused on the same patients.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from osteon.contract import Classify, Input, Once, Paper, Part, Sgd, System
from osteon.systems import _fusion, _sarcoma
from osteon.systems._build import estimator, inception, lite0
from osteon.systems._lesion_slice import augment, evidence_map, largest
from osteon.systems._loss import cross_entropy
from osteon.systems._parts import with_parts
from osteon.systems._read_out import every, mean_of_patient
from osteon.systems._sampling import balanced
from osteon.types import Claim, Outputs, Prediction, Study

SIDE_PX = 299
LITE_PX = 160
INPUT = "t1"
RECURRENCE = Classify(name="recurrence", unit="patient", classes=("no", "yes"), positive="yes")
NOT_OUTLINED = "The tumour is not outlined on t1, so there is nothing to read; give a mask on the grid of t1."
SITES = ("femur", "tibia", "radius", "humerus", "pelvis", "spine", "sacrum")


columns = _fusion.columns(numbers=("age_years",), choices={"location": SITES})
"""With the network's answer the three predictors of the regression, the place one-hot."""


def _decode(outputs: Outputs, study: Study) -> list[Prediction]:
    """Return the fused answer, or the network's own where there is no clinical row."""
    first, *_ = every(outputs, lacking=NOT_OUTLINED)
    (answer,) = _fusion.answers(study, RECURRENCE, outputs["network"], outputs.get("regression", ()))
    return [replace(answer, heat_map=evidence_map(first, row=1))]


_NETWORK = Part(
    name="network",
    takes=(INPUT,),
    prepare=largest(INPUT, RECURRENCE, lambda: SIDE_PX),
    build=inception(classes=2),
    fit=Sgd(epochs=30, batch_size=8, optimiser="adam", lr=1e-4, weight_decay=1e-4, clip_norm=1.0),
    loss=cross_entropy(RECURRENCE.name),
    augment=augment,
    sampler=balanced(RECURRENCE.name),
    start_from="imagenet-inception_v3",
    stack=4,
)
_FUSED = Part(
    name="regression",
    takes=("network", _fusion.CLINICAL),
    prepare=_fusion.joined("network", RECURRENCE, columns),
    build=estimator("logistic"),
    fit=Once(),
)


def _small(task: Classify) -> Part:
    return replace(
        _NETWORK,
        prepare=largest(INPUT, task, lambda: LITE_PX),
        build=lite0(classes=2, frozen=3, dropout=0.3),
        fit=replace(_NETWORK.fit, epochs=20, batch_size=16, lr=1e-3, precision="bf16-mixed"),
        loss=cross_entropy(task.name),
        sampler=balanced(task.name),
        start_from="imagenet-lite0",
    )


def _lite(*later: Part) -> System:
    return with_parts(SYSTEM, _small(RECURRENCE), *later)


SYSTEM = System(
    summary="Giant cell tumour on MRI: local recurrence after curettage",
    paper=Paper(
        authors="He Y, Guo J, Ding X, van Ooijen PMA, et al.",
        title="Convolutional neural network to predict the local recurrence of giant cell tumor of bone after "
        "curettage based on pre-surgery magnetic resonance images",
        year=2019,
        doi="10.1007/s00330-019-06082-2",
        evidence="B",
        sheet=14,
    ),
    tasks=(RECURRENCE,),
    inputs=(Input(name=INPUT, kind="mri"), Input(name=_fusion.CLINICAL, kind="table", required=False)),
    parts=(_NETWORK, _FUSED),
    decode=_decode,
    aggregate=mean_of_patient,
    variants={
        "lite0": lambda: _lite(_FUSED),
        "image-lite0": partial(_lite),
        "clinical": lambda: _fusion.row_system(
            SYSTEM, _FUSED, RECURRENCE, columns, summary="Giant cell tumour: recurrence by age and place alone"
        ),
        **_sarcoma.metastasis(lambda: SYSTEM, Input(name=INPUT, kind="mri"), _small(_sarcoma.METASTASIS)),
    },
    claims=(
        Claim(metric="accuracy", value=0.755, low=0.551, high=0.893, data="28 patients, network", source="abstract"),
        Claim(metric="accuracy", value=0.786, low=0.590, high=0.917, data="28 patients, fused", source="abstract"),
        Claim(metric="accuracy", value=0.643, low=0.441, high=0.814, data="28 patients, readers", source="abstract"),
    ),
    errata=(
        "Accuracy 75.5 % cannot be had with 28 patients; its interval is that of 21 of 28, 75.0 % (E17).",
        "The three sensitivities (85.7, 87.5, 58.3 %) need 7, 8 and 12 recurrences of one test set: they may be "
        "positive predictive values, and are not shown as claims (E17).",
    ),
    reconstructed=(
        "The largest slice of the outline on one sequence and its neighbours as three channels, 299 px; the paper's "
        "choice of sequences is unknown.",
        "The regression learns from out-of-fold answers of four folds within the training half.",
        "Site one-hot over femur, tibia, radius, humerus, pelvis, spine and sacrum; logistic regression with L2.",
        "Cross-entropy, both classes drawn equally often, Adam 1e-4, flips and turns up to 20 degrees.",
        "`lite0`: EfficientNet-Lite0 from packaged ImageNet weights, where Inception's cannot be had.",
        "`metastasis`, `network-metastasis`, `clinical-metastasis`: lung metastasis of the soft-tissue sarcomas in "
        "place of the recurrence: the network of `lite0` on T1, age, sex and site, L2.",
    ),
)
