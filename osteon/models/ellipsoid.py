"""An ellipsoid that never looks at the image: what the geometry of a crop alone gives away."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

LEAST_CM = 1.0
SHARPNESS = 4.0


class Ellipsoid(nn.Module):
    """A mask made of the size of the field alone: six numbers say how semi-axes follow from the field's sides.

    A semi-axis is a share of the side plus a length: a tumour cut with 5 cm around it has half the side less 5 cm.

    Args:
        spacing_mm: Of the cubic voxels.
        name: Of the output.

    """

    def __init__(self, *, spacing_mm: float, name: str = "tumour") -> None:
        super().__init__()
        self.name, self.spacing_cm = name, spacing_mm / 10.0
        self.share = nn.Parameter(torch.full((3,), 0.3))
        self.length_cm = nn.Parameter(torch.zeros(3))
        self.middle = nn.Parameter(torch.zeros(3))

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return the logits `{name}` (b, 1, slices, rows, columns); of `image` only the shape is read."""
        sides = torch.tensor(image.shape[2:], device=image.device) * self.spacing_cm
        semi = LEAST_CM + functional.softplus(self.share * sides + self.length_cm - LEAST_CM)
        away = torch.zeros((), device=image.device)
        for axis, side in enumerate(sides):
            place = (torch.arange(image.shape[2 + axis], device=image.device) + 0.5) * self.spacing_cm
            along = ((place - side * (0.5 + self.middle[axis])) / semi[axis]) ** 2
            away = away[..., None] + along
        return {self.name: (SHARPNESS * (1 - away)).expand(len(image), 1, *image.shape[2:])}
