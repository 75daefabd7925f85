"""A grey picture as three views that survive another machine's exposure: stretched, and normalised in its surroundings.

Letters and collimator edges keep their shape here, but a film's overall brightness and shading are gone.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

DARK, BRIGHT = 0.01, 0.99
REACHES = (16, 5)
"""The surroundings are about a sixteenth and a fifth of the picture's height."""
FLOOR = 0.003
"""Variance below which a flat patch is not blown up to noise."""


def one_view(image: Tensor) -> Tensor:
    """Return (b, 3, h, w), the first of the three views in all channels: what is measured when the others are left."""
    return (_stretched(image) * 2 - 1).expand(-1, 3, -1, -1)


def local_contrast(image: Tensor) -> Tensor:
    """Return (b, 3, h, w), about -1 to 1, of `image` (b, 1, h, w), whose values are about 0 to 1."""
    stretched = _stretched(image)
    mean4, square4 = functional.avg_pool2d(stretched, 4), functional.avg_pool2d(stretched * stretched, 4)
    views = [stretched * 2 - 1]
    for part in REACHES:
        size = max(3, int(image.shape[-1] / 4 / part) | 1)
        mean = _blur(mean4, size)
        spread = (_blur(square4, size) - mean * mean).clamp(min=0).add(FLOOR).sqrt()
        mean, spread = (functional.interpolate(m, size=image.shape[-2:], mode="bilinear") for m in (mean, spread))
        views.append(((stretched - mean) / spread / 2).clamp(-1.5, 1.5))
    return torch.cat(views, dim=1)


def _stretched(image: Tensor) -> Tensor:
    few = image[:, :, ::4, ::4].flatten(1).float()
    order = few.sort(dim=1).values
    low, high = (order[:, int(q * order.shape[1])].view(-1, 1, 1, 1) for q in (DARK, BRIGHT))
    return ((image - low) / (high - low).clamp(min=0.05)).clamp(0, 1.1)


def _blur(image: Tensor, size: int) -> Tensor:
    once = functional.avg_pool2d(image, size, 1, size // 2, count_include_pad=False)
    return functional.avg_pool2d(once, size, 1, size // 2, count_include_pad=False)
