"""U-Net (Ronneberger 2015) in the plane and, with the same code, in the volume (Cicek 2016)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


class UNet(nn.Module):
    """Two convolutions a level, max pooling down, transposed convolution and concatenation up.

    Args:
        dimensions: 2 or 3.
        inside: Channels of the image.
        widths: Channels of the levels, the finest first; sides need not be multiples of anything.
        out: Logits a pixel; 0: there is no head, and `maps` is what is wanted.
        name: Of the output.

    """

    def __init__(
        self,
        *,
        dimensions: int = 2,
        inside: int = 1,
        widths: Sequence[int] = (64, 128, 256, 512, 1024),
        out: int = 1,
        name: str = "tumour",
    ) -> None:
        super().__init__()
        self.name, self.dimensions = name, dimensions
        before = (inside, *widths[:-1])
        self.down = nn.ModuleList(double_conv(a, b, dimensions) for a, b in zip(before, widths, strict=True))
        transposed = nn.ConvTranspose2d if dimensions == 2 else nn.ConvTranspose3d
        pairs = list(zip(widths[1:], widths[:-1], strict=True))
        self.grow = nn.ModuleList(transposed(deep, fine, 2, stride=2) for deep, fine in pairs)
        self.join = nn.ModuleList(double_conv(2 * fine, fine, dimensions) for _, fine in pairs)
        last = nn.Conv2d if dimensions == 2 else nn.Conv3d
        self.head = last(widths[0], out, 1) if out else nn.Identity()

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return the logits `{name}` (b, out, ...) on the pixels of `image` (b, inside, ...)."""
        return {self.name: self.head(self.maps(image))}

    def maps(self, image: Tensor) -> Tensor:
        """Return the features (b, widths[0], ...) that the logits are made from."""
        pool = functional.max_pool2d if self.dimensions == 2 else functional.max_pool3d
        x, skips = image, []
        for number, level in enumerate(self.down):
            x = level(pool(x, 2, ceil_mode=True) if number else x)
            skips.append(x)
        for grow, join, skip in zip(reversed(self.grow), reversed(self.join), reversed(skips[:-1]), strict=True):
            x = grow(x)[(..., *(slice(n) for n in skip.shape[2:]))]
            x = join(torch.cat([x, skip], dim=1))
        return x


def double_conv(inside: int, outside: int, dimensions: int) -> nn.Sequential:
    """Return two 3x3(x3) convolutions, each normalised (batch in the plane, instance in the volume) and rectified."""
    conv = nn.Conv2d if dimensions == 2 else nn.Conv3d
    layers: list[nn.Module] = []
    for a in (inside, outside):
        norm = nn.BatchNorm2d(outside) if dimensions == 2 else nn.InstanceNorm3d(outside, affine=True)
        layers += [conv(a, outside, 3, padding=1, bias=False), norm, nn.ReLU()]
    return nn.Sequential(*layers)
