"""Grad-CAM: size, place, dependence on the weights, and a network left as it was."""

import pytest
import torch
from torch import nn

from osteon.errors import RequestError
from osteon.explain.grad_cam import grad_cam
from osteon.models.densenet import DenseNet161
from osteon.models.efficientnet_lite import LiteClassifier
from osteon.models.five_layer_cnn import FiveLayerCnn


class _Bright(nn.Module):
    """Two logits: how much bright, and how much dark there is."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.Conv2d(1, 2, 3, padding=1, bias=False)
        nn.init.zeros_(self.maps.weight)
        self.maps.weight.data[0, 0, 1, 1] = 1.0
        self.maps.weight.data[1, 0, 1, 1] = -1.0

    def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"logits": torch.relu(self.maps(image)).mean(dim=(-2, -1))}


def test_the_map_lies_on_the_evidence():
    image = torch.zeros(1, 1, 40, 60)
    image[..., 5:15, 30:50] = 1
    image[..., 25:35, 5:15] = -1
    bright, dark = (grad_cam(_Bright(), {"image": image}, index=i)[0] for i in (0, 1))
    assert bright[10, 40] == 1
    assert bright[30, 10] == 0
    assert dark[30, 10] == 1
    assert dark[10, 40] == 0


@pytest.mark.parametrize(
    ("build", "shape"),
    [
        (lambda: FiveLayerCnn(patch_px=64, widths=(4, 4, 8), dense=8), (2, 3, 64, 64)),
        (lambda: LiteClassifier(classes=3), (1, 3, 96, 64)),
        (lambda: DenseNet161(logits=2), (1, 3, 64, 64)),
    ],
)
def test_any_network_gets_a_map_of_its_input(build, shape):
    torch.manual_seed(0)
    found = grad_cam(build(), {"image": torch.rand(shape)}, index=1)
    assert found.shape == (shape[0], *shape[2:])
    assert torch.isfinite(found).all()
    assert found.min() >= 0
    assert found.max() <= 1


def test_randomised_weights_change_the_map():
    """A map that ignores the weights explains nothing (Adebayo 2018)."""
    torch.manual_seed(0)
    network = LiteClassifier(classes=2)
    image = {"image": torch.rand(1, 3, 96, 96)}
    before = grad_cam(network, image, index=1, layer="encoder.stages.4")
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
    after = grad_cam(network, image, index=1, layer="encoder.stages.4")
    assert float(torch.corrcoef(torch.stack([before.ravel(), after.ravel()]))[0, 1]) < 0.9


def test_mode_and_gradients_are_left_as_they_were():
    network = FiveLayerCnn(patch_px=32, widths=(2, 2, 2), dense=4).train()
    network.dropout.eval()
    grad_cam(network, {"image": torch.rand(1, 3, 32, 32)}, index=0)
    assert network.training
    assert not network.dropout.training
    assert all(p.grad is None for p in network.parameters())
    assert not any(m._forward_hooks for m in network.modules())


def test_a_frozen_network_can_be_explained():
    network = FiveLayerCnn(patch_px=32, widths=(2, 2, 2), dense=4).requires_grad_(False)
    with torch.no_grad():
        found = grad_cam(network, {"image": torch.rand(1, 3, 32, 32)}, index=0)
    assert found.shape == (1, 32, 32)


@pytest.mark.parametrize("together", [True, False])
def test_a_layer_that_sees_two_pictures_is_refused(together):
    """Of two exams by one encoder it would not be told whose map it is."""

    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.maps = nn.Conv2d(1, 2, 3)

        def forward(self, pre: torch.Tensor, post: torch.Tensor) -> dict[str, torch.Tensor]:
            if together:
                one, other = self.maps(torch.cat([pre, post])).mean(dim=(-2, -1)).chunk(2)
            else:
                one, other = (self.maps(image).mean(dim=(-2, -1)) for image in (pre, post))
            return {"logits": other - one}

    with pytest.raises(RequestError, match="several pictures"):
        grad_cam(Twice(), {"pre": torch.rand(2, 1, 8, 8), "post": torch.rand(2, 1, 8, 8)}, index=0)


def test_an_unknown_layer_is_refused():
    with pytest.raises(RequestError, match="no layer 'encoder'"):
        grad_cam(_Bright(), {"image": torch.rand(1, 1, 8, 8)}, index=0, layer="encoder")


def test_a_network_without_maps_is_refused():
    class Row(nn.Module):
        def forward(self, row: torch.Tensor) -> dict[str, torch.Tensor]:
            return {"logits": row}

    with pytest.raises(RequestError, match="no two-dimensional convolution"):
        grad_cam(Row(), {"row": torch.rand(1, 4)}, index=0)


def test_a_film_seen_with_its_mirror_image_has_the_evidence_of_both():
    """Grad-CAM of a pooled linear head is its exact evidence, up to what all places share: the two maps agree."""
    torch.manual_seed(0)
    network, image = LiteClassifier(classes=3, film="contrast").eval(), {"image": torch.rand(1, 1, 96, 96)}
    found = grad_cam(network, image, index=2)[0]
    with torch.no_grad():
        exact = network(**image)["cam"][0, 2].clamp(min=0)
    coarse = torch.nn.functional.interpolate(exact[None, None], size=(96, 96), mode="bilinear")[0, 0]
    assert torch.allclose(found, coarse / coarse.max(), atol=1e-4)
    mirrored = grad_cam(network, {"image": image["image"].flip(-1)}, index=2)[0]
    assert torch.allclose(mirrored.flip(-1), found, atol=1e-4)
    with pytest.raises(RequestError, match="several pictures of a sample"):
        grad_cam(network, image, index=2, layer="encoder.stem.0")


class _TwoSizes(_Bright):
    """Reads the picture and its lower half, which is of another size."""

    def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        weights = torch.ones_like(image[..., 20:, :])
        whole, half = super().forward(image), self.maps(image[..., 20:, :]) * weights
        return {"logits": whole["logits"] + half.mean(dim=(-2, -1))}


def test_a_layer_that_runs_on_pictures_of_two_sizes_is_refused_in_a_sentence():
    with pytest.raises(RequestError, match="several pictures of a sample"):
        grad_cam(_TwoSizes(), {"image": torch.rand(1, 1, 40, 60)}, index=0)
