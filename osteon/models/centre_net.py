"""A small one-stage detector for the CPU: a map of centres, and the sides of a box at each (CenterNet, Zhou 2019).

No anchors and no suppression of overlaps: a peak of the map is a box. Boxes are (row0, column0, row1, column1) in
shares of the picture, so that they hold at any size.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from osteon.models.efficientnet_lite import LiteEncoder
from osteon.models.local_contrast import local_contrast

STRIDE = 4
LEVELS = 3
"""The maps at strides 4, 8 and 16 are joined at stride 4."""
RARE = 0.1
"""Belief in a centre that an untrained network starts with, so that the first steps are not all about empty places."""
SMALLEST, LARGEST = math.log(0.005), 0.0
"""Range of the logarithm of a side, in shares of the picture."""


class CentreNet(nn.Module):
    """EfficientNet-Lite0 to stride 16, a pyramid back to stride 4, and two heads.

    Args:
        frozen: As of `LiteEncoder`.
        width: Channels of the pyramid.
        most: Boxes that are given back, the most believed first; the last ones have score 0 where there are fewer.

    """

    def __init__(self, *, frozen: int = 2, width: int = 48, most: int = 8) -> None:
        super().__init__()
        self.most = most
        self.encoder = LiteEncoder(frozen=frozen, stages=5)
        self.lateral = nn.ModuleList(nn.Conv2d(n, width, 1) for n in self.encoder.channels[1 : 1 + LEVELS])
        self.smooth = nn.Sequential(nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        self.centre = _head(width, 1, bias=math.log(RARE / (1 - RARE)))
        self.sides = _head(width, 4, bias=0.0)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return the maps and the boxes they hold of a film from 0 to 1, `image` (b, 1, h, w).

        Returns:
            `centre` (b, 1, h / 4, w / 4), logits; `sides` (b, 4, h / 4, w / 4), as `boxes_at` reads them; `boxes`
            (b, most, 4) and `scores` (b, most).

        """
        maps = self.encoder.pyramid(local_contrast(image))[1 : 1 + LEVELS]
        joined = self.lateral[-1](maps[-1])
        for lateral, finer in zip(reversed(self.lateral[:-1]), reversed(maps[:-1]), strict=True):
            joined = lateral(finer) + functional.interpolate(joined, size=finer.shape[-2:], mode="nearest")
        joined = self.smooth(joined)
        centre, sides = self.centre(joined).float(), self.sides(joined).float()
        boxes, scores = peaks(centre.detach(), sides.detach(), most=self.most)
        return {"centre": centre, "sides": sides, "boxes": boxes, "scores": scores}

    def load_pretrained(self, state: Mapping[str, Tensor]) -> None:
        """Take the ImageNet weights of the package for the encoder."""
        self.encoder.load_pretrained(state)


def _head(width: int, channels: int, *, bias: float) -> nn.Sequential:
    last = nn.Conv2d(width, channels, 1)
    last.state_dict()["bias"].fill_(bias)
    return nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), last)


def boxes_at(sides: Tensor, cells: Tensor) -> Tensor:
    """Return the boxes (b, n, 4) that `sides` (b, 4, h, w) holds at the flat indices `cells` (b, n).

    The four are how far the centre lies from the middle of its cell, in cells, and the logarithms of the box's sides.
    """
    height, width = sides.shape[-2:]
    size = sides.new_tensor([height, width])
    found = sides.flatten(2).gather(2, cells[:, None].expand(-1, 4, -1)).transpose(1, 2)
    place = torch.stack([cells // width, cells % width], dim=-1) + 0.5
    middle = (place + found[..., :2].clamp(-1, 1)) / size
    half = found[..., 2:].clamp(SMALLEST, LARGEST).exp() / 2
    return torch.cat([middle - half, middle + half], dim=-1).clamp(0, 1)


def peaks(centre: Tensor, sides: Tensor, *, most: int) -> tuple[Tensor, Tensor]:
    """Return the boxes (b, most, 4) of the highest local maxima of the logits `centre`, and their scores (b, most)."""
    belief = centre.sigmoid()
    top = torch.where(functional.max_pool2d(belief, 3, 1, 1) == belief, belief, torch.zeros_like(belief))
    scores, cells = top.flatten(1).topk(most)
    return boxes_at(sides, cells), scores
