"""A small dense network on hand-crafted features and clinical numbers, as Yin 2020 puts beside classical models."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class FeatureDnn(nn.Module):
    """Each feature scaled by its own batch statistics, 64 and 32 units with normalisation and dropout, one logit.

    Args:
        features: Number of hand-crafted features.
        clinical: Number of clinical numbers, 0 for none; a missing one counts as the average patient's.
        dropout: After both layers.

    """

    def __init__(self, *, features: int, clinical: int = 0, dropout: float = 0.5) -> None:
        super().__init__()
        inside = features + clinical
        self.scale = nn.BatchNorm1d(inside, affine=False)
        layers: list[nn.Module] = []
        for before, after in ((inside, 64), (64, 32)):
            layers += [nn.Linear(before, after), nn.BatchNorm1d(after), nn.ReLU(), nn.Dropout(dropout)]
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(32, 1)

    def forward(self, features: Tensor, clinical: Tensor | None = None) -> dict[str, Tensor]:
        """Return `logits` (b, 1) and `features` (b, 32) of features (b, n) and clinical numbers (b, m)."""
        rows = features if clinical is None else torch.cat([features, clinical], dim=1)
        missing = rows.isnan()
        middle = self.scale.running_mean if self.scale.running_mean is not None else rows.new_zeros(rows.shape[1])
        scaled = self.scale(torch.where(missing, middle.expand_as(rows), rows))
        found = self.layers(torch.where(missing, 0.0, scaled).clamp(-6, 6))
        return {"logits": self.head(found), "features": found}
