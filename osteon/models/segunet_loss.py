"""What a Seg-UNet is trained for: overlap and focal loss on the tumour, risk region, nearness, and the film's class."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

REACHES = (3, 5, 9)
"""Of the nearness channels, in eighths of the image's pixels."""
RISK_REACH = 5
FOCUS = 1.5
SMOOTHING = 0.05


def risk_region(eighth: Tensor) -> Tensor:
    """Return the tumour with a rim of 16 pixels, of its mask `eighth` (b, 1, h/8, w/8)."""
    return _dilated(eighth, RISK_REACH)


def nearness(eighth: Tensor) -> Tensor:
    """Return how near the tumour is at each reach: 1 inside, falling to 0 beyond it; (b, 3, h/8, w/8)."""
    grown = ((_dilated(eighth, size), size) for size in REACHES)
    return torch.cat([functional.avg_pool2d(g, size, 1, size // 2) for g, size in grown], dim=1)


def map_loss(outputs: Mapping[str, Tensor], mask: Tensor) -> Tensor:
    """Return the loss of the maps `tumour`, `risk` and `distance` (b, ., h, w) against `mask` (b, 1, h, w), 0 to 1."""
    half = functional.avg_pool2d(mask, 2)
    eighth = functional.max_pool2d(half, 4)
    logits = functional.avg_pool2d(outputs["tumour"], 2)
    risk = functional.binary_cross_entropy_with_logits(functional.avg_pool2d(outputs["risk"], 8), risk_region(eighth))
    near = (functional.avg_pool2d(outputs["distance"], 8).sigmoid() - nearness(eighth)).abs().mean()
    return _focal(logits, half) + _dice(logits, half) + 0.5 * risk + 0.9 * near


def film_loss(logits: Tensor, film: Tensor) -> Tensor:
    """Return the smoothed cross-entropy of the film's class, `logits` (b, 3) against `film` (b,)."""
    return functional.cross_entropy(logits, film.long(), label_smoothing=2 * SMOOTHING)


def lesion_first_loss(outputs: Mapping[str, Tensor], mask: Tensor, film: Tensor) -> Tensor:
    """Return the loss of the answers of `LiteSegUnet`: tumour on every film, malignant on those with a mask.

    `malignant` is learnt twice: where the map looks, and where the lesion truly is.
    """
    with_lesion = (mask.flatten(1).amax(dim=1) > 0.5).float()
    tumour = (film > 0).float() * (1 - SMOOTHING) + SMOOTHING / 2
    malignant = (film == 2).float() * (1 - 2 * SMOOTHING) + SMOOTHING
    by_map, by_look, odds = outputs["film"].unbind(dim=1)
    there = functional.max_pool2d(mask, 16).flatten(1)
    there = there / there.sum(dim=1, keepdim=True).clamp(min=1e-6)
    at_truth = (outputs["places"][:, 1].flatten(1) * there).sum(dim=1)
    cross = functional.binary_cross_entropy_with_logits
    found = 0.4 * cross(by_map, tumour) + 0.4 * cross(by_look, tumour)
    judged = 0.3 * (cross(odds, malignant, reduction="none") + cross(at_truth, malignant, reduction="none"))
    return found + _mean(judged, with_lesion)


def closer_loss(outputs: Mapping[str, Tensor], mask: Tensor, film: Tensor) -> Tensor:
    """Return the loss of the answers of `CloserLook`: outline and tumour of windows, malignant where one is seen."""
    logits, half = functional.avg_pool2d(outputs["tumour"], 2), functional.avg_pool2d(mask, 2)
    seen = (half.flatten(1).amax(dim=1) > 0.5).float()
    tumour, malignant = outputs["votes"].unbind(dim=1)
    cross = functional.binary_cross_entropy_with_logits
    outline = 2 * (cross(logits, half, reduction="none") * (1 + half)).mean() + 1.5 * _dice(logits, half)
    found = cross(tumour, seen * (1 - SMOOTHING) + SMOOTHING / 2)
    target = (film == 2).float() * (1 - 2 * SMOOTHING) + SMOOTHING
    return outline + 0.5 * found + 0.5 * _mean(cross(malignant, target, reduction="none"), seen)


def _focal(logits: Tensor, mask: Tensor) -> Tensor:
    chance = logits.sigmoid()
    right = torch.where(mask > 0.5, chance, 1 - chance).detach()
    plain = functional.binary_cross_entropy_with_logits(logits, mask, reduction="none")
    return 4 * (plain * (0.25 + (1 - right) ** FOCUS) * (1 + 3 * mask)).mean()


def _dice(logits: Tensor, mask: Tensor) -> Tensor:
    """Return 1 - Dice, the mean over the films that have a tumour."""
    chance, truth = logits.sigmoid().flatten(1), mask.flatten(1)
    both = (chance * truth).sum(dim=1)
    lost = 1 - (2 * both + 1) / ((chance * chance).sum(dim=1) + (truth * truth).sum(dim=1) + 1)
    return _mean(lost, (truth.amax(dim=1) > 0.5).float())


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    return (values * weights).sum() / weights.sum().clamp(min=1)


def _dilated(mask: Tensor, size: int) -> Tensor:
    return functional.max_pool2d(mask, size, 1, size // 2)
