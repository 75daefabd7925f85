"""The sanity check of a map (Adebayo 2018): weights shuffled layer by layer from the top must change it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from scipy.stats import rankdata
from torch import Tensor, nn

LIMIT = 0.5
Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True, kw_only=True)
class Sanity:
    """How alike a map stays while the network is taken apart.

    Attributes:
        layers: The lowest layer that was shuffled at each stage, the first stage nearest the output.
        correlations: Rank correlation of the map with that of the whole network, at each stage.
        limit: A map must end below this.

    """

    layers: tuple[str, ...]
    correlations: tuple[float, ...]
    limit: float = LIMIT

    @property
    def passed(self) -> bool:
        """Whether the map of the network with every layer shuffled is another one."""
        return self.correlations[-1] < self.limit


def cascade(network: Network, explain: Callable[[Network], Tensor], *, rng: np.random.Generator, stages: int) -> Sanity:
    """Return how the map changes while more and more of `network` is shuffled, from the output to the input.

    Each weight is shuffled among those of its own tensor, so that the layer keeps its scale and loses what it learnt.
    The network itself is left as it is.

    Args:
        network: To explain.
        explain: A network of its kind to its map, any shape.
        rng: Of the shuffling.
        stages: In how many steps, of as many layers each as can be; the last has all.

    """
    before = explain(network).detach().cpu().numpy()
    broken = copy.deepcopy(network)
    layers = [(name, m) for name, m in broken.named_modules() if any(True for _ in m.parameters(recurse=False))][::-1]
    found: list[tuple[str, float]] = []
    for group in np.array_split(np.arange(len(layers)), min(stages, len(layers))):
        for at in group:
            _shuffle(layers[at][1], rng)
        after = explain(broken).detach().cpu().numpy()
        found.append((layers[group[-1]][0], rank_correlation(before, after)))
    return Sanity(layers=tuple(name for name, _ in found), correlations=tuple(value for _, value in found))


def joined(checks: Sequence[Sanity]) -> Sanity:
    """Return the mean over several inputs of one network."""
    means = np.mean([check.correlations for check in checks], axis=0)
    return Sanity(layers=checks[0].layers, correlations=tuple(float(v) for v in means), limit=checks[0].limit)


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return Spearman's rank correlation of two maps; 0 where one is the same everywhere, since it ranks nothing.

    >>> round(rank_correlation(np.array([[1.0, 2.0], [3.0, 9.0]]), np.array([[1.0, 4.0], [9.0, 16.0]])), 6)
    1.0

    """
    ranks = [rankdata(a.ravel()) for a in (one, other)]
    if any(np.ptp(r) == 0 for r in ranks):
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _shuffle(module: nn.Module, rng: np.random.Generator) -> None:
    with torch.no_grad():
        for parameter in module.parameters(recurse=False):
            order = torch.from_numpy(rng.permutation(parameter.numel())).to(parameter.device)
            parameter.copy_(parameter.flatten()[order].reshape(parameter.shape))
