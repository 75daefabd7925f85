"""Segmentation with supervised side outputs: maps of several depths, each with its own loss, fused by learned weights.

Xie & Tu 2015 (HED), Huang L. 2017 (MSFCN, on VGG-16) and Zhang R. 2018 (MSRN, on a residual network) differ in the
encoder, in which of its maps speak, and in how many channels a side keeps on its way up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class Side(nn.Module):
    """One depth's way to full size: convolution, doublings that keep many channels, one logit.

    Args:
        inside: Channels of the encoder's map.
        channels: After the first convolution and after each doubling; as many doublings as the stride has.
            Empty: a 1x1 convolution alone and bilinear growth, as in HED.

    """

    def __init__(self, inside: int, channels: Sequence[int]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        if channels:
            layers += [nn.Conv2d(inside, channels[0], 3, padding=1), nn.BatchNorm2d(channels[0]), nn.ReLU()]
        for a, b in pairwise(channels):
            layers += [nn.ConvTranspose2d(a, b, 2, stride=2), nn.ReLU()]
        self.up = nn.Sequential(*layers)
        self.logit = nn.Conv2d(channels[-1] if channels else inside, 1, 1)

    def forward(self, x: Tensor, size: Sequence[int]) -> Tensor:
        """Return the logits (b, 1, *size)."""
        logit = self.logit(self.up(x))
        return functional.interpolate(logit, size=list(size), mode="bilinear", align_corners=False)


class SideSupervised(nn.Module):
    """An encoder with a `pyramid`, side outputs on the maps named, and their learned fusion.

    Args:
        encoder: Has `pyramid(image)` and the `channels` of its maps.
        sides: Index of a map to the channels of its `Side`.
        signed: Whether the encoder takes pictures from -1 to 1, not from 0 to 1.

    """

    def __init__(self, encoder: Any, sides: Mapping[int, Sequence[int]], *, signed: bool = False) -> None:
        super().__init__()
        self.encoder, self.signed = encoder, signed
        self.levels = tuple(sides)
        self.sides = nn.ModuleList(Side(encoder.channels[level], sides[level]) for level in self.levels)
        self.fuse = nn.Conv2d(len(self.levels), 1, 1)
        nn.init.constant_(self.fuse.weight, 1 / len(self.levels))

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return logits for `image` (b, 1, h, w), 0 to 1: `tumour` (b, 1, h, w) fused, and `sides` (b, n, h, w)."""
        maps = self.encoder.pyramid((image * 2 - 1 if self.signed else image).expand(-1, 3, -1, -1))
        found = [side(maps[level], image.shape[-2:]) for side, level in zip(self.sides, self.levels, strict=True)]
        sides = torch.cat(found, dim=1)
        return {"tumour": self.fuse(sides), "sides": sides}

    def load_pretrained(self, state: Mapping[str, Tensor]) -> None:
        """Give the encoder its ImageNet weights."""
        self.encoder.load_pretrained(state)


def side_loss(outputs: Mapping[str, Tensor], mask: Tensor) -> Tensor:
    """Return the class-balanced cross-entropy of `tumour` plus that of each of `sides` against `mask` (b, 1, h, w).

    Balanced as in HED: in each picture tumour and background weigh the same, so that a small tumour counts.
    """
    every = [outputs["tumour"], *outputs["sides"].split(1, dim=1)] if "sides" in outputs else [outputs["tumour"]]
    return torch.stack([balanced_cross_entropy(logits, mask) for logits in every]).sum()


def balanced_cross_entropy(logits: Tensor, mask: Tensor) -> Tensor:
    """Return the cross-entropy in which the rarer of tumour and background weighs more, at most 20 to 1, over a batch.

    A batch without tumour has the plain cross-entropy.
    """
    share = mask.mean().clamp(0.05, 0.95)
    weights = torch.where(mask > 0.5, 0.5 / share, 0.5 / (1 - share)) if bool(mask.any()) else torch.ones_like(mask)
    return functional.binary_cross_entropy_with_logits(logits, mask, weight=weights)
