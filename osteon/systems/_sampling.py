"""The order in which an epoch sees its samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def balanced(target: str) -> Callable[[Sequence[Mapping[str, Any]], np.random.Generator], list[int]]:
    """Return a sampler that draws every class of `target` equally often, as many samples as there are."""

    def order(targets: Sequence[Mapping[str, Any]], rng: np.random.Generator) -> list[int]:
        import numpy as np

        classes = np.array([int(t[target]) for t in targets])
        _, which, counts = np.unique(classes, return_inverse=True, return_counts=True)
        chances = 1.0 / counts[which]
        return rng.choice(classes.size, size=classes.size, p=chances / chances.sum()).tolist()

    return order
