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
        correlations: Rank correlation of the map with that of the whole network, at each stage, over the pictures on
            which both rank anything; None where on none of them.
        limit: A map must end below this.
        pictures: How many maps were compared.
        flat: How many of them could not be, with every layer shuffled.
        why: What was wrong with the first of those; "" of none.

    """

    layers: tuple[str, ...]
    correlations: tuple[float | None, ...]
    limit: float = LIMIT
    pictures: int = 1
    flat: int = 0
    why: str = ""

    @property
    def passed(self) -> bool | None:
        """Whether the map of the network with every layer shuffled is another one; None: that could not be tested."""
        last = self.correlations[-1]
        return None if last is None else last < self.limit

    @property
    def verdict(self) -> str:
        """What the check found, in words."""
        if self.passed is None:
            return f"not tested: {self.why}"
        said = "hangs on the weights" if self.passed else "does not hang on the weights: not to be believed"
        some = f"; on {self.flat} of {self.pictures} pictures it was not tested: {self.why}" if self.flat else ""
        return said + some


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
    found: list[tuple[str, float | None]] = []
    after = before
    for group in np.array_split(np.arange(len(layers)), min(stages, len(layers))):
        for at in group:
            _shuffle(layers[at][1], rng)
        after = explain(broken).detach().cpu().numpy()
        found.append((layers[group[-1]][0], rank_correlation(before, after)))
    names, values = zip(*found, strict=True)
    why = _wrong(before, after) if values[-1] is None else ""
    return Sanity(layers=names, correlations=values, flat=int(bool(why)), why=why)


def joined(checks: Sequence[Sanity]) -> Sanity:
    """Return the mean over several inputs of one network, at each stage over those on which it was tested."""
    return Sanity(
        layers=checks[0].layers,
        correlations=tuple(_mean(values) for values in zip(*(check.correlations for check in checks), strict=True)),
        limit=checks[0].limit,
        pictures=sum(check.pictures for check in checks),
        flat=sum(check.flat for check in checks),
        why=next((check.why for check in checks if check.why), ""),
    )


def worst(checks: Sequence[Sanity]) -> Sanity:
    """Return the worst of several networks' checks: one that failed, else one not tested, else the likest."""
    return max(checks, key=lambda check: (check.passed is False, check.passed is None, check.correlations[-1] or 0.0))


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """Return Spearman's rank correlation of two maps; None where one ranks nothing: it is flat, or holds no numbers.

    >>> round(rank_correlation(np.array([[1.0, 2.0], [3.0, 9.0]]), np.array([[1.0, 4.0], [9.0, 16.0]])), 6)
    1.0

    """
    if not (_ranks(one) and _ranks(other)):
        return None
    return float(np.corrcoef(rankdata(one.ravel()), rankdata(other.ravel()))[0, 1])


def _ranks(values: np.ndarray) -> bool:
    return bool(np.isfinite(values).all() and np.ptp(values) > 0)


def _wrong(before: np.ndarray, after: np.ndarray) -> str:
    """Return why the maps of the whole and of the shuffled network cannot be compared."""
    own = not _ranks(before)
    flat = np.isfinite(before if own else after).all()
    whose = "the network's own map" if own else "the map of the shuffled network"
    return f"{whose} {'is the same everywhere' if flat else 'holds values that are no numbers'}"


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _shuffle(module: nn.Module, rng: np.random.Generator) -> None:
    with torch.no_grad():
        for parameter in module.parameters(recurse=False):
            order = torch.from_numpy(rng.permutation(parameter.numel())).to(parameter.device)
            parameter.copy_(parameter.flatten()[order].reshape(parameter.shape))
