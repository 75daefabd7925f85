"""All above one value, which stays what it is where nothing is learnt."""

import torch

from osteon.models.threshold import Threshold


def test_the_first_channel_against_the_value():
    image = torch.tensor([[[[[0.5, 1.0, 2.5]]], [[[9.0, 9.0, 9.0]]]]])
    said = Threshold(1.0)(image)["tumour"]
    assert said.shape == (1, 1, 1, 1, 3)
    assert (said > 0).flatten().tolist() == [False, False, True]


def test_a_rate_of_nothing_keeps_it():
    network = Threshold(1.0, name="lesion")
    optimiser = torch.optim.SGD(network.parameters(), lr=0.0)
    network(torch.ones(1, 1, 2, 2, 2))["lesion"].sum().backward()
    optimiser.step()
    assert float(network.value.detach()) == 1.0
