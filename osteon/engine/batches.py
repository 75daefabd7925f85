"""Samples to batches, a few ahead of the step that uses them; the time spent waiting is measured."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from osteon.errors import InputError
from osteon.types import Batch, Sample

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Fed:
    """A batch and the seconds that the loop waited for it."""

    batch: Batch
    waited_s: float


def stack(samples: Sequence[Sample], *, shapes: Shapes | None = None) -> Batch:
    """Return `samples` as one batch, pictures (channels, rows, columns) in channels-last memory.

    Args:
        samples: At least one; floats become float32, whole numbers int64.
        shapes: Shape of every input the network knows; one that a sample lacks is zero and not `present`.

    Raises:
        InputError: Two samples differ in shape, or only some have a target.

    """
    names = dict.fromkeys([*(shapes or {}), *(name for s in samples for name in s.inputs)])
    inputs, present = {}, {}
    for name in names:
        arrays = [s.inputs.get(name) for s in samples]
        known = next((a.shape for a in arrays if a is not None), (shapes or {}).get(name, ()))
        present[name] = torch.tensor([a is not None for a in arrays])
        inputs[name] = _stacked([np.zeros(known, np.float32) if a is None else a for a in arrays], name)
    return Batch(
        inputs=inputs,
        targets=_targets(samples),
        present=present,
        samples=tuple(replace(s, inputs={}, targets={}) for s in samples),
    )


def _targets(samples: Sequence[Sample]) -> dict[str, Tensor]:
    if any(not s.targets for s in samples):  # predicted only: training leaves them out before
        return {}
    names = set(samples[0].targets)
    if any(set(s.targets) != names for s in samples):
        msg = (
            f"Samples of one part have different targets ({', '.join(sorted(names))} and others); `prepare` must give "
            "each sample all of them, or none to leave it out."
        )
        raise InputError(msg)
    return {name: _stacked([np.asarray(s.targets[name]) for s in samples], name) for name in sorted(names)}


def _stacked(arrays: Sequence[np.ndarray], name: str) -> Tensor:
    shape = arrays[0].shape
    if any(a.shape != shape for a in arrays):
        msg = f"Samples of {name!r} differ in shape ({shape} and others); give the part a `collate`, or one size."
        raise InputError(msg)
    dtype = {"f": torch.float32, "b": torch.bool}.get(arrays[0].dtype.kind, torch.int64)
    picture = len(shape) == 3 and dtype == torch.float32
    out = torch.empty(
        (len(arrays), *shape), dtype=dtype, memory_format=torch.channels_last if picture else torch.contiguous_format
    )
    for i, array in enumerate(arrays):
        out[i] = torch.from_numpy(np.require(array, requirements=["C", "W"]))
    return out


def fed(jobs: Iterable[Callable[[], Batch]], *, workers: int, ahead: int = 2) -> Iterator[Fed]:
    """Yield the batches that `jobs` make, in order, made by `workers` threads up to `workers + ahead` early."""
    if workers == 0:
        for job in jobs:
            start = time.perf_counter()
            yield Fed(batch=job(), waited_s=time.perf_counter() - start)
        return
    pool, todo, waiting = ThreadPoolExecutor(max_workers=workers), iter(jobs), deque[Any]()
    try:
        waiting.extend(pool.submit(job) for _, job in zip(range(workers + ahead), todo, strict=False))
        while waiting:
            start = time.perf_counter()
            batch = waiting.popleft().result()
            waited = time.perf_counter() - start
            waiting.extend(pool.submit(job) for _, job in zip(range(1), todo, strict=False))
            yield Fed(batch=batch, waited_s=waited)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield `items` in lists of `size`, the last one shorter.

    >>> list(chunks(range(5), 2))
    [[0, 1], [2, 3], [4]]

    """
    chunk: list[Any] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
