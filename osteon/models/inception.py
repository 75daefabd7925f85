"""Inception v3 (Szegedy 2016) with one linear head, as Liu R. 2021 and He Y. 2019 fine-tune it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import inception_v3

from osteon.errors import WeightsError

HEADS = ("fc.", "AuxLogits.")


class InceptionClassifier(nn.Module):
    """Inception v3 without its auxiliary head: 21,791,715 parameters for three classes, 21,789,666 for two.

    >>> sum(p.numel() for p in InceptionClassifier(classes=2).parameters())
    21789666

    """

    def __init__(self, *, classes: int = 3, dropout: float = 0.5) -> None:
        super().__init__()
        net: Any = inception_v3(weights=None, aux_logits=False, init_weights=False, num_classes=classes)
        self.classifier: nn.Linear = net.fc
        self.trunk = nn.Sequential(*(module for name, module in net.named_children() if name not in _LAST))
        self.names = tuple(name for name, _ in net.named_children() if name not in _LAST)
        self.dropout = nn.Dropout(dropout)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return `logits` (b, classes), `features` (b, 2048), `cam` (b, classes, h, w) of `image` (b, 1|3, h, w).

        The picture is -1 to 1, as the ImageNet weights were made for, enlarged to 75 pixels a side where smaller.
        """
        grid = self.trunk(_enlarged(image).expand(-1, 3, -1, -1)).float()
        features = grid.mean(dim=(2, 3))
        cam = torch.einsum("bchw,kc->bkhw", grid, self.classifier.weight)
        return {"logits": self.classifier(self.dropout(features)), "features": features, "cam": cam}

    def load_pretrained(self, state: Mapping[str, Tensor]) -> None:
        """Take ImageNet weights in torchvision's or timm's names; both heads are left out.

        Raises:
            WeightsError: They are not an Inception v3's.

        """
        taken = {self._own(name): value for name, value in state.items() if not name.startswith(HEADS)}
        own = {name: value for name, value in self.state_dict().items() if name.startswith("trunk.")}
        needed = {name for name in own if not name.endswith("num_batches_tracked")}
        if not needed <= set(taken) <= set(own) or any(own[n].shape != taken[n].shape for n in needed):
            msg = "These weights are not those of an Inception v3; fetch torchvision's inception_v3 or timm's."
            raise WeightsError(msg)
        self.load_state_dict(taken, strict=False)

    def _own(self, name: str) -> str:
        head, _, rest = name.partition(".")
        return f"trunk.{self.names.index(head)}.{rest}" if head in self.names else name


_LAST = ("avgpool", "dropout", "fc", "AuxLogits")


def _enlarged(image: Tensor, *, least: int = 75) -> Tensor:
    """Return `image` with sides of at least `least` pixels, the smallest that Inception v3 can halve five times."""
    if min(image.shape[-2:]) >= least:
        return image
    size = [max(least, n) for n in image.shape[-2:]]
    return functional.interpolate(image, size=size, mode="bilinear", align_corners=False)
