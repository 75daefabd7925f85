"""LeNet on Raman spectra of serum: bone metastasis of prostate cancer, yes or no.

Paper:
    Shao X. et al., Nanomedicine 2020;29:102245. Label-free surface-enhanced Raman spectra of
    serum, 1,281 of 427 patients (three each), a CNN after LeNet-5, five-fold cross-validation.
Data:
    One study a spectrum, input `spectrum`, 402 to 1,598 /cm at least; all spectra of a patient
    in one fold, which the paper does not state; label column `metastasis` (`absent`,
    `present`). The paper's spectra are not public. The variants `saliva`, `saliva-logistic`
    and `saliva-forest` put the same parts to another question, COVID-19 in saliva (Bertazioli
    2024): a surrogate, not cancer.
Cost:
    485,226 parameters. A spectrum takes about 2 ms to clean and under 1 ms to read on one core;
    2,500 spectra train in about two minutes.
Claimed:
    Accuracy 81.70 +- 2.83 % in test against 99.51 +- 0.23 % in training: the gap is the warning.
Ours:
    docs/results.md, grouped by person, training score beside test score, with logistic
    regression and a forest on the same cleaned spectra.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from osteon.contract import Classify, Input, Once, Paper, Part, Prepare, Sgd, System
from osteon.systems._build import Kind, estimator
from osteon.systems._loss import cross_entropy
from osteon.systems._read_out import each, mean_of_patient
from osteon.systems._sample import labelled
from osteon.systems._sampling import balanced
from osteon.types import Claim, Outputs, Sample, Spectrum, Step, Study

if TYPE_CHECKING:
    from osteon.models.lenet1d import LeNet1d

POINTS = 1000
FROM_PER_CM, TO_PER_CM = 402.0, 1598.0
TASK = Classify(name="metastasis", unit="spectrum", classes=("absent", "present"), positive="present")
SALIVA_TASK = Classify(
    name="covid19",
    unit="spectrum",
    classes=("absent", "present"),
    positive="present",
    words={"COV+": "present", "COV-": "absent", "CTRL": "absent"},
)


def _prepare(task: Classify) -> Prepare:
    def prepare(study: Study, _earlier: Outputs) -> Iterator[Sample]:
        import numpy as np

        from osteon.transforms.spectrum import clean

        spectrum = study.data.get("spectrum")
        if not isinstance(spectrum, Spectrum):
            return
        cleaned = clean(spectrum, axis_per_cm=np.linspace(FROM_PER_CM, TO_PER_CM, POINTS))[None]
        step = Step(name="spectrum", params={"from_per_cm": FROM_PER_CM, "to_per_cm": TO_PER_CM})
        yield labelled(study, task, {"spectrum": cleaned}, on="spectrum", steps=(step,))

    return prepare


def _network() -> LeNet1d:
    from osteon.models.lenet1d import LeNet1d

    return LeNet1d(points=POINTS, classes=2, dropout=0.3)


def _part(task: Classify) -> Part:
    return Part(
        name="lenet",
        takes=("spectrum",),
        prepare=_prepare(task),
        build=_network,
        fit=Sgd(epochs=20, batch_size=64, lr=1e-3, weight_decay=1e-2),
        loss=cross_entropy(task.name),
        sampler=balanced(task.name),
    )


def _put_to(system: System, task: Classify) -> System:
    return replace(system, tasks=(task,), parts=(_part(task),), decode=each(task), variants={}, claims=())


def _classical(system: System, kind: Kind, **settings: Any) -> System:
    part = replace(system.parts[0], name=kind, build=estimator(kind, **settings), fit=Once(), loss=None, sampler=None)
    summary = f"{kind.capitalize()} on cleaned Raman spectra: the plain baseline"
    return replace(system, summary=summary, parts=(part,), variants={}, claims=())


SYSTEM = System(
    summary="Raman spectra of serum: bone metastasis of prostate cancer",
    paper=Paper(
        authors="Shao X, Zhang H, Wang Y, et al.",
        title="Deep convolutional neural networks combine Raman spectral signature of serum for prostate "
        "cancer bone metastases screening",
        year=2020,
        doi="10.1016/j.nano.2020.102245",
        evidence="C",
        sheet=39,
    ),
    tasks=(TASK,),
    inputs=(Input(name="spectrum", kind="spectrum"),),
    parts=(_part(TASK),),
    decode=each(TASK),
    aggregate=mean_of_patient,
    variants={
        "logistic": lambda: _classical(SYSTEM, "logistic", cost=0.01),
        "forest": lambda: _classical(SYSTEM, "forest", min_leaf=3),
        "saliva": lambda: _put_to(SYSTEM, SALIVA_TASK),
        "saliva-logistic": lambda: _classical(_put_to(SYSTEM, SALIVA_TASK), "logistic", cost=0.01),
        "saliva-forest": lambda: _classical(_put_to(SYSTEM, SALIVA_TASK), "forest", min_leaf=3),
    },
    claims=(
        Claim(
            metric="accuracy", value=0.8170, data="five-fold test; +- 0.0283 is a standard deviation", source="abstract"
        ),
        Claim(metric="accuracy", value=0.9951, data="five-fold training; +- 0.0023", source="abstract"),
        Claim(metric="sensitivity", value=0.8063, data="five-fold test; +- 0.0507", source="abstract"),
        Claim(metric="specificity", value=0.8282, data="five-fold test; +- 0.0294", source="abstract"),
    ),
    errata=(
        "The review says only 'high performance'; the abstract gives 81.70 % in test and 99.51 % in training.",
        "The paper does not say whether the three spectra of a patient shared a fold; here they always do.",
    ),
    reconstructed=(
        "LeNet-5 along one axis (6 and 16 kernels of 5, dense 120-84-2, dropout 0.3); 1-D or reshaped is not known.",
        "Cosmic rays out, asymmetric least squares baseline, Savitzky-Golay, 1,000 points, vector norm.",
        "Cross-entropy with classes drawn equally often, AdamW 1e-3, 20 epochs and no early stopping: the paper, too, "
        "fits its training set to 99.5 %.",
        "A patient's answer is the mean over the patient's spectra.",
    ),
)
