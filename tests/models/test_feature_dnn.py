"""The dense network on features: any scale, missing numbers, learns a line."""

import pytest
import torch
from torch.nn import functional

from osteon.models.feature_dnn import FeatureDnn


@pytest.fixture
def fitted():
    torch.manual_seed(0)
    network = FeatureDnn(features=5, clinical=2, dropout=0.0)
    rows = torch.randn(64, 7) * torch.tensor([1.0, 1e4, 1e-3, 1.0, 1.0, 20.0, 1.0])
    truth = (rows[:, 1] > 0).float()
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(60):
        optimiser.zero_grad()
        logits = network(rows[:, :5], rows[:, 5:])["logits"][:, 0]
        functional.binary_cross_entropy_with_logits(logits, truth).backward()
        optimiser.step()
    return network.eval(), rows, truth


def test_it_learns_from_columns_of_any_scale(fitted):
    network, rows, truth = fitted
    with torch.no_grad():
        found = network(rows[:, :5], rows[:, 5:])
    assert ((found["logits"][:, 0] > 0) == (truth > 0)).float().mean() > 0.9
    assert found["features"].shape == (64, 32)


def test_a_missing_number_counts_as_the_average(fitted):
    network, rows, _ = fitted
    missing, average = rows[:, 5:].clone(), rows[:, 5:].clone()
    missing[:, 0] = float("nan")
    average[:, 0] = network.scale.running_mean[5]
    with torch.no_grad():
        assert torch.allclose(
            network(rows[:, :5], missing)["logits"], network(rows[:, :5], average)["logits"], atol=1e-5
        )


def test_features_alone():
    network = FeatureDnn(features=5).eval()
    with torch.no_grad():
        assert network(torch.randn(3, 5))["logits"].shape == (3, 1)
