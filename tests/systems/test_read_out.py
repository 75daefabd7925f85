"""Outputs to answers: one logit or several, a part that had nothing to read, many predictions of a patient."""

import numpy as np
import pytest
from scipy.special import expit, softmax

from osteon.contract import Classify, Regress
from osteon.errors import InputError
from osteon.systems._read_out import (
    chance,
    class_probabilities,
    classified,
    each,
    every,
    evidence,
    mean_of_patient,
    quantity,
)
from osteon.types import Output, Prediction, Sample, Study

TASK = Classify(name="lesion", classes=("benign", "malignant"))
STUDY = Study(name="s", patient="p", data={})


def output(*, on="t1", **values):
    sample = Sample(study="s", patient="p", inputs={}, input=on)
    return Output(sample=sample, values={name: np.asarray(value, dtype=float) for name, value in values.items()})


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"probabilities": [0.25, 0.75]}, [0.25, 0.75]),
        ({"probabilities": [0.25, 0.75], "logits": [9, 0]}, [0.25, 0.75]),
        ({"logits": [1, 2, 3]}, softmax([1, 2, 3])),
        ({"logits": [700.0]}, [0, 1]),
        ({"logits": [-0.4]}, [1 - expit(-0.4), expit(-0.4)]),
    ],
)
def test_probabilities(values, wanted):
    assert class_probabilities(output(**values).values) == pytest.approx(wanted)


def test_every_output_in_the_order_of_the_parts_or_a_sentence():
    one, two, three = (output(logits=[n, 0]) for n in range(3))
    assert every({"a": (one, two), "b": (), "c": (three,)}, lacking="x") == [one, two, three]
    for nothing in ({}, {"a": (), "b": ()}):
        with pytest.raises(InputError, match="No tumour is outlined"):
            every(nothing, lacking="No tumour is outlined.")


def test_each_output_is_an_answer_with_its_features():
    said = {"a": (output(probabilities=[0.9, 0.1], features=[1, 2]),), "b": (output(logits=[0, 0], on="t2"),)}
    first, second = each(TASK)(said, STUDY)
    assert first.probabilities == pytest.approx({"benign": 0.9, "malignant": 0.1})
    assert (first.task, first.input, first.features.tolist()) == ("lesion", "t1", [1, 2])
    assert (second.probabilities["benign"], second.input, second.features) == (0.5, "t2", None)


def test_a_quantity_has_its_tasks_unit():
    task = Regress(name="tumour_volume", unit="patient", quantity_unit="ml")
    found = quantity(STUDY, task, 12.5, on="ct")
    assert (found.task, found.value, found.unit, found.input, found.study) == ("tumour_volume", 12.5, "ml", "ct", "s")
    assert quantity(STUDY, task, None, on=None).value is None


def test_evidence_is_of_one_class_and_what_speaks_against_it_is_cut():
    cam = np.array([[[0.0, 4.0], [-2.0, 1.0]], [[-1.0, -1.0], [-1.0, -1.0]]])
    said = output(cam=cam)
    assert evidence(said).tolist() == [[0, 1], [0, 0.25]]
    assert not evidence(said, row=1).any()
    assert evidence(output(logits=[1, 2])) is None


def test_chances_are_those_of_scipy():
    logits = np.linspace(-20, 20, 9)
    assert np.allclose(chance(logits), expit(logits), atol=1e-6)
    assert chance(np.array([-1e9, 1e9])).tolist() == [pytest.approx(0, abs=1e-12), 1.0]


def test_a_patients_answer_is_the_mean_of_the_studies():
    answers = [classified(STUDY, TASK, (p, 1 - p), output(on="t1")) for p in (0.2, 0.6)]
    joined = mean_of_patient(answers)
    assert joined.probabilities == pytest.approx({"benign": 0.4, "malignant": 0.6})
    assert (joined.study, joined.patient, joined.input) == ("p", "p", None)
    risks = [Prediction(study=f"s{n}", patient="p", task="death", risk=r) for n, r in enumerate((1.0, 4.0))]
    assert mean_of_patient(risks).risk == 2.5


def test_a_patients_quantity_is_the_mean_of_what_was_measured():
    """Two exams of one patient: their volumes were lost on the way to the patient's score."""
    task = Regress(name="tumour_volume", unit="patient", quantity_unit="ml")
    measured = [quantity(STUDY, task, value, on="ct") for value in (10.0, None, 40.0)]
    joined = mean_of_patient(measured)
    assert (joined.value, joined.unit, joined.probabilities, joined.risk) == (25.0, "ml", None, None)
    assert mean_of_patient(measured[1:2]).value is None
