"""What an imaging machine makes of a body: an image, and on the same grid the lesions in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from osteon.types import Grid, Image


@dataclass(frozen=True, kw_only=True, eq=False)
class Scan:
    """An image and the lesions on its grid: `mask` holds the number of the lesion, 0 outside.

    `name` is the input it becomes: "ct", "t1", "adc" ...
    """

    name: str
    image: Image
    mask: Image


def imaged(
    values: np.ndarray,
    grid: Grid,
    *,
    modality: str,
    unit: str | None = None,
    facts: Mapping[str, Any] | None = None,
    notes: tuple[str, ...] = (),
) -> Image:
    """Return `values`, of `grid.shape`, as an image; whoever reads it gets a copy of their own."""
    return Image(grid=grid, modality=modality, unit=unit, load=partial(np.copy, values), facts=facts or {}, notes=notes)
