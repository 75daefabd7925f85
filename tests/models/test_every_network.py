"""What every network must do, whoever published it: one answer a picture, whatever stands beside it in the batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from osteon.models.centre_net import CentreNet
from osteon.models.efficientnet_lite import B0Classifier, LiteClassifier
from osteon.models.ellipsoid import Ellipsoid
from osteon.models.fcn8s import Fcn8s
from osteon.models.feature_dnn import FeatureDnn
from osteon.models.five_layer_cnn import FiveLayerCnn
from osteon.models.gan import Gan
from osteon.models.lenet1d import LeNet1d
from osteon.models.mirrored import Mirrored
from osteon.models.segunet import LiteSegUnet, SegUnet
from osteon.models.siamese import Siamese
from osteon.models.side_supervised import SideSupervised
from osteon.models.threshold import Threshold
from osteon.models.unet import UNet
from osteon.models.vgg16 import Vgg16

FILM, COLOUR = {"image": (1, 64, 96)}, {"image": (3, 32, 32)}


@dataclass(frozen=True)
class Case:
    """How a network is built, what it takes, and parameters that its answer in evaluation does not hang on."""

    build: Callable[[], nn.Module]
    takes: dict[str, tuple[int, ...]]
    aside: tuple[str, ...] = ()


CASES = {
    "centre-net": Case(lambda: CentreNet(frozen=0), FILM),
    "lite-film": Case(lambda: LiteClassifier(film="contrast"), FILM),
    "lite-colour": Case(lambda: LiteClassifier(classes=4), COLOUR),
    "b0": Case(lambda: B0Classifier(classes=2), FILM),
    "fcn8s": Case(lambda: Fcn8s(width=0.1, hidden=16), FILM),
    "feature-dnn": Case(lambda: FeatureDnn(features=6, clinical=2), {"features": (6,), "clinical": (2,)}),
    "five-layer": Case(lambda: FiveLayerCnn(patch_px=32, widths=(4, 8, 8), dense=16), COLOUR),
    "gan": Case(lambda: Gan(side_px=16, width=4), {"image": (1, 16, 16)}, ("generator.",)),
    "lenet": Case(lambda: LeNet1d(points=120), {"spectrum": (1, 120)}),
    "segunet": Case(lambda: SegUnet(width=0.1), FILM),
    "lite-segunet": Case(lambda: LiteSegUnet(frozen=0), FILM),
    "siamese": Case(lambda: Siamese(widths=(4, 8)), {"pre": (3, 32, 32), "post": (3, 32, 32)}),
    "hed": Case(lambda: SideSupervised(Vgg16(width=0.1), {1: (), 3: ()}), {"image": (1, 32, 48)}, ("encoder.",)),
    "unet": Case(lambda: UNet(widths=(4, 8, 16)), FILM),
    "unet-3d": Case(lambda: UNet(dimensions=3, widths=(4, 8)), {"image": (1, 8, 16, 12)}),
    "mirrored": Case(lambda: Mirrored(UNet(widths=(4, 8)), axes=(-1, -2)), FILM),
    "ellipsoid": Case(lambda: Ellipsoid(spacing_mm=2.0), {"image": (1, 8, 16, 12)}),
    "threshold": Case(lambda: Threshold(0.5), FILM),
}


@pytest.fixture(params=CASES, scope="module")
def case(request: pytest.FixtureRequest) -> tuple[nn.Module, dict[str, Tensor], Case]:
    """Return a network in evaluation, three samples for it, and how it was made."""
    found = CASES[request.param]
    torch.manual_seed(0)
    network = found.build().eval()
    with torch.no_grad():
        for module in network.modules():  # as after a training: batch norm that has seen something
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d) and module.running_var is not None:
                module.running_mean.normal_(0, 0.05)
                module.running_var.uniform_(0.8, 1.2)
    return network, {name: torch.rand(3, *shape) for name, shape in found.takes.items()}, found


@pytest.fixture(scope="module")
def said(case) -> dict[str, Tensor]:
    """Return what the network says of the three samples."""
    network, inputs, _ = case
    with torch.no_grad():
        return network(**inputs)


def alike(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, rtol=1e-3, atol=1e-4 * max(1.0, float(other.abs().max())))


def test_every_output_has_a_row_for_each_sample_and_is_a_number(case, said) -> None:
    _, inputs, _ = case
    assert said
    for name, value in said.items():
        assert value.shape[0] == 3, name
        assert torch.isfinite(value).all(), name
        assert not value.requires_grad
    assert all(v.shape[0] == 3 for v in inputs.values())


def test_an_answer_does_not_hang_on_what_stands_beside_it(case, said) -> None:
    network, inputs, _ = case
    turned = torch.tensor([2, 0, 1])
    with torch.no_grad():
        other = network(**{name: t[turned] for name, t in inputs.items()})
        alone = network(**{name: t[:1] for name, t in inputs.items()})
    for name, value in said.items():
        assert alike(other[name], value[turned]), f"{name} in another order"
        assert alike(alone[name], value[:1]), f"{name} alone"


def test_the_same_again_is_the_same_and_the_inputs_are_left_alone(case, said) -> None:
    network, inputs, _ = case
    before = {name: t.clone() for name, t in inputs.items()}
    with torch.no_grad():
        again = network(**inputs)
    assert all(torch.equal(again[name], value) for name, value in said.items())
    assert all(torch.equal(t, before[name]) for name, t in inputs.items())


def test_the_weights_in_a_file_are_all_there_is_to_know(case, said) -> None:
    network, inputs, found = case
    torch.manual_seed(99)
    other = found.build().eval()
    state = {name: t.contiguous() for name, t in network.state_dict().items()}
    other.load_state_dict(load(save(state)))
    with torch.no_grad():
        again = other(**inputs)
    assert all(alike(again[name], value) for name, value in said.items())


def test_every_parameter_has_a_say(case) -> None:
    network, inputs, found = case
    network.zero_grad(set_to_none=True)
    network.train()
    try:
        torch.manual_seed(1)
        told = network(**inputs)
        sum((v.float() * torch.randn(v.shape)).sum() for v in told.values() if v.requires_grad).backward()
        idle = [n for n, p in network.named_parameters() if p.requires_grad and p.grad is None]
        assert [n for n in idle if not n.startswith(found.aside or "\0")] == []
        assert any(bool(p.grad.abs().sum() > 0) for p in network.parameters() if p.grad is not None)
    finally:
        network.zero_grad(set_to_none=True)
        network.eval()


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_picture_of_one_value_is_answered_with_numbers(case, value: float) -> None:
    network, inputs, _ = case
    with torch.no_grad():
        found = network(**{name: torch.full_like(t[:1], value) for name, t in inputs.items()})
    assert all(torch.isfinite(v).all() for v in found.values())


@pytest.mark.parametrize("case", ["lite-film", "lite-colour", "b0"], indirect=True)
def test_exact_evidence_adds_up_to_the_logit(case, said) -> None:
    network, _, _ = case
    mean = said["cam"].mean(dim=(-2, -1)) + network.classifier.bias
    assert torch.allclose(mean, said["logits"], atol=1e-4)
