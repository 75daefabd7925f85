"""The dense head on EfficientNet-B0: sizes, the penalty, what it starts from."""

import pytest
import timm
import torch

from osteon.errors import WeightsError
from osteon.models.eweje import DENSE, DenseHead, EwejeNet


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return EwejeNet(places=2).eval()


def test_widths_are_those_of_the_code():
    head = DenseHead(100, dropout=0.4)
    linear = [layer for layer in head.layers if isinstance(layer, torch.nn.Linear)]
    assert [layer.out_features for layer in linear] == list(DENSE) == [256, 128, 64, 32, 16]
    assert sum(isinstance(layer, torch.nn.Dropout) for layer in head.layers) == 2
    assert sum(isinstance(layer, torch.nn.BatchNorm1d) for layer in head.layers) == 5


def test_one_logit_and_the_last_features(network):
    with torch.no_grad():
        out = network(torch.rand(3, 3, 64, 64) * 2 - 1)
    assert out["logits"].shape == (3, 1)
    assert out["features"].shape == (3, 16)
    assert out["penalty"].shape == (3,)


def test_the_penalty_is_absolute_and_squared_weights_of_the_dense_layers():
    head = DenseHead(4)
    wanted = sum(
        float(layer.weight.detach().abs().sum() + (layer.weight.detach() ** 2).sum())
        for layer in head.modules()
        if isinstance(layer, torch.nn.Linear)
    )
    assert float(head.penalty().detach()) == pytest.approx(wanted, rel=1e-5)
    head.penalty().backward()
    assert all(p.grad is None for name, p in head.named_parameters() if name.endswith("bias"))


def test_it_starts_from_timms_weights_without_their_classes(network):
    theirs = timm.create_model("efficientnet_b0", pretrained=False).eval()
    network.load_pretrained(theirs.state_dict())
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(network.encoder.forward_features(image), theirs.forward_features(image))


def test_other_weights_are_refused(network):
    with pytest.raises(WeightsError, match="not timm's EfficientNet-B0"):
        network.load_pretrained({"conv1.weight": torch.zeros(1)})
