"""The feature vectors that this process has measured, by a digest of what they were measured on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

FOUND: dict[bytes, np.ndarray] = {}


def forget() -> None:
    """Forget all of them, as before a study is timed: the next one is measured."""
    FOUND.clear()
