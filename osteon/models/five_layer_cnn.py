"""A five-layer network for tiles of tissue and small slices: three convolutions and two dense layers."""

from __future__ import annotations

from torch import Tensor, nn


class FiveLayerCnn(nn.Module):
    """Convolutions of 3x3 with `widths` filters, each pooled by 2, one dense layer, one of logits.

    8,482,883 parameters for patches of 128x128 and 3 classes.

    Args:
        classes: Number of logits.
        patch_px: Side of the patches in pixels, a multiple of 8.
        widths: Filters of the three convolutions.
        dense: Units of the dense layer.
        dropout: Share of these dropped in training.
        channels: Of the picture.

    """

    def __init__(
        self,
        *,
        classes: int = 3,
        patch_px: int = 128,
        widths: tuple[int, int, int] = (32, 64, 128),
        dense: int = 256,
        dropout: float = 0.5,
        channels: int = 3,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in zip((channels, *widths[:-1]), widths, strict=True):
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        self.convolutions = nn.Sequential(*layers)
        side = patch_px // 8
        self.dense = nn.Sequential(nn.Flatten(), nn.Linear(widths[-1] * side * side, dense), nn.ReLU())
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(dense, classes)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return `logits` (batch, classes) and `features` (batch, dense) of `image` (batch, channels, h, w), 0 to 1."""
        features = self.dense(self.convolutions(image * 2 - 1))
        return {"logits": self.head(self.dropout(features)), "features": features}
