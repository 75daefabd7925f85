"""Chance that depends on where it is used, never on what was drawn before; so a resumed run draws the same."""

from __future__ import annotations

import os
import zlib
from collections.abc import Generator
from contextlib import contextmanager

import numpy as np
import torch

FILL = "fill_uninitialized_memory"


def rng(seed: int, *place: str | int) -> np.random.Generator:
    """Return a generator for one place: (seed, part, epoch, index) and the like.

    >>> bool(rng(0, "lesion", 1).integers(100) == rng(0, "lesion", 1).integers(100))
    True

    """
    return np.random.default_rng([seed, *(_number(word) for word in place)])


def torch_seed(seed: int, *place: str | int) -> int:
    """Return a seed for torch's own generator at one place."""
    return int(rng(seed, *place).integers(2**63 - 1))


@contextmanager
def deterministic(*, threads: int) -> Generator[None]:
    """Within the block, torch computes the same bits every time, on `threads` CPU threads.

    Outside, its settings and its generator are as they were. Operations without a deterministic form (some on a
    GPU) still run: there a resumed run is close, not equal.
    """
    before, only = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    fill, count, tuned = _filling(), torch.get_num_threads(), torch.backends.cudnn.benchmark
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    with torch.random.fork_rng():
        try:
            torch.use_deterministic_algorithms(mode=True, warn_only=True)
            setattr(torch.utils.deterministic, FILL, False)  # we never read what we did not write
            torch.backends.cudnn.benchmark = False
            torch.set_num_threads(threads)
            yield
        finally:
            torch.use_deterministic_algorithms(mode=before, warn_only=only)
            setattr(torch.utils.deterministic, FILL, fill)
            torch.backends.cudnn.benchmark = tuned
            torch.set_num_threads(count)


def _filling() -> bool:
    return getattr(torch.utils.deterministic, FILL)


def _number(word: str | int) -> int:
    return word if isinstance(word, int) else zlib.crc32(word.encode())
