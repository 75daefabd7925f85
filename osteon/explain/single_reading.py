"""A network that reads its picture several times, at several sizes and mirrored, reading it once for a while."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from torch import nn


@contextmanager
def single_reading(network: nn.Module) -> Generator[bool]:
    """Let each module of `network` that is `thorough` read once; on leaving, each is as it was.

    Yields:
        Whether there is one.

    """
    several = [module for module in network.modules() if getattr(module, "thorough", None) is True]
    _set(several, value=False)
    try:
        yield bool(several)
    finally:
        _set(several, value=True)


def _set(modules: list[nn.Module], *, value: bool) -> None:
    for module in modules:
        setattr(module, "thorough", value)  # noqa: B010 # no type knows that these have it
