"""The convolutional part of VGG-16 (Simonyan 2015) as an encoder: 14,714,688 parameters at full width."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from osteon.errors import WeightsError

STAGES = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class Vgg16(nn.Module):
    """Five stages of 3x3 convolutions with ReLU, halved by max pooling in between.

    Args:
        width: Share of VGG-16's channels.

    """

    strides = (1, 2, 4, 8, 16)

    def __init__(self, *, width: float = 1.0) -> None:
        super().__init__()
        plan = [[max(4, int(c * width)) for c in stage] for stage in STAGES]
        self.channels = tuple(stage[-1] for stage in plan)
        before = (3, *self.channels[:-1])
        self.stages = nn.ModuleList(_stage(i, stage) for i, stage in zip(before, plan, strict=True))

    def pyramid(self, image: Tensor) -> tuple[Tensor, ...]:
        """Return the five maps before each pooling, strides 1 to 16, of `image` (b, 3, h, w), 0 to 1."""
        mean, std = (image.new_tensor(v)[:, None, None] for v in (IMAGENET_MEAN, IMAGENET_STD))
        x, maps = (image - mean) / std, []
        for number, stage in enumerate(self.stages):
            x = stage(functional.max_pool2d(x, 2) if number else x)
            maps.append(x)
        return tuple(maps)

    def load_pretrained(self, state: Mapping[str, Tensor]) -> None:
        """Take the convolutions of ImageNet weights in torchvision's or timm's names; leave a classifier.

        Raises:
            WeightsError: They are not a VGG-16's of this width.

        """
        given = [v for k, v in state.items() if k.startswith("features.")]
        mine = list(self.state_dict().values())
        if [v.shape for v in given] != [v.shape for v in mine]:
            msg = "These weights are not those of a VGG-16 without batch normalisation; fetch torchvision's vgg16."
            raise WeightsError(msg)
        with torch.no_grad():
            for old, new in zip(mine, given, strict=True):
                old.copy_(new)


def _stage(inside: int, channels: list[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for a, b in zip([inside, *channels[:-1]], channels, strict=True):
        convolution = nn.Conv2d(a, b, 3, padding=1)
        nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
        nn.init.zeros_(convolution.bias) if convolution.bias is not None else None
        layers += [convolution, nn.ReLU()]
    return nn.Sequential(*layers)
