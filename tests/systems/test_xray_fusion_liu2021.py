"""What sheet 5 asks of the fusion: Inception's size, no leak into the trees, the image alone without a clinical row."""

from dataclasses import replace

import numpy as np
import pytest
from torch import nn

from osteon import engine, systems
from osteon.contract import Sgd
from osteon.engine import run
from osteon.systems import xray_fusion_liu2021 as liu
from osteon.types import Output, Record
from tests import phantoms

NAME = "xray-fusion-liu2021"


@pytest.fixture
def study():
    return phantoms.study(liu.SYSTEM, index=2)


def _network(study):
    (sample,) = liu.SYSTEM.parts[0].prepare(study, {})
    values = {"logits": np.log(np.array([0.2, 0.3, 0.5])), "cam": np.ones((3, 4, 4), np.float32)}
    return (Output(sample=replace(sample, inputs={}, targets={}), values=values),)


def test_inception_has_the_sheets_parameters():
    assert sum(p.numel() for p in liu.SYSTEM.parts[0].build().parameters()) == 21_791_715


def test_the_trees_see_two_probabilities_and_the_row(study):
    (sample,) = liu.SYSTEM.parts[1].prepare(study, {"lesion": _network(study)})
    assert sample.inputs["image"].tolist() == pytest.approx([0.3, 0.5])
    assert sample.inputs["clinical"].size == len(liu.columns().names) == 16


def test_without_the_row_the_answer_is_the_images(study):
    bare = replace(study, data={liu.INPUT: study.data[liu.INPUT]})
    (answer,) = liu.SYSTEM.decode({"lesion": _network(study), "fusion": ()}, bare)
    assert list(answer.probabilities.values()) == pytest.approx([0.2, 0.3, 0.5])
    alone = systems.get(f"{NAME}.image-lite0").decode({"lesion": _network(study)}, bare)
    assert alone[0].probabilities == answer.probabilities


def test_with_the_row_it_is_the_trees(study):
    network = _network(study)
    trees = (replace(network[0], values={"probabilities": np.array([0.7, 0.2, 0.1])}),)
    (answer,) = liu.SYSTEM.decode({"lesion": network, "fusion": trees}, study)
    assert answer.probabilities["benign"] == pytest.approx(0.7)
    assert answer.heat_map.shape == study.data[liu.INPUT].grid.shape


def test_three_binary_models_are_other_systems_than_the_three_class_one():
    for one in liu.CLASSES:
        (task,) = systems.get(f"{NAME}.{one}-lite0").tasks
        assert task.classes == ("rest", one)
        others = set(liu.CLASSES) - {one}
        assert {task.words[word] for word in others} == {"rest"}
    published = {c.metric: c.value for c in liu.SYSTEM.claims if "fused" in c.data}
    binary = [c.value for c in liu.SYSTEM.claims if "against the rest" in c.data]
    assert np.mean(binary) == pytest.approx(0.886, abs=5e-4)
    assert published["roc_auc_macro"] == 0.872


class Plain(nn.Module):
    """A network too plain to tell anything, in place of Inception."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(16, 3)

    def forward(self, image):
        logits = self.head(nn.functional.adaptive_avg_pool2d(image, 4).flatten(1))
        return {"logits": logits, "cam": image[:, :, ::8, ::8].expand(-1, 3, -1, -1)}


def test_the_trees_learn_from_answers_about_patients_the_network_never_saw(tmp_path):
    """Age alone tells the class here, so that the fused answer must be right where the image cannot be."""
    system = systems.get(f"{NAME}.lite0")
    image, trees = system.parts
    plain = replace(image, build=Plain, stack=2, fit=Sgd(epochs=1), start_from=None)
    system = replace(system, parts=(plain, trees))
    cohort = phantoms.cohort(system, studies=45)
    aged = tuple(
        replace(s, data={**s.data, "clinical": Record(values={"age_years": 10.0 + 30 * (i % 3), "sex": "male"})})
        for i, s in enumerate(cohort.studies)
    )
    allow = ("few-patients", "near-duplicate", "duplicate")
    options = engine.TrainOptions(device="cpu", threads=1, allow=allow)
    folder = engine.train(system, replace(cohort, studies=aged), tmp_path / "run", options=options)
    assert {p.name for p in (folder / "part-lesion").iterdir()} >= {"fold-0-of-2", "fold-1-of-2"}
    parts = run.open_run(folder).record.parts
    assert parts["fusion"].samples == parts["lesion"].samples
    scores = engine.evaluate(folder, replace(cohort, studies=aged), split="all", device="cpu", system=system)
    accuracy = next(s for s in scores if s.metric == "accuracy")
    assert accuracy.value > 0.9
