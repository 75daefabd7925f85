"""Prepared samples, kept small: each array in the narrowest type that gives its values back exactly."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np

from osteon.contract import Part
from osteon.types import Outputs, Sample, Study


@dataclass(frozen=True, kw_only=True, eq=False)
class Packed:
    """An array in a narrow type: `data` (or bytes at `offset` of `file`) divided by `divisor` gives it back."""

    dtype: np.dtype
    shape: tuple[int, ...]
    stored: np.dtype
    divisor: int = 1
    data: np.ndarray | None = None
    file: IO[bytes] | None = None
    offset: int = 0

    def read(self) -> np.ndarray:
        """Return the array as it was, a fresh copy."""
        data = self.data
        if data is None:
            data = np.frombuffer(self._bytes(), dtype=self.stored).reshape(self.shape)
        out = data.astype(self.dtype)
        return out if self.divisor == 1 else np.divide(out, self.dtype.type(self.divisor), out=out)

    def _bytes(self) -> bytes:
        count = int(np.prod(self.shape)) * self.stored.itemsize
        return os.pread(self.file.fileno(), count, self.offset) if self.file else b""


def pack(array: np.ndarray) -> Packed:
    """Return `array` packed: as uint8 (whole, or over 255) or float16 where that is exact, else as it is."""
    array = np.asarray(array)
    for stored, divisor in _candidates(array):
        data = _narrowed(array, stored, divisor)
        if data is not None:
            return Packed(dtype=array.dtype, shape=array.shape, stored=data.dtype, divisor=divisor, data=data)
    return Packed(dtype=array.dtype, shape=array.shape, stored=array.dtype, data=np.array(array))


def _candidates(array: np.ndarray) -> list[tuple[type, int]]:
    if array.dtype == np.float32:
        return [(np.uint8, 1), (np.uint8, 255), (np.float16, 1)]
    return [(np.uint8, 1)] if array.dtype.kind in "iu" and array.dtype.itemsize > 1 else []


def _narrowed(array: np.ndarray, stored: type, divisor: int) -> np.ndarray | None:
    """Return `array` in type `stored`; None where that would change a value."""
    top = np.iinfo(stored).max / divisor if stored is np.uint8 else float(np.finfo(np.float16).max)
    low = 0 if stored is np.uint8 else -top
    # "not all inside" also catches NaN.
    if array.size == 0 or not (array.min() >= low and array.max() <= top):
        return None
    data = (np.rint(array * divisor) if divisor > 1 else array).astype(stored)
    back = data.astype(array.dtype)
    same = np.array_equal(back / array.dtype.type(divisor) if divisor > 1 else back, array)
    return data if same else None


class Store:
    """The samples of some studies, in order; arrays beyond `memory_gb` lie in a file without a name in `folder`.

    The file vanishes with the process, however that ends.
    """

    def __init__(self, *, folder: Path | None = None, memory_gb: float = 8.0) -> None:
        self._samples: list[Sample] = []
        self._arrays: list[tuple[dict[str, Packed], dict[str, Packed]]] = []
        self._left = memory_gb * 2**30
        self._folder = folder
        self._file: IO[bytes] | None = None

    def __del__(self) -> None:
        """Close the file, which has no name."""
        if self._file is not None:
            self._file.close()

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> Sample:
        inputs, targets = self._arrays[index]
        return replace(
            self._samples[index],
            inputs={name: p.read() for name, p in inputs.items()},
            targets={name: p.read() for name, p in targets.items()},
        )

    def __iter__(self) -> Iterator[Sample]:
        return (self[i] for i in range(len(self)))

    def add(self, sample: Sample) -> None:
        """Keep `sample`."""
        inputs = {name: self._placed(pack(a)) for name, a in sample.inputs.items()}
        targets = {name: self._placed(pack(np.asarray(a))) for name, a in sample.targets.items()}
        self._arrays.append((inputs, targets))
        self._samples.append(replace(sample, inputs={}, targets={}))

    def targets(self) -> list[Mapping[str, np.ndarray]]:
        """Return the targets of every sample, for a sampler."""
        return [{name: p.read() for name, p in targets.items()} for _, targets in self._arrays]

    def bare(self, index: int) -> Sample:
        """Return a sample without its arrays."""
        return self._samples[index]

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each input, of the first sample that has it."""
        found: dict[str, tuple[int, ...]] = {}
        for inputs, _ in self._arrays:
            for name, p in inputs.items():
                found.setdefault(name, p.shape)
        return found

    def without_unlabelled(self) -> int:
        """Drop the samples without targets, if any sample has some; return how many."""
        keep = [i for i, (_, targets) in enumerate(self._arrays) if targets]
        dropped = len(self) - len(keep) if keep else 0
        if dropped:
            self._samples = [self._samples[i] for i in keep]
            self._arrays = [self._arrays[i] for i in keep]
        return dropped

    def _placed(self, packed: Packed) -> Packed:
        """Return `packed` with its bytes in memory, or in the file once memory is spent."""
        if packed.data is None or packed.data.nbytes <= self._left or self._folder is None:
            self._left -= packed.data.nbytes if packed.data is not None else 0
            return packed
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115  lives as long as the store
        offset = self._file.seek(0, os.SEEK_END)
        self._file.write(np.ascontiguousarray(packed.data).tobytes())
        self._file.flush()
        return replace(packed, data=None, file=self._file, offset=offset)


def prepare(
    part: Part, studies: Iterable[Study], earlier: Mapping[str, Outputs], *, into: Store, threads: int = 2
) -> Store:
    """Fill `into` with the samples that `part` makes of `studies`, in their order.

    Args:
        part: Its `prepare` runs, on `threads` threads.
        studies: What to prepare.
        earlier: Study name to the outputs of the parts before.
        into: An empty store.
        threads: Reading pixels overlaps on these.

    """

    def samples(study: Study) -> list[Sample]:
        return list(part.prepare(study, earlier.get(study.name, {})))

    with ThreadPoolExecutor(max_workers=threads) as pool:
        todo = iter(studies)
        waiting = [pool.submit(samples, study) for _, study in zip(range(2 * threads), todo, strict=False)]
        while waiting:
            for sample in waiting.pop(0).result():
                into.add(sample)
            waiting.extend(pool.submit(samples, study) for _, study in zip(range(1), todo, strict=False))
    return into
