"""Which parameters of a network learn, from which epoch on, and how fast: what transfer learning is made of."""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn

from osteon.contract import Sgd
from osteon.errors import RequestError


def stages(network: nn.Module) -> dict[str, int]:
    """Return the stage of each parameter, 0 nearest the output.

    Stages are the network's modules from the last to the first; one that holds more than half of all weights is taken
    apart into its own. What belongs to none of them is of the stage farthest from the output.

    >>> stages(nn.Sequential(nn.Linear(1, 1, bias=False), nn.ReLU(), nn.Linear(1, 1, bias=False)))
    {'0.weight': 1, '2.weight': 0}

    """
    prefixes = list(reversed(_modules(network, half=_size(network) / 2)))
    last = max(len(prefixes) - 1, 0)
    fitting = {name: [p for p in prefixes if _fits(p, name)] for name, _ in network.named_parameters()}
    return {name: prefixes.index(found[0]) if found else last for name, found in fitting.items()}


def _modules(network: nn.Module, *, half: float, prefix: str = "") -> list[str]:
    """Return the names of the modules with weights, in order; those above `half` of them taken apart."""
    found: list[str] = []
    for name, child in network.named_children():
        inner = _modules(child, half=half, prefix=f"{prefix}{name}.") if _size(child) > half else []
        found += inner or ([prefix + name] if _size(child) else [])
    return found


def _size(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def factors(network: nn.Module, fit: Sgd) -> dict[str, float]:
    """Return the factor on the learning rate of each parameter; 0 freezes it.

    Raises:
        RequestError: A prefix of `fit.lr_scale` fits no parameter.

    """
    own, place = scales([name for name, _ in network.named_parameters()], fit.lr_scale), stages(network)
    return {
        name: 0.0 if fit.tune == "head" and place[name] else own[name] * fit.stage_decay ** place[name] for name in own
    }


def resting(network: nn.Module, fit: Sgd, *, epoch: int) -> frozenset[str]:
    """Return the names of the parameters whose stage is not yet open in `epoch`."""
    if fit.tune != "gradual":
        return frozenset()
    opened = epoch // fit.stage_epochs
    return frozenset(name for name, stage in stages(network).items() if stage > opened)


def scales(names: list[str], lr_scale: Mapping[str, float]) -> dict[str, float]:
    """Return the factor on the learning rate of each parameter: that of the longest prefix that fits, else 1.

    A prefix ends at a dot: "blocks.1" fits blocks.1.weight and not blocks.10.weight.

    >>> scales(["stem.weight", "head.weight"], {"stem": 0.1})
    {'stem.weight': 0.1, 'head.weight': 1.0}

    """
    for prefix in lr_scale:
        if not any(_fits(prefix, name) for name in names):
            msg = f"fit.lr_scale names {prefix!r}, which begins no parameter; they begin with {_heads(names)}."
            raise RequestError(msg)
    return {name: _scale(name, lr_scale) for name in names}


def _scale(name: str, lr_scale: Mapping[str, float]) -> float:
    fitting = [prefix for prefix in lr_scale if _fits(prefix, name)]
    return float(lr_scale[max(fitting, key=len)]) if fitting else 1.0


def _fits(prefix: str, name: str) -> bool:
    return not prefix or name == prefix or name.startswith(prefix.rstrip(".") + ".")


def _heads(names: list[str]) -> str:
    return ", ".join(sorted({name.partition(".")[0] for name in names}))
