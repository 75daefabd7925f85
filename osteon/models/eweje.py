"""The network of Eweje 2021: EfficientNet-B0's last map flattened, and five dense layers down to one logit."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import timm
import torch
from torch import Tensor, nn

from osteon.errors import WeightsError

DENSE = (256, 128, 64, 32, 16)
FEATURES = 1280


class DenseHead(nn.Module):
    """Flatten; 256, 128, 64, 32 and 16 with ReLU and batch normalisation, dropout after the first two; one logit."""

    def __init__(self, inside: int, *, dropout: float = 0.4) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Flatten()]
        for number, (before, after) in enumerate(pairwise((inside, *DENSE))):
            layers += [nn.Linear(before, after), nn.ReLU(), nn.BatchNorm1d(after)]
            layers += [nn.Dropout(dropout)] if number < 2 else []
        self.layers = nn.Sequential(*layers)
        self.logit = nn.Linear(DENSE[-1], 1)

    def forward(self, grid: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logit (b, 1) and the last features (b, 16)."""
        features = self.layers(grid)
        return self.logit(features), features

    def penalty(self) -> Tensor:
        """Return the sum of absolute and squared weights of the dense layers, to be weighed by the loss."""
        kernels = [layer.weight for layer in self.modules() if isinstance(layer, nn.Linear)]
        return torch.stack([k.abs().sum() + (k * k).sum() for k in kernels]).sum()


class EwejeNet(nn.Module):
    """EfficientNet-B0 without its top and the dense head: 20,108,893 parameters at 200 px, seven by seven places.

    Args:
        places: Side of the last map: 7 for 200 or 224 px.
        dropout: After the first two dense layers.

    """

    def __init__(self, *, places: int = 7, dropout: float = 0.4) -> None:
        super().__init__()
        self.encoder: Any = timm.create_model("efficientnet_b0", pretrained=False, num_classes=0)
        self.head = DenseHead(FEATURES * places * places, dropout=dropout)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return `logits` (b, 1), `features` (b, 16) and `penalty` (b,) of the views `image` (b, 3, h, w), -1 to 1."""
        logits, features = self.head(self.encoder.forward_features(image).float())
        return {"logits": logits, "features": features, "penalty": self.head.penalty().expand(len(image))}

    def load_pretrained(self, state: Mapping[str, Tensor]) -> None:
        """Take timm's ImageNet state for the encoder.

        Raises:
            WeightsError: It is not an EfficientNet-B0's.

        """
        kept = {k: v for k, v in state.items() if not k.startswith("classifier.")}
        missing, unexpected = self.encoder.load_state_dict(kept, strict=False)
        if missing or unexpected:
            msg = f"These are not timm's EfficientNet-B0 weights: {len(missing)} missing, {len(unexpected)} unknown."
            raise WeightsError(msg)
