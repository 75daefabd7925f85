"""Optimiser, learning rate and the average of the weights, as `Sgd` asks for them."""

from __future__ import annotations

import copy
import math
from collections.abc import Set
from typing import Any

import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from osteon.contract import Sgd
from osteon.engine import tuning
from osteon.errors import RequestError


def optimiser(network: nn.Module, fit: Sgd) -> Optimizer:
    """Return the optimiser of `fit` over the parameters that are not frozen, and freeze those that are.

    Raises:
        RequestError: A prefix of `lr_scale` fits no parameter, or everything is frozen.

    """
    factors = tuning.factors(network, fit)
    groups: dict[float, list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if factors[name] == 0:
            parameter.requires_grad = False
        elif parameter.requires_grad:
            groups.setdefault(factors[name], []).append(parameter)
    if not groups:
        msg = "Every parameter of the network is frozen by fit.lr_scale and fit.tune; leave at least one free."
        raise RequestError(msg)
    params: list[dict[str, Any]] = [
        {"params": group, "lr": fit.lr * factor, "factor": factor} for factor, group in groups.items()
    ]
    # One kernel for all weights: on a small network the optimiser would otherwise cost more than the step.
    if fit.optimiser == "sgd":
        return SGD(params, lr=fit.lr, weight_decay=fit.weight_decay, momentum=fit.momentum, fused=True)
    kind = AdamW if fit.optimiser == "adamw" else Adam
    return kind(params, lr=fit.lr, weight_decay=fit.weight_decay, fused=True)


def train_mode(network: nn.Module, fit: Sgd, *, resting: Set[str] = frozenset()) -> None:
    """Put `network` in training mode, but leave modules that `fit` keeps from learning as they were, batch norm too.

    Args:
        network: To be trained.
        fit: Says what is frozen.
        resting: Names of parameters that wait for a later epoch, beside those that are frozen.

    """
    network.train()
    if 0 not in fit.lr_scale.values() and fit.tune == "all":
        return
    for name, module in network.named_modules():
        parameters = [(f"{name}.{n}", p) for n, p in module.named_parameters()]
        if name and parameters and not any(p.requires_grad and n not in resting for n, p in parameters):
            module.eval()


def rest(network: nn.Module, names: Set[str]) -> None:
    """Take the gradients from the parameters called `names`, so that the next step leaves them as they are."""
    for name, parameter in network.named_parameters():
        if name in names:
            parameter.grad = None


def set_lr(optimiser: Optimizer, fit: Sgd, *, done: float) -> None:
    """Set the learning rate for the step after a share `done` of all steps."""
    lr = fit.lr * lr_factor(fit, done=done)
    for group in optimiser.param_groups:
        group["lr"] = lr * group["factor"]


def lr_factor(fit: Sgd, *, done: float) -> float:
    """Return the factor of the schedule at a share `done` (0 to 1) of all steps.

    >>> [round(lr_factor(Sgd(warmup=0.5), done=d), 2) for d in (0.25, 0.5, 0.75, 1.0)]
    [0.5, 1.0, 0.5, 0.0]

    """
    if done < fit.warmup:
        return done / fit.warmup
    if fit.schedule == "constant":
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * (done - fit.warmup) / max(1 - fit.warmup, 1e-12)))


class Average:
    """A running average of a network's weights; `network` is the averaged copy."""

    def __init__(self, network: nn.Module, *, decay: float) -> None:
        self.network = copy.deepcopy(network).eval()
        self._decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, *, steps: int) -> None:
        """Move towards `network` after `steps` steps; faster at first, when there is little to average."""
        weight = 1 - min(self._decay, (1 + steps) / (10 + steps))
        mine, theirs = self.network.state_dict(), network.state_dict()
        floats = [name for name, t in mine.items() if t.is_floating_point()]
        torch._foreach_lerp_([mine[n] for n in floats], [theirs[n].detach() for n in floats], weight)
        for name in mine.keys() - set(floats):
            mine[name].copy_(theirs[name])
