"""DenseNet-161 (Huang 2017) with one linear head, as the graders of soft-tissue sarcoma use it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import densenet161

from osteon.errors import WeightsError

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
_OLD_NAME = re.compile(r"^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\..*)$")


class DenseNet161(nn.Module):
    """DenseNet-161's features, pooled, and `logits` linear outputs: 26,474,209 parameters for one logit."""

    def __init__(self, *, logits: int = 1) -> None:
        super().__init__()
        whole = densenet161(weights=None, num_classes=logits)
        self.features, self.classifier = whole.features, whole.classifier

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return what the network says of `image` (batch, 3, height, width), -1 to 1.

        Returns:
            `logits` (batch, logits), `features` (batch, 2208), and `cam` (batch, logits, h, w):
            the evidence whose mean over the map, plus the bias, is the logit.

        """
        maps = functional.relu(self.features(_imagenet_scale(image)))
        features = maps.mean(dim=(-2, -1))
        cam = torch.einsum("bchw,kc->bkhw", maps, self.classifier.weight)
        return {"logits": self.classifier(features), "features": features, "cam": cam}

    def load_pretrained(self, state: Mapping[str, Tensor]) -> None:
        """Take the features of ImageNet weights, torchvision's (old or new names) or timm's; leave the head.

        Raises:
            WeightsError: They are not a DenseNet-161's.

        """
        renamed = {_OLD_NAME.sub(r"\1\2", name).removeprefix("features."): value for name, value in state.items()}
        wanted = self.features.state_dict()
        taken = {name: value for name, value in renamed.items() if not name.startswith("classifier.")}
        needed = {name for name in wanted if not name.endswith("num_batches_tracked")}
        shapes_fit = all(wanted[name].shape == taken[name].shape for name in needed & set(taken))
        if not needed <= set(taken) or not set(taken) <= set(wanted) or not shapes_fit:
            msg = "These weights are not those of a DenseNet-161; fetch torchvision's densenet161 or timm's."
            raise WeightsError(msg)
        self.features.load_state_dict(taken, strict=False)


def _imagenet_scale(image: Tensor) -> Tensor:
    """Return -1 to 1 in the units that torchvision's ImageNet weights were trained in."""
    mean, std = (image.new_tensor(v)[:, None, None] for v in (IMAGENET_MEAN, IMAGENET_STD))
    return ((image + 1) / 2 - mean) / std
