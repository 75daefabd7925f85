"""Network and clinical row joined: what the second stage is shown, and what happens without a row."""

from dataclasses import replace

import numpy as np
import pytest

from osteon import systems
from osteon.contract import Classify
from osteon.systems import _fusion
from osteon.transforms.clinical import Columns
from osteon.types import Output, Record, Sample, Study, Truth

TASK = Classify(name="lesion", unit="lesion", classes=("benign", "intermediate", "malignant"))


columns = _fusion.columns(numbers=("age_years",))


SAID = np.array([0.2, 0.3, 0.5])


@pytest.fixture
def study():
    truth = Truth(labels={"lesion": "malignant"})
    return Study(name="s", patient="p", data={"clinical": Record(values={"age_years": 20.0})}, truth=truth)


@pytest.fixture
def network():
    samples = [Sample(study="s", patient="p", item=f"lesion {n}", inputs={}, input="radiograph") for n in (1, 2)]
    return tuple(Output(sample=s, values={"probabilities": SAID}) for s in samples)


def test_the_second_stage_sees_the_answer_and_the_row(study, network):
    found = list(_fusion.joined("lesion", TASK, columns)(study, {"lesion": network}))
    assert [s.item for s in found] == ["lesion 1", "lesion 2"]
    assert found[0].inputs["image"].tolist() == pytest.approx([0.3, 0.5])
    assert found[0].inputs["clinical"].tolist() == [20.0]
    assert found[0].targets == {"lesion": 2}


def test_the_row_alone(study):
    (sample,) = _fusion.row_alone(TASK, columns)(study, {})
    assert sample.inputs["clinical"].tolist() == [20.0]
    assert not list(_fusion.row_alone(TASK, columns)(replace(study, data={}), {}))


def test_without_a_row_the_networks_answer_stands(study, network):
    bare = replace(study, data={})
    assert not list(_fusion.joined("lesion", TASK, columns)(bare, {"lesion": network}))
    answers = _fusion.answers(bare, TASK, network, ())
    assert [list(a.probabilities.values()) for a in answers] == [pytest.approx(SAID.tolist())] * 2


def test_each_lesion_gets_its_own_fused_answer(study, network):
    second = replace(network[1], values={"probabilities": np.array([1.0, 0.0, 0.0])})
    first, other = _fusion.answers(study, TASK, network, (second,))
    assert first.probabilities["malignant"] == pytest.approx(0.5)
    assert other.probabilities["benign"] == 1.0


def test_columns_are_made_when_they_are_asked_for():
    made = _fusion.columns(numbers=("age_years",), choices={"sex": ("male",)})
    assert made() == Columns(numbers=("age_years",), choices={"sex": ("male",)})
    assert columns().names == ("age_years",)


def test_a_row_of_any_table(study):
    measured = replace(study, data={"features": Record(values={"age_years": "7", "other": 1.0})})
    (sample,) = _fusion.row_alone(TASK, columns, table="features")(measured, {})
    assert (sample.input, sample.inputs["features"].tolist(), sample.targets) == ("features", [7.0], {"lesion": 2})
    assert not list(_fusion.row_alone(TASK, columns)(measured, {}))


def test_what_the_row_knows_alone(study):
    """The system without its images: one required table, the later part's estimator under its own name."""
    whole = systems.get("mri-gctb-recurrence-he2019")
    alone = _fusion.row_system(whole, whole.parts[1], TASK, columns, summary="the row")
    assert [(i.name, i.required) for i in alone.inputs] == [("clinical", True)]
    (part,) = alone.parts
    assert (part.name, part.takes, part.build) == (whole.parts[1].name, ("clinical",), whole.parts[1].build)
    (sample,) = part.prepare(study, {})
    (answer,) = alone.decode({part.name: (Output(sample=sample, values={"probabilities": SAID}),)}, study)
    assert list(answer.probabilities.values()) == pytest.approx(SAID.tolist())
    assert (alone.summary, alone.variants, alone.paper) == ("the row", {}, whole.paper)
