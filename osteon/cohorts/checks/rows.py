"""What the audit saw of the images of one input, as rows of numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from osteon.cohorts.checks.looks import Look
from osteon.types import Study


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Numbers of one input: (rows, numbers), and the study of each row."""

    features: np.ndarray
    studies: Sequence[Study]


def by_input(seen: Sequence[Look], numbers: Callable[[Look], np.ndarray | None]) -> dict[str, Rows]:
    """Return the rows of each input; images of which `numbers` gives None are left out."""
    groups: dict[str, list[tuple[np.ndarray, Study]]] = defaultdict(list)
    for look in seen:
        found = numbers(look)
        if found is not None:
            groups[look.input].append((found, look.study))
    return {
        name: Rows(features=np.stack([row for row, _ in group]), studies=[study for _, study in group])
        for name, group in groups.items()
    }
