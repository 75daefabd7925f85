"""What sheet 7 asks of MSRN: three sides and their fusion, residual blocks, the comparators on the same split."""

import pytest
import torch

from osteon import systems
from osteon.io import pretrained
from osteon.systems import ct_msfcn_huang2017 as msfcn
from osteon.systems import ct_msrn_zhang2018 as msrn
from tests import phantoms


@pytest.mark.parametrize("name", ["ct-msrn-zhang2018", "ct-msrn-zhang2018.small", "ct-msrn-zhang2018.lite0"])
def test_three_sides_and_their_fusion(name):
    network = systems.get(name).parts[0].build().eval()
    with torch.no_grad():
        out = network(torch.rand(1, 1, 64, 64))
    assert out["sides"].shape == (1, 3, 64, 64)
    assert torch.allclose(network.fuse(out["sides"]), out["tumour"], atol=1e-5)


def test_a_block_without_its_last_scale_is_an_identity():
    encoder = systems.get("ct-msrn-zhang2018").parts[0].build().encoder.eval()
    block = encoder.layers[1][1]
    torch.nn.init.zeros_(block.bn3.weight)
    torch.nn.init.zeros_(block.bn3.bias)
    x = torch.rand(1, 512, 8, 8)
    with torch.no_grad():
        assert torch.equal(block(x), x)


def test_the_sides_lie_at_strides_8_16_and_32():
    encoder = systems.get("ct-msrn-zhang2018").parts[0].build().encoder
    assert [encoder.strides[level] for level in msrn.SIDES] == [8, 16, 32]
    with torch.no_grad():
        maps = encoder.pyramid(torch.rand(1, 3, 64, 64))
    assert [64 // m.shape[-1] for m in maps] == list(encoder.strides)
    assert [m.shape[1] for m in maps] == list(encoder.channels)


def test_it_sees_what_the_comparators_see(monkeypatch):
    monkeypatch.setattr(msfcn, "SIDE_PX", 64)
    monkeypatch.setattr(msrn, "SIDE_PX", 64)
    study = phantoms.study(msrn.SYSTEM, index=1)
    mine, theirs = (list(s.parts[0].prepare(study, {})) for s in (msrn.SYSTEM, msfcn.SYSTEM))
    assert [s.item for s in mine] == [s.item for s in theirs]
    assert all((a.inputs["image"] == b.inputs["image"]).all() for a, b in zip(mine, theirs, strict=True))


@pytest.mark.parametrize("tag", ["small", "lite0"])
def test_a_small_one_sees_what_the_small_comparators_see(tag):
    study = phantoms.study(msrn.SYSTEM, index=1)
    mine, theirs = (
        next(iter(systems.get(name).parts[0].prepare(study, {}))).inputs["image"]
        for name in (f"ct-msrn-zhang2018.{tag}", "ct-msfcn-huang2017.small")
    )
    assert mine.shape == (1, 96, 96)
    assert (mine == theirs).all()


def test_lite0_starts_from_the_packaged_weights():
    network = systems.get("ct-msrn-zhang2018.lite0").parts[0].build()
    state = pretrained.load("imagenet-lite0")
    before = network.encoder.stem[0].weight.clone()
    network.load_pretrained(state)
    assert not torch.equal(network.encoder.stem[0].weight, before)
    assert torch.equal(network.encoder.stem[0].weight, state["_conv_stem.weight"])
