"""Saliency of a spectrum: it finds the band that the answer hangs on, and depends on the weights."""

import torch
from torch import nn

from osteon.explain.spectral_saliency import spectral_saliency
from osteon.models.lenet1d import LeNet1d


class _Band(nn.Module):
    def forward(self, spectrum: torch.Tensor) -> dict[str, torch.Tensor]:
        band = spectrum[..., 300:320].mean(dim=-1)
        return {"logits": torch.cat([-band, band], dim=1)}


def test_finds_the_band():
    torch.manual_seed(0)
    found = spectral_saliency(_Band(), torch.rand(2, 1, 1000) + 0.1, index=1)
    assert found.shape == (2, 1000)
    assert found.max() == 1
    assert found[:, :290].max() == 0
    assert found[:, 330:].max() == 0
    assert found[:, 300:320].min() > 0.2


def test_is_the_same_each_time_and_leaves_the_network():
    torch.manual_seed(0)
    network, spectrum = LeNet1d(points=200).train(), torch.rand(1, 1, 200)
    one, two = (spectral_saliency(network, spectrum, index=0) for _ in range(2))
    assert torch.equal(one, two)
    assert network.training
    assert all(p.grad is None for p in network.parameters())


def test_randomised_weights_change_it():
    torch.manual_seed(0)
    spectrum = torch.rand(1, 1, 200)
    one, two = (spectral_saliency(LeNet1d(points=200), spectrum, index=0)[0] for _ in range(2))
    assert not torch.allclose(one, two, atol=0.05)
