"""A network over a volume larger than it can take: overlapping windows, blended as they come.

Along each axis only what the next window still adds to is carried along; what no further window reaches is finished
and leaves. So the logits of a volume need never exist whole: `label_map` keeps an integer a voxel, and at 32 channels
this is the difference between gigabytes and megabytes. `logits` gives them whole to who wants them.

Each window is weighed by its share: its weight over the sum of the weights of all windows there. Shares add up to one,
so nothing is divided afterwards, and most windows have the same ones. On the CPU `logits` keeps the network's
activations from window to window (`kept_memory`); at 32 channels their pages would take longer than the network.
`label_map` does not: kept blocks leave holes, which doubled its memory.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from osteon.errors import RequestError
from osteon.geometry import window_starts
from osteon.models.kept_memory import kept_memory

LEAST_WEIGHT = 1e-3
MOST_SMALL = 256
SHARES_KEPT = 16

Network = Callable[[Tensor], Tensor]
Piece = tuple[tuple[slice, ...], Tensor]


@dataclass(frozen=True, kw_only=True)
class Windows:
    """How a volume is cut and put together again.

    Attributes:
        size: Of a window along each axis.
        overlap: Share of a window that the next one covers again, at least 0 and less than 1.
        blend: "constant" weighs all voxels of a window alike, "gaussian" its middle most.
        sigma: Of the Gaussian, as a share of the window.
        batch: Windows that the network is given at once, at most one row of them.
        device: Where the network is; windows go there, and are blended there.

    """

    size: tuple[int, ...]
    overlap: float = 0.5
    blend: Literal["constant", "gaussian"] = "gaussian"
    sigma: float = 0.125
    batch: int = 1
    device: str | torch.device = "cpu"

    @property
    def on_cpu(self) -> bool:
        """Whether the windows are read and blended on the CPU."""
        return torch.device(self.device).type == "cpu"

    def starts(self, shape: tuple[int, ...]) -> list[list[int]]:
        """Return where the windows begin along each axis of a volume of `shape`; the last ends at its edge."""
        strides = (max(1, int(size * (1 - self.overlap))) for size in self.size)
        return [window_starts(n, size=size, stride=by) for n, size, by in zip(shape, self.size, strides, strict=True)]

    def weights(self) -> Tensor:
        """Return the weight of each voxel of a window, float32 of `size`; none falls below a thousandth."""
        found = torch.ones(())
        for size in self.size:
            away = torch.arange(size, dtype=torch.float32) - (size - 1) / 2
            each = torch.exp(-(away**2) / (2 * (self.sigma * size) ** 2)) if self.blend == "gaussian" else away * 0 + 1
            found = found[..., None] * each
        return found.clamp(min=max(float(found.min()), LEAST_WEIGHT)).to(self.device)


@torch.inference_mode()
def logits(volume: Tensor, network: Network, *, windows: Windows) -> Tensor:
    """Return the blended output of `network`, float32 (channels, ...) on the CPU, of the shape of the volume.

    Args:
        volume: (channels, slices, rows, columns), or with fewer or more axes than three.
        network: (batch, channels, *size) to (batch, classes, *size).
        windows: How to cut and blend. A volume smaller than a window is padded with zeros around.

    Raises:
        RequestError: The windows cannot be meant, or the network changes the size of what it is given.

    """
    padded, inner = _padded(volume, windows)
    rows = _Rows(padded, network, windows)
    if windows.on_cpu:
        with kept_memory():
            return _added(rows)[(slice(None), *inner)]
    found = torch.empty(0)
    for place, piece in _finished(rows):  # blended there: each voxel leaves the device once
        if not found.numel():
            found = torch.empty(piece.shape[0], *padded.shape[1:])
        found[(slice(None), *place)] = piece
    return found[(slice(None), *inner)]


@torch.inference_mode()
def label_map(
    volume: Tensor, network: Network, *, windows: Windows, decide: Callable[[Tensor], Tensor] | None = None
) -> Tensor:
    """Return the label of each voxel, uint8 (int32 of more than 256 classes) on the CPU; logits never exist whole.

    Args:
        volume: As `logits` takes it.
        network: As `logits` takes it.
        windows: How to cut and blend.
        decide: Blended logits (classes, ...) of a piece to its labels (...); None takes the largest.

    Raises:
        RequestError: As `logits`.

    """
    padded, inner = _padded(volume, windows)
    found = torch.empty(0)
    for place, piece in _finished(_Rows(padded, network, windows)):
        labels = _largest(piece) if decide is None else decide(piece)
        if not found.numel():
            found = torch.empty(padded.shape[1:], dtype=torch.uint8 if len(piece) <= MOST_SMALL else torch.int32)
        found[place] = labels.to(device=found.device, dtype=found.dtype)
    return found[inner]


def _largest(piece: Tensor) -> Tensor:
    """Return which channel is largest; one after the other, which is faster than `argmax` over the first axis."""
    best, labels = piece[0].clone(), torch.zeros(piece.shape[1:], dtype=torch.int32, device=piece.device)
    for number, channel in enumerate(piece[1:], 1):
        labels.masked_fill_(channel > best, number)
        torch.maximum(best, channel, out=best)
    return labels


def _padded(volume: Tensor, windows: Windows) -> tuple[Tensor, tuple[slice, ...]]:
    """Return the volume, zeros around it where it is smaller than a window, and where it lies in that."""
    shape = volume.shape[1:]
    if len(shape) != len(windows.size) or min(windows.size) < 1 or not 0 <= windows.overlap < 1 or windows.batch < 1:
        msg = (
            f"Windows of {windows.size} that overlap by {windows.overlap} cannot cover a volume of {tuple(shape)}; "
            "give a size above 0 for each axis and an overlap of at least 0 and less than 1."
        )
        raise RequestError(msg)
    missing = [max(size - length, 0) for size, length in zip(windows.size, shape, strict=True)]
    inner = tuple(slice(m // 2, m // 2 + length) for m, length in zip(missing, shape, strict=True))
    if not any(missing):
        return volume, inner
    sides = [n for m in reversed(missing) for n in (m // 2, m - m // 2)]
    return functional.pad(volume, sides), inner


def _added(rows: _Rows) -> Tensor:
    """Return the logits, each window added where it belongs as it comes."""
    found = torch.empty(0)
    for corner in itertools.product(*rows.starts[:-1]):
        for start, output, share in rows.outputs(corner):
            if not found.numel():
                found = torch.zeros(len(output), *rows.volume.shape[1:])
            place = (slice(at, at + n) for at, n in zip((*corner, start), rows.windows.size, strict=True))
            found[(slice(None), *place)].addcmul_(output, share)
    return found


def _finished(rows: _Rows) -> Iterator[Piece]:
    """Yield each place that no further window reaches with its logits, which the next ones overwrite."""
    starts, shape, sizes = rows.starts, rows.volume.shape[1:], rows.windows.size
    strips = _Strips(rows)

    def pieces(corner: tuple[int, ...]) -> Iterator[Piece]:
        """Yield what is finished of the windows that begin at `corner` along the first axes."""
        axis = len(corner)
        if axis == len(starts) - 2:
            yield from strips.finished(corner)
            return
        reach, carry, held = [*starts[axis], shape[axis]], torch.empty(0), 0
        size = sizes[axis]
        most = size - min(then - start for start, then in itertools.pairwise(reach))
        for start, then in itertools.pairwise(reach):
            kept = size - (then - start)
            for place, piece in pieces((*corner, start)):
                if most and not carry.numel():
                    carry = piece.new_empty(*piece.shape[: axis + 1], most, *shape[axis + 1 :])
                if most:
                    carried = carry[(..., slice(None), *place)]
                    piece.narrow(axis + 1, 0, held).add_(carried.narrow(axis + 1, 0, held))
                    carried.narrow(axis + 1, 0, kept).copy_(piece.narrow(axis + 1, size - kept, kept))
                yield (slice(start, then), *place), piece.narrow(axis + 1, 0, size - kept)
            held = kept

    return pieces(())


class _Strips:
    """Windows along the last axis summed to strips, and strips to what is finished along the axis before it."""

    def __init__(self, rows: _Rows) -> None:
        self.rows, self.strip = rows, torch.empty(0)

    def finished(self, corner: tuple[int, ...]) -> Iterator[Piece]:
        """Yield the finished strips of the windows that begin at `corner`; each is overwritten by the next."""
        high, (tall, wide) = self.rows.windows.size[-2], self.rows.volume.shape[-2:]
        for start, then in itertools.pairwise([*self.rows.starts[-2], tall]):
            self._add((*corner, start))
            yield (slice(start, then), slice(0, wide)), self.strip[..., : then - start, :]
            kept = high - (then - start)
            stays = self.strip[..., high - kept :, :]
            self.strip[..., :kept, :] = stays.clone() if 2 * kept > high else stays
            self.strip[..., kept:, :].zero_()

    def _add(self, corner: tuple[int, ...]) -> None:
        """Add the windows of one row to the strip."""
        for start, output, share in self.rows.outputs(corner):
            if not self.strip.numel():
                self.strip = share.new_zeros(*output.shape[:-1], self.rows.volume.shape[-1])
            self.strip[..., start : start + output.shape[-1]].addcmul_(output, share)


class _Rows:
    """What the network makes of the windows, a row of them along the last axis at a time, and their shares."""

    def __init__(self, volume: Tensor, network: Network, windows: Windows) -> None:
        self.volume, self.network, self.windows = volume, network, windows
        self.starts = windows.starts(tuple(volume.shape[1:]))
        self.weights = windows.weights()
        self.share, self.summed = lru_cache(SHARES_KEPT)(self._share), lru_cache(SHARES_KEPT)(self._summed)

    def outputs(self, corner: tuple[int, ...]) -> Iterator[tuple[int, Tensor, Tensor]]:
        """Yield start, output (classes, *size) and share (*size) of the windows with `corner` along the first axes."""
        size, batch = self.windows.size, self.windows.batch
        row = self.volume[(slice(None), *(slice(at, at + n) for at, n in zip(corner, size, strict=False)))]
        for first in range(0, len(self.starts[-1]), batch):
            starts = self.starts[-1][first : first + batch]
            cuts = [row[None, ..., at : at + size[-1]] for at in starts]
            found = self.network((cuts[0] if len(cuts) == 1 else torch.cat(cuts)).to(self.windows.device))
            self._check(found)
            for at, each in zip(starts, found, strict=True):
                yield at, each.float(), self.share(*self._neighbours((*corner, at)))

    def _neighbours(self, corner: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Yield, axis by axis, how far from this window those begin that overlap it, itself among them."""
        for at, starts, size in zip(corner, self.starts, self.windows.size, strict=True):
            yield tuple(start - at for start in starts if abs(start - at) < size)

    def _share(self, *neighbours: tuple[int, ...]) -> Tensor:
        """Return the weights over the sum of those of all neighbours."""
        return self.weights / self._summed(*neighbours)

    def _summed(self, *neighbours: tuple[int, ...]) -> Tensor:
        """Return the weights of all neighbours along the last axes, of which these are given, at each voxel."""
        if not neighbours:
            return self.weights
        axis, alone = self.weights.ndim - len(neighbours), self.summed(*neighbours[1:])
        total = torch.zeros_like(alone)
        for shift in neighbours[0]:
            shared = self.windows.size[axis] - abs(shift)
            total.narrow(axis, max(shift, 0), shared).add_(alone.narrow(axis, max(-shift, 0), shared))
        return total

    def _check(self, found: Tensor) -> None:
        if found.shape[2:] != self.weights.shape:
            msg = (
                f"The network makes {tuple(found.shape[2:])} of a window of {tuple(self.weights.shape)}; sliding "
                "windows need one that keeps the size, so give a size that it can halve as often as it does."
            )
            raise RequestError(msg)
