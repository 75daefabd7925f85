"""One small encoder for two exams of a lesion, and a head on what it saw first and what changed since."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from osteon.models.unet import double_conv


class Siamese(nn.Module):
    """The same convolutions for both exams; the difference of their features beside the first ones'.

    Args:
        classes: Number of logits.
        channels: Of each picture.
        widths: Channels of the stages, each halving the picture.
        dropout: Share of features dropped in training.

    """

    def __init__(
        self, *, classes: int = 2, channels: int = 3, widths: Sequence[int] = (16, 32, 64, 64), dropout: float = 0.3
    ) -> None:
        super().__init__()
        stages: list[nn.Module] = []
        for before, after in zip((channels, *widths[:-1]), widths, strict=True):
            stages += [double_conv(before, after, 2), nn.MaxPool2d(2)]
        self.encoder = nn.Sequential(*stages)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * widths[-1], classes)

    def forward(self, pre: Tensor, post: Tensor) -> dict[str, Tensor]:
        """Return `logits` (b, classes) and `features` (b, 2 x widths[-1]) of two exams (b, channels, h, w)."""
        seen = self.encoder(torch.cat([pre, post])).mean(dim=(-2, -1))
        first, second = seen.chunk(2)
        features = torch.cat([first, second - first], dim=1)
        return {"logits": self.head(self.dropout(features)), "features": features}
