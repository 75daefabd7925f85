"""FCN-8s (Long 2015): VGG-16's last map scored, doubled and joined with the scores of strides 16 and 8."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn import functional

from osteon.models.vgg16 import Vgg16


class Fcn8s(nn.Module):
    """FCN-8s with one logit; its two fully connected layers are convolutions of `hidden` channels (Long: 4,096)."""

    def __init__(self, *, width: float = 1.0, hidden: int = 1024) -> None:
        super().__init__()
        self.encoder = Vgg16(width=width)
        deep = self.encoder.channels[-1]
        self.head = nn.Sequential(
            nn.Conv2d(deep, hidden, 7, padding=3),
            nn.ReLU(),
            nn.Dropout2d(),
            nn.Conv2d(hidden, hidden, 1),
            nn.ReLU(),
            nn.Dropout2d(),
            nn.Conv2d(hidden, 1, 1),
        )
        self.score16 = nn.Conv2d(self.encoder.channels[4], 1, 1)
        self.score8 = nn.Conv2d(self.encoder.channels[3], 1, 1)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return the logits `tumour` (b, 1, h, w) of `image` (b, 1, h, w), 0 to 1, sides multiples of 32."""
        maps = self.encoder.pyramid(image.expand(-1, 3, -1, -1))
        score = self.head(functional.max_pool2d(maps[4], 2))
        for lateral, level in ((self.score16, maps[4]), (self.score8, maps[3])):
            score = _grown(score, level) + lateral(level)
        return {"tumour": _grown(score, image)}

    def load_pretrained(self, state: Mapping[str, Tensor]) -> None:
        """Give the encoder its ImageNet weights."""
        self.encoder.load_pretrained(state)


def _grown(score: Tensor, like: Tensor) -> Tensor:
    return functional.interpolate(score, size=like.shape[-2:], mode="bilinear", align_corners=False)
