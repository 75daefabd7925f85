"""A sample with its class: known, unknown, in other words."""

import numpy as np
import pytest

from osteon.contract import Classify
from osteon.systems._sample import labelled
from osteon.types import Step, Study, Truth

TASK = Classify(name="grade", classes=("low", "high"), words={"G3": "high"})


def study(truth):
    return Study(name="s", patient="p", data={}, truth=truth)


@pytest.mark.parametrize(
    ("truth", "targets"),
    [
        (None, {}),
        (Truth(), {}),
        (Truth(labels={"grade": "unknown"}), {}),
        (Truth(labels={"grade": "low"}), {"grade": 0}),
        (Truth(labels={"label": "G3"}), {"grade": 1}),
        (Truth(labels={"grade": "high", "label": "low"}), {"grade": 1}),
    ],
)
def test_the_target_is_the_studys_class(truth, targets):
    assert labelled(study(truth), TASK, {}).targets == targets


def test_the_rest_is_as_it_was_given():
    step, pixels = Step(name="x"), np.zeros((1, 2, 2), np.float32)
    found = labelled(study(None), TASK, {"image": pixels}, on="t1", item="slice 3", steps=(step,))
    assert (found.study, found.patient, found.input, found.item, found.steps) == ("s", "p", "t1", "slice 3", (step,))
    assert found.inputs["image"] is pixels
    whole = labelled(study(None), TASK, {})
    assert (whole.input, whole.item, whole.steps) == (None, "", ())
