"""The order in which an epoch sees its samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def balanced(
    target: str, *, power: float = 0.0
) -> Callable[[Sequence[Mapping[str, Any]], np.random.Generator], list[int]]:
    """Return a sampler that draws as many samples as there are, every class of `target` equally often.

    Args:
        target: With the class.
        power: A class of n samples is drawn as often as n to the `power` says: 0 equally, 1 as it comes.

    """

    def order(targets: Sequence[Mapping[str, Any]], rng: np.random.Generator) -> list[int]:
        import numpy as np

        classes = np.array([int(t[target]) for t in targets])
        _, which, counts = np.unique(classes, return_inverse=True, return_counts=True)
        chances = counts[which] ** (power - 1.0)
        return rng.choice(classes.size, size=classes.size, p=chances / chances.sum()).tolist()

    return order
