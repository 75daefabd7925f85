"""All above one value: the outline that needs no learning."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Threshold(nn.Module):
    """A voxel belongs to the mask when the first channel lies above `value`.

    Args:
        value: In the unit of the image. It is a parameter: a learning rate of 0 keeps it.
        name: Of the output.

    """

    def __init__(self, value: float, *, name: str = "tumour") -> None:
        super().__init__()
        self.name = name
        self.value = nn.Parameter(torch.tensor(float(value)))

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return the logits `{name}` (b, 1, ...): how far the first channel of `image` (b, channels, ...) is above."""
        return {self.name: image[:, :1] - self.value}
