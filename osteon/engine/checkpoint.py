"""The state of a gradient loop in one safetensors file: tensors by name, the rest as JSON in its header. No pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from osteon.errors import WeightsError
from osteon.io import atomic, weights

NAME = "checkpoint.safetensors"


@dataclass(kw_only=True)
class Where:
    """How far a gradient loop is. The one record that changes: the loop's own notebook.

    Attributes:
        round, epoch, step: The next step to do; rounds are those of mining.
        loss_sum: Of this epoch's steps so far.
        best: Best monitored figure; None before the first validation.
        stale: Epochs since then.
        kept: Mean validation loss of each patient then, where `fit.margin` asks for it.
        pool: Indices of the samples that are trained on; None: all.
        rows: The log so far, a dict a finished epoch.

    """

    round: int = 0
    epoch: int = 0
    step: int = 0
    loss_sum: float = 0.0
    best: float | None = None
    stale: int = 0
    kept: list[float] = field(default_factory=list)
    pool: list[int] | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)


def save(path: Path, where: Where, tensors: Mapping[str, Mapping[str, Tensor]], *, plain: Mapping[str, Any]) -> None:
    """Write a checkpoint, whole or not at all.

    Args:
        path: File to write.
        where: How far the loop is.
        tensors: Group ("network", "average", "best", "optimiser") to its tensors by name.
        plain: What is no tensor: the optimiser's numbers, the loss scale.

    """
    flat = {f"{group}/{name}": t for group, named in tensors.items() for name, t in named.items()}
    meta = {"state": json.dumps({"where": asdict(where), "plain": dict(plain)})}
    atomic.write_bytes(path, weights.tensor_bytes(flat, metadata=meta))


def load(path: Path) -> tuple[Where, dict[str, dict[str, Tensor]], dict[str, Any]] | None:
    """Return what `save` wrote; None when there is no checkpoint or it is damaged, so that the loop begins again."""
    if not path.is_file():
        return None
    try:
        flat, meta = weights.read_tensors(path)
        state = json.loads(meta["state"])
        where = Where(**state["where"])
    except (WeightsError, KeyError, TypeError, ValueError):
        return None
    groups: dict[str, dict[str, Tensor]] = {}
    for name, tensor in flat.items():
        group, _, rest = name.partition("/")
        groups.setdefault(group, {})[rest] = tensor
    return where, groups, state["plain"]


def flatten(optimiser: Optimizer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return an optimiser's state as tensors named <parameter's number>/<name>, and its other values."""
    tensors, plain = {}, {}
    for number, state in optimiser.state_dict()["state"].items():
        for name, value in state.items():
            (tensors if isinstance(value, Tensor) else plain)[f"{number}/{name}"] = value
    return tensors, plain


def unflatten(optimiser: Optimizer, tensors: Mapping[str, Tensor], plain: Mapping[str, Any]) -> None:
    """Put back what `flatten` gave, in the memory format of each parameter."""
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    state: dict[int, dict[str, Any]] = {}
    for key, value in (*tensors.items(), *plain.items()):
        number, _, name = key.partition("/")
        like = parameters[int(number)]
        if isinstance(value, Tensor) and value.shape == like.shape and value.dim() > 1:
            value = torch.empty_like(like, dtype=value.dtype).copy_(value)
        state.setdefault(int(number), {})[name] = value
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})


def copied(network: nn.Module) -> dict[str, Tensor]:
    """Return the network's state on the CPU, free of later steps."""
    return {name: t.detach().cpu().clone() for name, t in network.state_dict().items()}
