"""ResNet (He 2016) as an encoder, torchvision's, with ImageNet weights where they can be had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torchvision import models

from osteon.errors import WeightsError
from osteon.models.vgg16 import IMAGENET_MEAN, IMAGENET_STD


class ResNet(nn.Module):
    """The trunk of a ResNet without its pooled head.

    Args:
        depth: 18, 34, 50, 101 or 152; 50 has 23,508,032 parameters.

    """

    strides = (4, 8, 16, 32)

    def __init__(self, *, depth: int = 50) -> None:
        super().__init__()
        net: Any = getattr(models, f"resnet{depth}")(weights=None)
        self.conv1, self.bn1 = net.conv1, net.bn1
        self.layers = nn.ModuleList([net.layer1, net.layer2, net.layer3, net.layer4])
        wide = 4 if depth >= 50 else 1
        self.channels = tuple(wide * c for c in (64, 128, 256, 512))

    def pyramid(self, image: Tensor) -> tuple[Tensor, ...]:
        """Return the maps of the four stages, strides 4 to 32, of `image` (b, 3, h, w), 0 to 1."""
        mean, std = (image.new_tensor(v)[:, None, None] for v in (IMAGENET_MEAN, IMAGENET_STD))
        x = self.bn1(self.conv1((image - mean) / std)).relu()
        x, maps = nn.functional.max_pool2d(x, 3, 2, 1), []
        for layer in self.layers:
            x = layer(x)
            maps.append(x)
        return tuple(maps)

    def load_pretrained(self, state: Mapping[str, Tensor]) -> None:
        """Take ImageNet weights in torchvision's or timm's names; leave the classifier.

        Raises:
            WeightsError: They are not this ResNet's.

        """
        taken = {_renamed(k): v for k, v in state.items() if not k.startswith("fc.")}
        mine = self.state_dict()
        needed = {name for name in mine if not name.endswith("num_batches_tracked")}
        if not needed <= set(taken) <= set(mine) or any(mine[n].shape != taken[n].shape for n in needed):
            msg = "These weights are not those of this ResNet; fetch torchvision's or timm's of the same depth."
            raise WeightsError(msg)
        self.load_state_dict(taken, strict=False)


def _renamed(name: str) -> str:
    """Return our name of a tensor that torchvision calls `name`: layer1.0.conv1 is layers.0.0.conv1."""
    head, _, rest = name.partition(".")
    return f"layers.{int(head[5:]) - 1}.{rest}" if head.startswith("layer") else name
