"""Two small generative networks for crops of films: a DCGAN (Radford 2016) and a WGAN-GP (Gulrajani 2017).

Generator and critic are one module and learn in one step: the generator's loss is taken through a critic whose weights
stand still, so that one backward pass gives each its own gradient.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

Kind = Literal["dcgan", "wgan-gp"]
NOISE = 64
PENALTY = 10.0
FIRST_PX = 4


class Gan(nn.Module):
    """Generator and critic of grey pictures from 0 to 1.

    Args:
        kind: "dcgan" or "wgan-gp".
        side_px: Of the pictures, a power of two from 16 on.
        width: Channels at the finest map; the coarser ones have up to eight times as many.

    """

    def __init__(self, kind: Kind = "wgan-gp", *, side_px: int = 64, width: int = 32) -> None:
        super().__init__()
        self.kind = kind
        steps = (side_px // FIRST_PX).bit_length() - 1
        widths = [width * min(8, 2**i) for i in range(steps)]
        self.generator = _generator(widths[::-1])
        self.critic = _critic(widths, normalised=kind == "dcgan")

    def forward(self, image: Tensor, noise: Tensor | None = None, *, draws: bool = True) -> dict[str, Tensor]:
        """Return `critic` (b, 1), what the critic says of `image` (b, 1, h, w); with `noise` the `loss` of a step.

        Args:
            image: Taken pictures.
            noise: (b, NOISE), for the pictures that the generator draws.
            draws: Whether the generator learns in this step, or the critic alone.

        """
        if noise is None:
            return {"critic": self.critic(image * 2 - 1)}
        drawn, taken = self.generator(noise), image * 2 - 1
        loss = self._critic_loss(taken, drawn.detach())
        return {"loss": loss + self._generator_loss(drawn) if draws else loss}

    def draw(self, count: int, *, generator: torch.Generator) -> Tensor:
        """Return `count` pictures (count, 1, h, w), 0 to 1, of noise from `generator`."""
        noise = torch.randn(count, NOISE, generator=generator)
        with torch.no_grad():
            return (self.generator(noise) + 1) / 2

    def _critic_loss(self, taken: Tensor, drawn: Tensor) -> Tensor:
        yes, no = self.critic(taken), self.critic(drawn)
        if self.kind == "dcgan":
            return functional.softplus(-yes).mean() + functional.softplus(no).mean()
        share = torch.rand(len(taken), 1, 1, 1, device=taken.device)
        between = (share * taken + (1 - share) * drawn).requires_grad_()
        (slope,) = torch.autograd.grad(self.critic(between).sum(), between, create_graph=True)
        return no.mean() - yes.mean() + PENALTY * (slope.flatten(1).norm(dim=1) - 1).square().mean()

    def _generator_loss(self, drawn: Tensor) -> Tensor:
        still = {name: value.detach() for name, value in self.critic.named_parameters()}
        said = functional_call(self.critic, still, (drawn,))
        return functional.softplus(-said).mean() if self.kind == "dcgan" else -said.mean()


def _generator(widths: list[int]) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Linear(NOISE, widths[0] * FIRST_PX**2),
        nn.Unflatten(1, (widths[0], FIRST_PX, FIRST_PX)),
        nn.BatchNorm2d(widths[0]),
        nn.ReLU(),
    ]
    for before, after in pairwise(widths):
        layers += [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(widths[-1], 1, 4, 2, 1), nn.Tanh())


def _critic(widths: list[int], *, normalised: bool) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(1, widths[0], 4, 2, 1), nn.LeakyReLU(0.2)]
    for before, after in pairwise(widths):
        norm = [nn.BatchNorm2d(after)] if normalised else []
        layers += [nn.Conv2d(before, after, 4, 2, 1), *norm, nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * FIRST_PX**2, 1))
