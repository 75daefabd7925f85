"""LeNet-5 along one axis (LeCun 1998; for serum spectra Shao 2020)."""

from __future__ import annotations

from torch import Tensor, nn


class LeNet1d(nn.Module):
    """Two convolutions (6 and 16 kernels of 5, each pooled by 2), then 120, 84 and `classes` units.

    485,226 parameters for 1,000 points and 2 classes.

    Args:
        points: Length of the spectra, at least 16.
        classes: Number of logits.
        dropout: Share of the units of the dense layers dropped in training.

    """

    def __init__(self, *, points: int = 1000, classes: int = 2, dropout: float = 0.0) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv1d(1, 6, 5), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(6, 16, 5), nn.ReLU(), nn.MaxPool1d(2)
        )
        length = ((points - 4) // 2 - 4) // 2
        self.dense = nn.Sequential(
            nn.Flatten(), nn.Linear(16 * length, 120), nn.ReLU(), nn.Dropout(dropout),
            nn.Linear(120, 84), nn.ReLU(), nn.Dropout(dropout),
        )  # fmt: skip
        self.head = nn.Linear(84, classes)

    def forward(self, spectrum: Tensor) -> dict[str, Tensor]:
        """Return `logits` (batch, classes) and `features` (batch, 84) of `spectrum` (batch, 1, points)."""
        # Spectra of length 1 over many points are tiny numbers; bring them to the order of one.
        features = self.dense(self.convolutions(spectrum * spectrum.shape[-1] ** 0.5))
        return {"logits": self.head(features), "features": features}
