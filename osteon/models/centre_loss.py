"""The loss of a detector by centres: focal loss of the heat map, and the distance of the sides at the true centres.

The heat map's penalty-reduced focal loss is that of CornerNet (Law 2018) and CenterNet (Zhou 2019); the bell about a
centre is as wide as the box in each direction, as in TTFNet (Liu Z. 2020).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from osteon.models.centre_net import LARGEST, SMALLEST

FOCUS, FORGIVEN = 2.0, 4.0
WIDE = 0.15
"""Standard deviation of the bell, in sides of the box."""


def centre_loss(outputs: Mapping[str, Tensor], boxes: Tensor, *, sides: float = 1.0) -> Tensor:
    """Return the loss of `centre` and `sides` (see `CentreNet`) against the true boxes, per box.

    Args:
        outputs: Of the network.
        boxes: (b, n, 4) in shares of the picture; one without an area is none.
        sides: Weight of the sides and the place within the cell.

    """
    logits = outputs["centre"][:, 0]
    there = (boxes[..., 2:] > boxes[..., :2]).all(dim=-1)
    boxes = torch.where(there[..., None], boxes, boxes.new_tensor([0.0, 0.0, 1.0, 1.0]))
    middle, lengths = (boxes[..., :2] + boxes[..., 2:]) / 2, boxes[..., 2:] - boxes[..., :2]
    size = boxes.new_tensor(logits.shape[-2:])
    cells = torch.minimum((middle * size).floor(), size - 1)
    flat = (cells[..., 0] * size[1] + cells[..., 1]).long()
    centres = torch.zeros_like(logits).flatten(1).scatter_reduce(1, flat, there.to(logits.dtype), "amax")
    heat = focal(logits, bells(middle, lengths, there, shape=logits.shape[-2:]), centres.view_as(logits))
    found = outputs["sides"].flatten(2).gather(2, flat[:, None].expand(-1, 4, -1)).transpose(1, 2)
    wanted = torch.cat([middle * size - cells - 0.5, lengths.clamp(min=1e-6).log().clamp(SMALLEST, LARGEST)], dim=-1)
    apart = functional.l1_loss(found, wanted, reduction="none").sum(dim=-1)
    return (heat + sides * (apart * there).sum()) / there.sum().clamp(min=1)


def bells(middle: Tensor, lengths: Tensor, there: Tensor, *, shape: tuple[int, ...]) -> Tensor:
    """Return the largest bell at each place, (b, *shape), 1 at a centre; `there` (b, n) says which boxes count."""
    rows, columns = ((torch.arange(n, device=middle.device) + 0.5) / n for n in shape)
    spread = (WIDE * lengths).clamp(min=0.5 / max(shape))
    down = ((rows - middle[..., :1]) / spread[..., :1]) ** 2
    across = ((columns - middle[..., 1:]) / spread[..., 1:]) ** 2
    each = torch.exp(-0.5 * (down[..., :, None] + across[..., None, :]))
    return (each * there[..., None, None]).amax(dim=1)


def focal(logits: Tensor, near: Tensor, centres: Tensor) -> Tensor:
    """Return the sum of the focal loss: 1 is wanted at `centres`, 0 elsewhere, forgiven the more the higher `near`."""
    belief = logits.sigmoid()
    hit = (1 - belief) ** FOCUS * functional.logsigmoid(logits)
    miss = (1 - near) ** FORGIVEN * belief**FOCUS * functional.logsigmoid(-logits)
    return -torch.where(centres > 0, hit, miss).sum()
