"""torchvision's detectors behind the outputs of `CentreNet`: boxes in shares of the picture, and their scores."""

from __future__ import annotations

from typing import Any

import torch
import torchvision
from torch import Tensor, nn

KINDS = (
    "fasterrcnn_mobilenet_v3_large_320_fpn",
    "fasterrcnn_mobilenet_v3_large_fpn",
    "fasterrcnn_resnet50_fpn_v2",
    "fcos_resnet50_fpn",
    "retinanet_resnet50_fpn_v2",
    "ssdlite320_mobilenet_v3_large",
)
LESION = 1


class TorchvisionDetector(nn.Module):
    """One of torchvision's detectors, for one kind of box, with no weights of its own.

    Args:
        kind: One of `KINDS`.
        most: Boxes that are given back; score 0 where there are fewer.
        side_px: Of the picture as the detector sees it; None: its own size.

    """

    def __init__(self, kind: str = KINDS[0], *, most: int = 8, side_px: int | None = None) -> None:
        super().__init__()
        self.most = most
        size: dict[str, Any] = {} if side_px is None or kind.startswith("ssd") else {
            "min_size": side_px, "max_size": side_px
        }  # fmt: skip
        # The films come as they are: no mean and spread of colour photographs.
        self.detector = torchvision.models.get_model(
            kind, weights=None, weights_backbone=None, num_classes=LESION + 1,
            image_mean=[0.5] * 3, image_std=[0.25] * 3, **size,
        )  # fmt: skip

    def forward(self, image: Tensor, boxes: Tensor | None = None) -> dict[str, Tensor]:
        """Return `boxes` (b, most, 4) and `scores` (b, most) of a film from 0 to 1, `image` (b, 1, h, w).

        In training, told the true `boxes` (b, n, 4), one without an area being none, it returns its `loss` instead.
        """
        pictures = list(image.expand(-1, 3, -1, -1))
        size = image.new_tensor(image.shape[-2:]).repeat(2)
        if boxes is not None:
            losses = self.detector(pictures, [_target(one, size) for one in boxes])
            return {"loss": torch.stack(list(losses.values())).sum()}
        found = [self._padded(one, size) for one in self.detector(pictures)]
        return {"boxes": torch.stack([b for b, _ in found]), "scores": torch.stack([s for _, s in found])}

    def _padded(self, found: dict[str, Tensor], size: Tensor) -> tuple[Tensor, Tensor]:
        boxes, scores = found["boxes"][: self.most, [1, 0, 3, 2]] / size, found["scores"][: self.most]
        lack = self.most - len(scores)
        return torch.cat([boxes, boxes.new_zeros(lack, 4)]), torch.cat([scores, scores.new_zeros(lack)])


def _target(boxes: Tensor, size: Tensor) -> dict[str, Tensor]:
    """Return the boxes that are there as torchvision has them: (x0, y0, x1, y1) in pixels, at least one wide."""
    there = boxes[(boxes[:, 2:] > boxes[:, :2]).all(dim=-1)] * size
    low, high = there[:, :2], torch.maximum(there[:, 2:], there[:, :2] + 1)
    labels = torch.full((len(there),), LESION, dtype=torch.int64, device=boxes.device)
    return {"boxes": torch.cat([low.flip(1), high.flip(1)], dim=1), "labels": labels}
