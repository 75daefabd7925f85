"""A network asked about every mirror image of what it is shown, once it no longer learns."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn


class Mirrored(nn.Module):
    """`network` as it is in training; afterwards the mean of its maps over the mirror images along `axes`.

    Args:
        network: Takes `image` (b, channels, ...) and returns maps (b, out, ...) by name.
        axes: Of the image, counted from its end: (-1, -2, -3) asks eight times.

    """

    def __init__(self, network: nn.Module, *, axes: Sequence[int]) -> None:
        super().__init__()
        self.network, self.axes = network, tuple(axes)

    def forward(self, image: Tensor) -> Mapping[str, Tensor]:
        """Return the maps by name, on the pixels of `image`."""
        if self.training:
            return self.network(image)
        said = [self._asked(image, [a for a in some if a]) for some in itertools.product(*((0, a) for a in self.axes))]
        return {name: torch.stack([one[name] for one in said]).mean(dim=0) for name in said[0]}

    def _asked(self, image: Tensor, axes: list[int]) -> dict[str, Tensor]:
        return {name: values.flip(axes) for name, values in self.network(image.flip(axes)).items()}
