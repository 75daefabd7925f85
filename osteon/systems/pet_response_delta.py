"""Osteosarcoma before and after chemotherapy: poor or good response, from what changed between two exams.

Paper:
    None. Section 4.1.4 of the review speaks of comparing exams before and after chemotherapy and
    names no system; this one is osteon's own, of evidence level F, built to have a plain answer to
    that question: radiomics of both exams, their ratios and differences, and a logistic regression.
Data:
    Inputs `pet_pre` and `pet_post` in SUV (variants `mri`: `t1_pre`, `t1_post`), the tumour
    outlined in both; label column `response` (`poor`, `good`; a good one has 90 % necrosis). In
    cohort.csv give both exams of a patient one `study`, and `pre` and `post` in the column `exam`.
Cost:
    214 columns, about 0.6 s a patient on one core (`siamese`: 146,546 parameters, 0.05 s).
Claimed:
    Nothing.
Ours:
    docs/results.md, once there are patients with both exams; until then nothing is known of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from osteon.contract import Classify, Input, Once, Paper, Part, Sgd, System
from osteon.systems import _paired, _radiomics, _uptake
from osteon.systems._build import estimator
from osteon.systems._loss import cross_entropy
from osteon.systems._read_out import class_probabilities, classified, every, mean_of_patient
from osteon.systems._sampling import balanced
from osteon.types import Outputs, Prediction, Study

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

    from osteon.systems._radiomics import Features

SIDE_PX = 96
LOGISTIC = estimator("logistic", cost=0.1, keep=10)
RESPONSE = Classify(
    name="response", unit="patient", classes=("poor", "good"), positive="good",
    words={"non-responder": "poor", "responder": "good"},
)  # fmt: skip


def feature_names(features: Features = "pet") -> tuple[str, ...]:
    """Return the names of the columns that the regression sees."""
    from osteon.transforms import delta

    return delta.names(_radiomics.names(features))


def _signal(volume: np.ndarray) -> np.ndarray:
    """Return MRI's arbitrary units between their own percentiles."""
    from osteon.transforms import intensity

    return intensity.robust_unit(volume)


def _siamese() -> nn.Module:
    from osteon.models.siamese import Siamese

    return Siamese(classes=2)


def _decode(name: str, outputs: Outputs, study: Study) -> list[Prediction]:
    lacking = (
        f"The tumour is not outlined on both {name}_pre and {name}_post; give a mask on the grid of each, and both "
        "exams one study in cohort.csv."
    )
    first = every(outputs, lacking=lacking)[0]
    return [classified(study, RESPONSE, class_probabilities(first.values), first), _paired.volume_change(study, name)]


def _inputs(name: str) -> tuple[Input, ...]:
    kind = "pet" if name == "pet" else "mri"
    return tuple(Input(name=f"{name}_{exam}", kind=kind) for exam in _paired.EXAMS)


def _deltas(name: str, build: Callable[[], object] = LOGISTIC) -> Part:
    features: Features = "pet" if name == "pet" else "original"
    prepare = _paired.deltas(name, RESPONSE, lambda: features)
    takes = tuple(i.name for i in _inputs(name))
    return Part(name="delta", takes=takes, prepare=prepare, build=build, fit=Once())


def _deep(name: str) -> Part:
    return Part(
        name="siamese",
        takes=tuple(i.name for i in _inputs(name)),
        prepare=_paired.crops(name, RESPONSE, lambda: SIDE_PX, _uptake.scaled if name == "pet" else _signal),
        build=_siamese,
        fit=Sgd(epochs=40, batch_size=16, optimiser="adamw", lr=1e-3, weight_decay=1e-3, clip_norm=1.0),
        loss=cross_entropy(RESPONSE.name),
        augment=_paired.augment,
        sampler=balanced(RESPONSE.name),
    )


def _of(name: str, part: Part) -> System:
    return replace(SYSTEM, inputs=_inputs(name), parts=(part,), decode=partial(_decode, name), variants={})


SYSTEM = System(
    summary="Osteosarcoma before and after chemotherapy: poor or good response, from what changed (osteon's own)",
    paper=Paper(
        authors="None: osteon's own",
        title="after section 4.1.4 of Zhou X. et al., Front Oncol 2022;12:908873, which names no system",
        year=2022,
        doi="10.3389/fonc.2022.908873",
        evidence="F",
        sheet=0,
    ),
    tasks=(RESPONSE, _paired.CHANGE),
    inputs=_inputs("pet"),
    parts=(_deltas("pet"),),
    decode=partial(_decode, "pet"),
    aggregate=mean_of_patient,
    variants={
        "forest": lambda: _of("pet", _deltas("pet", estimator("forest", min_leaf=3, keep=20))),
        "siamese": lambda: _of("pet", _deep("pet")),
        "mri": lambda: _of("t1", _deltas("t1")),
        "mri-siamese": lambda: _of("t1", _deep("t1")),
    },
    reconstructed=(
        "All of it: no paper stands behind this system.",
        "107 radiomics features of each exam (SUV bins of 0.5; MRI 32 bins), ratio and difference; the 10 columns with "
        "the highest F between the classes, logistic regression with L2.",
        "`siamese`: one encoder of four stages for both exams' largest slices, cut to one size in mm; a linear head on "
        "the features before and their change.",
    ),
)
