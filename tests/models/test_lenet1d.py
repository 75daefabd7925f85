"""LeNet along one axis: parameters of the sheet at any length, and a band it can learn."""

import pytest
import torch
from torch.nn import functional

from osteon.models.lenet1d import LeNet1d


@pytest.mark.parametrize(("points", "parameters"), [(1000, 485_226), (991, 479_466), (16, 12_906)])
def test_parameters(points, parameters):
    network = LeNet1d(points=points)
    assert sum(p.numel() for p in network.parameters()) == parameters
    assert network(torch.zeros(2, 1, points))["features"].shape == (2, 84)


def test_learns_where_a_band_is():
    torch.manual_seed(0)
    axis = torch.linspace(0, 1, 200)
    truth = torch.arange(40) % 2
    bands = torch.exp(-(((axis - 0.3 - 0.4 * truth[:, None]) / 0.03) ** 2)) + 0.05 * torch.randn(40, 200)
    spectra = functional.normalize(bands, dim=1)[:, None]
    network = LeNet1d(points=200)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    for _ in range(30):
        loss = functional.cross_entropy(network(spectra)["logits"], truth)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert (network(spectra)["logits"].argmax(dim=1) == truth).all()
