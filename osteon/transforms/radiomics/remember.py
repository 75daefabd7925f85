"""Features are measured once in a process: folds, parts and variants ask for those of the same region again."""

from __future__ import annotations

import hashlib

import numpy as np

from osteon.transforms.radiomics import memory
from osteon.transforms.radiomics.vector import Radiomics, extract

MOST = 10_000
"""So many vectors are remembered, the latest: 1,316 features of as many regions take about 100 MB."""


def features(
    image: np.ndarray, mask: np.ndarray, *, spacing_mm: tuple[float, ...], settings: Radiomics | None = None
) -> np.ndarray:
    """Return what `extract` returns, a copy; the same values, mask, spacing and settings are measured only once."""
    key = _key(image, mask, tuple(spacing_mm), settings or Radiomics())
    if key not in memory.FOUND:
        found = extract(image, mask, spacing_mm=spacing_mm, settings=settings)
        while len(memory.FOUND) >= MOST:
            memory.FOUND.pop(next(iter(memory.FOUND)), None)
        memory.FOUND[key] = found
    return memory.FOUND[key].copy()


def _key(image: np.ndarray, mask: np.ndarray, spacing_mm: tuple[float, ...], settings: Radiomics) -> bytes:
    digest = hashlib.sha256(repr((image.shape, str(image.dtype), mask.shape, spacing_mm, settings)).encode())
    digest.update(np.ascontiguousarray(image).tobytes())
    digest.update(np.ascontiguousarray(mask != 0).tobytes())
    return digest.digest()
