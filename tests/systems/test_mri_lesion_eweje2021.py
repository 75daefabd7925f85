"""What sheet 9 asks of the MRI vote: sizes, 16 clinical numbers, three axes as channels, members fitted apart."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from osteon import systems
from osteon.contract import label_of
from osteon.errors import InputError
from osteon.systems import _sarcoma
from osteon.systems import mri_lesion_eweje2021 as eweje
from osteon.types import Batch, Image, Output, Record, Sample, Truth
from tests import phantoms


@pytest.fixture
def study():
    return phantoms.study(eweje.SYSTEM, index=1)


def _said(name, malignant):
    sample = Sample(study="study-1", patient="patient-1", inputs={}, input=name)
    return (Output(sample=sample, values={"probabilities": np.array([1 - malignant, malignant])}),)


def test_the_network_has_the_sheets_parameters():
    network = eweje._network()
    assert sum(p.numel() for p in network.parameters()) == 20_108_893
    assert sum(p.numel() for p in network.head.parameters()) == 16_101_345
    assert network.head.layers[1].in_features == 62_720


def test_sixteen_clinical_numbers():
    assert len(eweje.columns().names) == 16
    assert len(eweje.SITES) == 14


@pytest.mark.parametrize(("word", "index"), [("benign", 0), ("intermediate", 0), ("malignant", 1)])
def test_intermediate_counts_as_benign_and_the_other_grouping_exists(study, word, index):
    said = replace(study, truth=Truth(labels={"lesion": word}))
    assert label_of(said, eweje.LESION) == index
    assert label_of(said, eweje.WORSE) == int(word != "benign")


def test_three_channels_are_three_axes(study, monkeypatch):
    """Another order of the volume's axes is another order of the channels, each view turned with it."""
    monkeypatch.setattr(eweje, "SIDE_PX", 40)
    (sample,) = eweje.SYSTEM.parts[0].prepare(study, {})
    image, mask = study.data["t1"], study.truth.masks["t1"]
    order = (1, 2, 0)

    def turned(one):
        pixels = one.read().transpose(order)
        rows = np.array(one.grid.affine)[:, [*order, 3]]
        grid = replace(one.grid, shape=pixels.shape, affine=tuple(map(tuple, rows)), spacing_mm=None)
        return Image(grid=grid, modality="MR", load=lambda: pixels)

    other = replace(study, data={"t1": turned(image)}, truth=Truth(masks={"t1": turned(mask)}))
    (seen,) = eweje.SYSTEM.parts[0].prepare(other, {})
    original, moved = sample.inputs["image"], seen.inputs["image"]
    assert np.allclose(moved[0], original[1].T, atol=1e-4)  # along rows: (slices, columns) has become (columns, slices)
    assert np.allclose(moved[2], original[0], atol=1e-4)


def test_members_are_fitted_apart_and_the_vote_on_patients_they_never_saw():
    *members, vote = eweje.SYSTEM.parts
    assert [m.stack for m in members] == ["validation"] * 3
    assert set(vote.takes) == {m.name for m in members}


def test_the_vote_sees_a_silent_member_as_missing(study):
    earlier = {"t1": _said("t1", 0.7), "t2": (), "clinical": _said("clinical", 0.2)}
    (sample,) = eweje.SYSTEM.parts[-1].prepare(study, earlier)
    votes = sample.inputs["votes"]
    assert votes[[0, 2]].tolist() == pytest.approx([0.7, 0.2])
    assert np.isnan(votes[1])
    assert not list(eweje.SYSTEM.parts[-1].prepare(study, {}))


@pytest.mark.parametrize(
    ("tag", "parts", "inputs"),
    [
        ("grade", ["t1", "clinical", "vote"], {"t1": False, "clinical": False}),
        ("t1-grade", ["t1"], {"t1": True}),
        ("clinical-grade", ["clinical"], {"clinical": True}),
    ],
)
def test_the_surrogate_asks_for_the_grade_of_sarcomas_without_t2(tag, parts, inputs):
    system = systems.get(f"mri-lesion-eweje2021.{tag}")
    assert [part.name for part in system.parts] == parts
    assert {i.name: i.required for i in system.inputs} == inputs
    assert system.tasks == (_sarcoma.HIGHEST,)
    assert "surrogate" in system.summary


def test_the_vote_on_sarcomas_is_of_two_and_the_row_of_five_numbers(study):
    _, clinical, vote = systems.get("mri-lesion-eweje2021.grade").parts
    row = Record(values={"age_years": 40.0, "sex": "Male", "location": "Calf"})
    told = replace(study, data={**study.data, "clinical": row}, truth=Truth(labels={"grade": "intermediate"}))
    (sample,) = clinical.prepare(told, {})
    assert sample.inputs["clinical"].tolist() == [40.0, 1.0, 0.0, 0.0, 1.0]
    assert sample.targets == {"grade": 0}
    (votes,) = vote.prepare(told, {"t1": _said("t1", 0.7), "clinical": _said("clinical", 0.2)})
    assert votes.inputs["votes"].tolist() == pytest.approx([0.7, 0.2])


@pytest.mark.parametrize("tag", ["lite0", "t1-grade"])
def test_the_loss_is_of_the_systems_own_task_and_adds_what_the_network_is_punished_for(tag):
    part = systems.get(f"mri-lesion-eweje2021.{tag}").parts[0]
    (task,) = systems.get(f"mri-lesion-eweje2021.{tag}").tasks
    batch = Batch(inputs={}, targets={task.name: torch.tensor([1, 0])}, present={}, samples=())
    outputs = {"logits": torch.zeros(2, 1)}
    plain = part.loss(outputs, batch)
    assert float(plain) == pytest.approx(np.log(2))
    assert float(part.loss(outputs | {"penalty": torch.tensor([1.0, 3.0])}, batch) - plain) == pytest.approx(0.02)


def test_a_study_with_nothing_to_read_is_refused_in_a_sentence(study):
    with pytest.raises(InputError, match="neither an outlined lesion"):
        eweje.SYSTEM.decode({"t1": (), "t2": (), "clinical": (), "vote": ()}, study)
