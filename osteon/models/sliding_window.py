"""A network over a volume larger than it can take: overlapping windows, blended as they come.

Along each axis only what the next window still adds to is carried along; what no further window reaches is finished
and leaves. So the logits of a volume need never exist whole: `label_map` keeps an integer a voxel, and at 32 channels
this is the difference between gigabytes and megabytes. `logits` gives them whole to who wants them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from osteon.errors import RequestError

LEAST_WEIGHT = 1e-3
MOST_SMALL = 256

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

    def starts(self, shape: tuple[int, ...]) -> list[list[int]]:
        """Return where the windows begin along each axis of a volume of `shape`; the last ends at its edge."""
        found = []
        for length, size in zip(shape, self.size, strict=True):
            last, step = length - size, max(1, int(size * (1 - self.overlap)))
            found.append([*range(0, last, step), last])
        return found

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
    found = torch.empty(0)
    for place, piece in _finished(padded, network, windows, weighed=True):
        if not found.numel():
            found = torch.empty(piece.shape[0] - 1, *padded.shape[1:])
        found[(slice(None), *place)] = piece[:-1].div_(piece[-1:])
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
    for place, piece in _finished(padded, network, windows, weighed=decide is not None):
        labels = _largest(piece) if decide is None else decide(piece[:-1] / piece[-1:])
        if not found.numel():
            classes = piece.shape[0] - (decide is not None)
            found = torch.empty(padded.shape[1:], dtype=torch.uint8 if classes <= MOST_SMALL else torch.int32)
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


def _finished(volume: Tensor, network: Network, windows: Windows, *, weighed: bool) -> Iterator[Piece]:
    """Yield each place that no further window reaches with its summed logits; with `weighed`, the weights are last."""
    starts, shape = windows.starts(tuple(volume.shape[1:])), volume.shape[1:]
    strips = _Strips(volume, network, windows, weighed=weighed)

    def pieces(corner: tuple[int, ...]) -> Iterator[Piece]:
        """Yield what is finished of the windows that begin at `corner` along the first axes."""
        axis = len(corner)
        if axis == len(starts) - 2:
            yield from strips.finished(corner)
            return
        reach, carry, held = [*starts[axis], shape[axis]], torch.empty(0), 0
        size = windows.size[axis]
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

    def __init__(self, volume: Tensor, network: Network, windows: Windows, *, weighed: bool) -> None:
        self.volume, self.network, self.windows, self.weighed = volume, network, windows, weighed
        self.down, self.across = windows.starts(tuple(volume.shape[1:]))[-2:]
        self.weights = windows.weights()
        self.strip = torch.empty(0)
        self.row = self.weights.new_zeros(*windows.size[:-1], volume.shape[-1])
        for at in self.across:
            self.row[..., at : at + windows.size[-1]] += self.weights

    def finished(self, corner: tuple[int, ...]) -> Iterator[Piece]:
        """Yield the finished strips of the windows that begin at `corner`; each is overwritten by the next."""
        high, wide = self.windows.size[-2], self.volume.shape[-1]
        for start, then in itertools.pairwise([*self.down, self.volume.shape[-2]]):
            self._add((*corner, start))
            yield (slice(start, then), slice(0, wide)), self.strip[..., : then - start, :]
            kept = high - (then - start)
            stays = self.strip[..., high - kept :, :]
            self.strip[..., :kept, :] = stays.clone() if 2 * kept > high else stays
            self.strip[..., kept:, :].zero_()

    def _add(self, corner: tuple[int, ...]) -> None:
        """Add the windows of one row to the strip."""
        size, batch = self.windows.size, self.windows.batch
        row = self.volume[(slice(None), *(slice(at, at + n) for at, n in zip(corner, size, strict=False)))]
        for first in range(0, len(self.across), batch):
            starts = self.across[first : first + batch]
            cuts = [row[None, ..., at : at + size[-1]] for at in starts]
            found = self.network((cuts[0] if len(cuts) == 1 else torch.cat(cuts)).to(self.windows.device))
            self._make_room(found)
            for at, each in zip(starts, found, strict=True):
                self.strip[: len(each), ..., at : at + size[-1]].addcmul_(each.float(), self.weights)
        if self.weighed:
            self.strip[-1] += self.row

    def _make_room(self, found: Tensor) -> None:
        if found.shape[2:] != self.weights.shape:
            msg = (
                f"The network makes {tuple(found.shape[2:])} of a window of {tuple(self.weights.shape)}; sliding "
                "windows need one that keeps the size, so give a size that it can halve as often as it does."
            )
            raise RequestError(msg)
        if not self.strip.numel():
            self.strip = self.row.new_zeros(found.shape[1] + self.weighed, *self.row.shape)
