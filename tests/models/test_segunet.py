"""Seg-UNet: the sheet's shapes, stored indices at their exact places, gradients to the shared encoder."""

import pytest
import torch
from torch.nn import functional

from osteon.io import pretrained
from osteon.models.segunet import DISTANCES, LiteSegUnet, SegUnet, UnpoolConcat, class_logits


@pytest.fixture
def film():
    return torch.rand(2, 1, 64, 96, generator=torch.Generator().manual_seed(0))


def networks():
    return [SegUnet(width=0.25), LiteSegUnet(frozen=0)]


@pytest.mark.parametrize("network", networks())
def test_forward_gives_class_tumour_risk_and_distance(network, film):
    network.eval()
    with torch.no_grad():
        out = network(film)
    assert out["logits"].shape == (2, 3)
    assert out["tumour"].shape == out["risk"].shape == (2, 1, 64, 96)
    assert out["distance"].shape == (2, DISTANCES, 64, 96)
    assert out["features"].shape[0] == 2


@pytest.mark.parametrize(("width", "count"), [(1.0, 28_767_624), (0.25, 1_801_320)])
def test_parameter_counts(width, count):
    assert sum(p.numel() for p in SegUnet(width=width).parameters()) == count


def test_lite_parameter_count_and_pretrained_start():
    network = LiteSegUnet()
    assert sum(p.numel() for p in network.parameters()) == 3_396_929
    state = pretrained.load("imagenet-lite0")
    network.load_pretrained(state)
    assert torch.equal(network.encoder.stem[0].weight, state["_conv_stem.weight"])


def test_unpooling_puts_values_where_the_maxima_were(monkeypatch):
    step = UnpoolConcat(deep=2, skip=2, out=2).eval()
    seen = {}
    step.join.register_forward_hook(lambda _module, inputs, _out: seen.update(joined=inputs[0]))
    skip = torch.rand(1, 2, 8, 8)
    _, indices = functional.max_pool2d(skip, 2, return_indices=True)
    monkeypatch.setattr(step, "reduce", torch.nn.Identity())
    deep = torch.rand(1, 2, 4, 4) + 1
    with torch.no_grad():
        step(deep, skip, indices)
    up = seen["joined"][:, :2]
    largest = functional.max_pool2d(skip, 2)
    is_maximum = skip == functional.interpolate(largest, scale_factor=2, mode="nearest")
    assert torch.equal(up > 0, is_maximum)
    assert torch.equal(up[is_maximum].sort().values, deep.flatten().sort().values)
    assert torch.equal(functional.max_pool2d(up, 2), deep)


@pytest.mark.parametrize("network", networks())
@pytest.mark.parametrize("head", ["logits", "tumour", "risk"])
def test_each_head_reaches_the_shared_encoder(network, film, head):
    network.train()
    network.zero_grad()
    network(film)[head].square().sum().backward()
    first = next(network.encoder.parameters() if isinstance(network, LiteSegUnet) else network.stages.parameters())
    assert first.grad is not None
    assert bool(first.grad.any())


def test_the_class_is_read_where_the_map_is_highest(film):
    network = LiteSegUnet(thorough=False).eval()
    with torch.no_grad():
        out = network(film)
    tumour, places = out["film"][:, :2].mean(dim=1), out["places"]
    odds = out["logits"].exp()
    assert torch.allclose(odds.sum(dim=1), torch.ones(2), atol=1e-5)
    assert torch.allclose(1 - odds[:, 0], tumour.sigmoid(), atol=1e-5)
    assert torch.allclose(odds[:, 2] / (odds[:, 1] + odds[:, 2]), out["film"][:, 2].sigmoid(), atol=1e-4)
    for index, column in ((0, 1), (1, 2)):
        flat = places[:, index].flatten(1)
        assert bool((flat.amin(1) <= out["film"][:, column] + 1e-5).all())
        assert bool((out["film"][:, column] <= flat.amax(1) + 1e-5).all())


def test_mirrored_films_get_mirrored_maps(film):
    network = LiteSegUnet().eval()
    with torch.no_grad():
        one, other = network(film), network(film.flip(-1))
    assert torch.allclose(one["logits"], other["logits"], atol=1e-4)
    assert torch.allclose(one["tumour"], other["tumour"].flip(-1), atol=1e-4)


def test_a_thorough_reading_is_the_mean_of_all_sizes_and_their_mirror_images(film):
    network = LiteSegUnet(thorough=False).eval()
    said = []
    with torch.no_grad():
        for share in LiteSegUnet.SIZES:
            sides = [round(share * n / 32) * 32 for n in film.shape[-2:]]
            view = functional.interpolate(film, size=sides, mode="bilinear", antialias=share < 1)
            said += [network(view)["film"], network(view.flip(-1))["film"]]
        network.thorough = True
        out = network(film)
    alone = torch.stack(said)
    assert torch.allclose(out["film"][:, :2], alone[..., :2].mean(dim=0), atol=1e-5)
    assert torch.allclose(out["film"][:, 2], alone[:-2, :, 2].mean(dim=0), atol=1e-5), "the smallest has no say in this"
    assert out["tumour"].shape == film.shape
    assert out["places"].shape == (2, 2, 4, 6)


def test_class_logits_are_the_logarithms_of_what_both_questions_give():
    odds = class_logits(torch.tensor([[0.0], [2.0]]), torch.tensor([[0.0], [-1.0]])).exp()
    some, bad = torch.tensor(2.0).sigmoid(), torch.tensor(-1.0).sigmoid()
    assert torch.allclose(odds[0], torch.tensor([0.5, 0.25, 0.25]))
    assert torch.allclose(odds[1], torch.stack([1 - some, some * (1 - bad), some * bad]))
