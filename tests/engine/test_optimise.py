"""Optimiser, schedule and average."""

import itertools
import math
from dataclasses import replace

import pytest
import tiny
import torch
from torch.optim import SGD, Adam, AdamW

from osteon.contract import Sgd
from osteon.engine import optimise


@pytest.mark.parametrize(("name", "kind"), [("adamw", AdamW), ("adam", Adam), ("sgd", SGD)])
def test_each_optimiser_takes_the_settings(name: str, kind: type) -> None:
    found = optimise.optimiser(tiny.Net(), Sgd(optimiser=name, lr=0.5, weight_decay=0.25, momentum=0.75))
    assert type(found) is kind
    assert {g["weight_decay"] for g in found.param_groups} == {0.25}
    assert {g["lr"] for g in found.param_groups} == {0.5}
    assert name != "sgd" or found.param_groups[0]["momentum"] == 0.75


def test_rates_are_kept_apart_by_group_through_the_schedule() -> None:
    fit = Sgd(lr=0.1, lr_scale={"conv": 0.5, "norm": 0})
    network = tiny.Net()
    found = optimise.optimiser(network, fit)
    assert not network.norm.weight.requires_grad
    assert sum(len(g["params"]) for g in found.param_groups) == 4
    optimise.set_lr(found, fit, done=0.5)
    assert sorted(g["lr"] for g in found.param_groups) == pytest.approx([0.025, 0.05])


def test_the_cosine_falls_to_nothing_after_the_warm_up() -> None:
    fit = Sgd(warmup=0.1)
    found = [optimise.lr_factor(fit, done=d / 1000) for d in range(1001)]
    assert found.index(max(found)) == 100
    assert max(found) == pytest.approx(1)
    assert found[-1] == pytest.approx(0, abs=1e-12)
    assert found[550] == pytest.approx(0.5, abs=1e-3)
    assert all(b > a for a, b in itertools.pairwise(found[:101]))
    assert all(b < a for a, b in itertools.pairwise(found[100:]))
    assert [optimise.lr_factor(replace(fit, schedule="constant"), done=d) for d in (0.05, 0.5, 1)] == [0.5, 1, 1]


def test_the_average_follows_fast_at_first_and_slowly_later() -> None:
    network = tiny.Net()
    average = optimise.Average(network, decay=0.99)
    with torch.no_grad():
        network.head.bias.fill_(1.0)
        network.norm.num_batches_tracked.fill_(7)
    before = average.network.head.bias.clone()
    average.update(network, steps=0)
    torch.testing.assert_close(average.network.head.bias, before + 0.9 * (1 - before))
    assert int(average.network.norm.num_batches_tracked) == 7
    before = average.network.head.bias.clone()
    average.update(network, steps=10**6)
    torch.testing.assert_close(average.network.head.bias, before + 0.01 * (1 - before))
    assert not average.network.training


def test_the_average_of_a_still_network_is_the_network() -> None:
    network = tiny.Net()
    average = optimise.Average(network, decay=0.9)
    for step in range(20):
        average.update(network, steps=step)
    assert all(
        torch.allclose(a, b, atol=1e-6) for a, b in zip(average.network.parameters(), network.parameters(), strict=True)
    )


def test_resting_parameters_lose_their_gradient_and_nothing_else() -> None:
    network = tiny.Net()
    network(torch.randn(2, 1, 8, 8))["logits"].sum().backward()
    optimise.rest(network, {"conv.weight"})
    assert network.conv.weight.grad is None
    assert network.head.weight.grad is not None
    assert math.isfinite(float(network.head.weight.grad.sum()))
