"""Which Raman shifts an answer hangs on: gradient times input, smoothed over noise (Smilkov 2017)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from osteon.explain.evaluation_mode import evaluation_mode


def spectral_saliency(
    network: nn.Module, spectrum: Tensor, *, index: int, draws: int = 16, noise: float = 0.05, seed: int = 0
) -> Tensor:
    """Return how much each point of `spectrum` (batch, 1, points) bears on logit `index`: (batch, points), 0 to 1.

    The mean over `draws` noisy copies (`noise` in units of the spectrum's standard deviation) of
    |gradient x input|, smoothed over 9 points and divided by its largest value.
    """
    rng = torch.Generator(device="cpu").manual_seed(seed)
    spread = noise * spectrum.std(dim=-1, keepdim=True)
    total = torch.zeros_like(spectrum)
    with evaluation_mode(network), torch.enable_grad():
        for _ in range(draws):
            shake = torch.randn(spectrum.shape, generator=rng).to(spectrum)
            copy = (spectrum + spread * shake).detach().requires_grad_()
            score = network(spectrum=copy)["logits"][..., index].sum()
            (gradient,) = torch.autograd.grad(score, copy)
            total += (gradient * spectrum).abs()
    smooth = functional.avg_pool1d(total / draws, 9, stride=1, padding=4, count_include_pad=False)[:, 0]
    return smooth / smooth.amax(dim=-1, keepdim=True).clamp(min=torch.finfo(smooth.dtype).tiny)
