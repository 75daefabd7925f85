"""What sheet 6 asks of MSFCN: four full-size outputs, a loss for each side, the comparators on one split."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from osteon import systems
from osteon.errors import InputError
from osteon.geometry import voxel_ml
from osteon.models.side_supervised import side_loss
from osteon.systems import _slices
from osteon.systems import ct_msfcn_huang2017 as msfcn
from osteon.types import Output, Truth
from tests import phantoms

COMPARED = ("fcn8s-small", "unet-small", "hed-small", "small")


@pytest.fixture(autouse=True)
def small_slices(monkeypatch):
    monkeypatch.setattr(msfcn, "SIDE_PX", 64)


@pytest.fixture
def study():
    return phantoms.study(msfcn.SYSTEM, index=1)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return systems.get("ct-msfcn-huang2017.small").parts[0].build()


def test_the_encoder_is_vgg16():
    encoder = msfcn.SYSTEM.parts[0].build().encoder
    assert sum(p.numel() for p in encoder.parameters()) == 14_714_688


def test_three_sides_and_their_fusion_have_the_size_of_the_slice(network):
    out = network(torch.rand(2, 1, 64, 96))
    assert out["tumour"].shape == (2, 1, 64, 96)
    assert out["sides"].shape == (2, 3, 64, 96)


def test_each_side_has_a_loss_and_a_gradient_of_its_own(network):
    mask = torch.zeros(2, 1, 64, 64)
    mask[:, :, 20:40, 20:40] = 1
    out = network(torch.rand(2, 1, 64, 64))
    alone = [side_loss({"tumour": out["sides"][:, i : i + 1]}, mask) for i in range(3)]
    total = side_loss(out, mask)
    torch.testing.assert_close(total, sum(alone) + side_loss({"tumour": out["tumour"]}, mask))
    for number, loss in enumerate(alone):
        network.zero_grad()
        loss.backward(retain_graph=True)
        reached = [any(p.grad is not None and bool(p.grad.any()) for p in side.parameters()) for side in network.sides]
        assert reached == [i == number for i in range(3)]


def test_without_a_side_the_fused_outline_is_another(network):
    network.eval()
    image = torch.rand(1, 1, 64, 64)
    with torch.no_grad():
        whole = network(image)["tumour"].clone()
        for number in range(3):
            kept = network.fuse.weight[0, number].clone()
            network.fuse.weight[0, number] = 0
            assert not torch.allclose(network(image)["tumour"], whole)
            network.fuse.weight[0, number] = kept


def test_all_networks_of_the_comparison_take_the_same_samples(study):
    wanted = None
    for tag in COMPARED:
        (part,) = systems.get(f"ct-msfcn-huang2017.{tag}").parts
        samples = list(part.prepare(study, {}))
        wanted = wanted or [s.item for s in samples]
        assert [s.item for s in samples] == wanted
        batch = torch.from_numpy(samples[0].inputs["image"][None])
        with torch.no_grad():
            assert part.build().eval()(batch)["tumour"].shape == batch.shape


def test_small_variants_see_smaller_slices_than_the_whole_ones(study, monkeypatch):
    monkeypatch.setattr(msfcn, "SIDE_PX", 256)
    sides = {}
    for tag in ("fcn8s", *COMPARED):
        (part,) = systems.get(f"ct-msfcn-huang2017.{tag}").parts
        sides[tag] = next(iter(part.prepare(study, {}))).inputs["image"].shape
    assert sides.pop("fcn8s") == (1, 256, 256)
    assert set(sides.values()) == {(1, msfcn.SMALL_PX, msfcn.SMALL_PX)}


def test_only_networks_of_the_published_width_start_from_imagenet():
    starts = {tag: systems.get(f"ct-msfcn-huang2017.{tag}").parts[0].start_from for tag in COMPARED}
    assert set(starts.values()) == {None}
    assert systems.get("ct-msfcn-huang2017.unet").parts[0].start_from is None
    for tag in ("fcn8s", "hed"):
        assert systems.get(f"ct-msfcn-huang2017.{tag}").parts[0].start_from == "imagenet-vgg16"


def test_every_slice_is_predicted_and_those_near_the_tumour_are_trained_on(study):
    mask = study.truth.masks["ct"].read() > 0
    samples = list(msfcn.SYSTEM.parts[0].prepare(study, {}))
    assert len(samples) == study.data["ct"].grid.shape[0]
    there = np.nonzero(mask.any(axis=(1, 2)))[0]
    near = range(max(0, there[0] - _slices.NEAR), min(len(samples), there[-1] + _slices.NEAR + 1))
    assert [i for i, s in enumerate(samples) if s.targets] == list(near)
    for index in there:
        share = samples[index].targets["mask"].mean()
        assert share == pytest.approx(mask[index].mean(), abs=0.02)


def test_values_are_hounsfield_units_in_a_window_of_bone():
    out = msfcn.hounsfield(np.array([-1000.0, -150.0, 350.0, 850.0, 3000.0]))
    assert out.tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]


def test_a_perfect_network_gives_the_outline_and_the_millilitres_back(study):
    mask = study.truth.masks["ct"].read() > 0
    outputs = []
    for sample in msfcn.SYSTEM.parts[0].prepare(study, {}):
        at, _ = sample.steps
        logits = np.where(mask[at.params["index"]], 5.0, -5.0).astype(np.float32)[None]
        outputs.append(Output(sample=replace(sample, inputs={}, targets={}), values={"tumour": logits}))
    outline, volume = msfcn.SYSTEM.decode({"outline": tuple(outputs)}, study)
    assert np.array_equal(outline.label_map > 0, mask)
    assert volume.value == pytest.approx(mask.sum() * voxel_ml(study.data["ct"].grid))
    assert volume.unit == "ml"


def test_a_study_without_a_ct_is_refused_in_a_sentence(study):
    bare = replace(study, data={}, truth=Truth())
    with pytest.raises(InputError, match="no volume called ct"):
        msfcn.SYSTEM.decode({"outline": ()}, bare)


def test_a_study_without_an_outline_can_be_predicted_and_not_trained_on(study):
    samples = list(msfcn.SYSTEM.parts[0].prepare(replace(study, truth=None), {}))
    assert samples
    assert not any(s.targets for s in samples)


def test_the_published_figures_agree_with_each_other():
    """A mean Hammoude distance is at most 1 - IoU at the mean Dice (sheet 6: 21.7 %)."""
    claims = {c.metric: c.value for c in msfcn.SYSTEM.claims}
    assert claims["hammoude"] < 1 - claims["dice"] / (2 - claims["dice"])
    assert {c.data.rpartition(", ")[2] for c in msfcn.SYSTEM.claims} == {"mean over slices", "pixels", "pixels pooled"}
