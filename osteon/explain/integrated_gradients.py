"""Integrated gradients (Sundararajan 2017): what each value of the input adds to an output, summing to all of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from osteon.errors import RequestError
from osteon.explain.evaluation_mode import evaluation_mode

FEWEST, MOST = 16, 64
GAIN = 0.75
"""Twice the steps must bring what is missing below this share of it, or they are not doubled again."""
BLUR_CELLS = 16
"""Along each side of a blurred picture."""
SAME = 0.01
"""Share of what a picture adds that half its contrast may take away where contrast is nothing to a network."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Attribution:
    """What each value of the inputs adds to an output, from a baseline on.

    Attributes:
        values: By input, in the input's own shape; an input of whole numbers has none.
        difference: Output less the baseline's output, (batch,).
        gap: What the values lack, or have too much, of the difference, (batch,): 0 is complete.
        steps: Gradients that were averaged.

    """

    values: Mapping[str, Tensor]
    difference: Tensor
    gap: Tensor
    steps: int

    @property
    def error(self) -> float:
        """The largest gap as a share of its difference."""
        return float((self.gap.abs() / self.difference.abs().clamp(min=1e-6)).max())

    def heat(self) -> Tensor:
        """Return where the evidence lies: channels added up, what speaks against cut; (batch, height, width), 0 to 1.

        Raises:
            RequestError: No input is a picture (batch, channels, height, width).

        """
        pictures = [v.sum(dim=1) for v in self.values.values() if v.ndim == 4]
        if not pictures:
            msg = "There is no picture (batch, channels, height, width) among the inputs to draw a map of."
            raise RequestError(msg)
        size = pictures[0].shape
        evidence = torch.stack([p for p in pictures if p.shape == size]).sum(dim=0).clamp(min=0)
        return evidence / evidence.amax(dim=(-2, -1), keepdim=True).clamp(min=torch.finfo(evidence.dtype).tiny)


def integrated_gradients(
    network: nn.Module,
    inputs: Mapping[str, Tensor],
    *,
    index: int,
    output: str = "logits",
    baseline: Mapping[str, Tensor] | None = None,
    tolerance: float = 0.02,
) -> Attribution:
    """Return what each value of `inputs` adds to output `index`.

    The gradients are taken at Gauss-Legendre points of the straight line from the baseline; their number doubles from
    16 until the attributions sum to the difference of the outputs, 64 are reached, or twice as many no longer come a
    quarter closer: `Attribution.error` tells.

    Args:
        network: Inputs by name in, `dict[str, Tensor]` out.
        inputs: Its inputs, with a batch axis.
        index: Which of the outputs, the last axis of `output`.
        output: Name of the network's output.
        baseline: Inputs that say nothing; one that it lacks stays as it is. None: `silent` of all.
        tolerance: Share of the difference that may be missing.

    """
    start = silent(inputs) if baseline is None else baseline
    found = along(network, inputs, index=index, output=output, start=start, steps=FEWEST)
    while found.error > tolerance and found.steps < MOST:
        before, found = found, along(network, inputs, index=index, output=output, start=start, steps=2 * found.steps)
        if found.error > GAIN * before.error:
            break
    return found


def along(
    network: nn.Module,
    inputs: Mapping[str, Tensor],
    *,
    index: int,
    output: str = "logits",
    start: Mapping[str, Tensor],
    steps: int,
) -> Attribution:
    """Return the attributions by so many gradients on the line from `start`; the arguments are as above."""
    start = {name: tensor.to(inputs[name]) for name, tensor in start.items()}
    with evaluation_mode(network):
        with torch.no_grad():
            ends = [network(**{**inputs, **given})[output][..., index] for given in (start, {})]
        values = _gradients(network, dict(inputs), start, index=index, output=output, steps=steps)
    difference = ends[1] - ends[0]
    gap = difference - torch.stack([v.flatten(1).sum(dim=1) for v in values.values()]).sum(dim=0)
    return Attribution(values=values, difference=difference, gap=gap, steps=steps)


def _gradients(
    network: nn.Module, inputs: dict[str, Tensor], start: Mapping[str, Tensor], *, index: int, output: str, steps: int
) -> dict[str, Tensor]:
    """Return the mean gradient on the line from `start`, times its length."""
    places, shares = np.polynomial.legendre.leggauss(steps)
    total = {name: torch.zeros_like(t) for name, t in start.items()}
    for place, share in zip((places + 1) / 2, shares / 2, strict=True):
        here = {n: (s + float(place) * (inputs[n] - s)).detach().requires_grad_() for n, s in start.items()}
        with torch.enable_grad():
            score = network(**{**inputs, **here})[output][..., index].sum()
            gradients = torch.autograd.grad(score, list(here.values()), allow_unused=True)
        for name, gradient in zip(here, gradients, strict=True):
            if gradient is not None:
                total[name] += float(share) * gradient
    return {name: total[name] * (inputs[name] - s) for name, s in start.items()}


def silent(inputs: Mapping[str, Tensor], *, held: Collection[str] = ()) -> dict[str, Tensor]:
    """Return inputs that say nothing: each channel's lowest value of a picture or a spectrum, 0 of a vector.

    Whole numbers and those that are `held` are left out.
    """
    return {name: _dark(t) for name, t in inputs.items() if t.is_floating_point() and name not in held}


def _dark(tensor: Tensor) -> Tensor:
    """Return each channel's lowest value everywhere; zeros of a vector."""
    if tensor.ndim < 3:
        return torch.zeros_like(tensor)
    return tensor.amin(dim=tuple(range(2, tensor.ndim)), keepdim=True).expand_as(tensor).clone()


def blurred(inputs: Mapping[str, Tensor], *, held: Collection[str] = ()) -> dict[str, Tensor]:
    """Return `silent` inputs, but for pictures: those are themselves, blurred until no structure is left."""
    start = silent(inputs, held=held)
    return {name: _blurred(inputs[name]) if t.ndim == 4 else t for name, t in start.items()}


def contrast_is_nothing(
    network: nn.Module, inputs: Mapping[str, Tensor], *, index: int, output: str = "logits", held: Collection[str] = ()
) -> bool:
    """Return whether `network` says the same of pictures at half their contrast: it divides by it.

    On the line from a dark picture the gradients of such a network are of nothing but its noise: what it says does not
    change there, but all at once where the picture begins to show. The arguments are as above.
    """
    dark = silent(inputs, held=held)
    half = {name: (tensor + inputs[name]) / 2 for name, tensor in dark.items() if tensor.ndim == 4}
    with evaluation_mode(network), torch.no_grad():
        none, some, whole = (network(**{**inputs, **given})[output][..., index] for given in (dark, half, {}))
    return bool(half) and bool(((some - whole).abs() <= SAME * (none - whole).abs()).all())


def _blurred(picture: Tensor) -> Tensor:
    rows, columns = (min(BLUR_CELLS, max(1, side // 8)) for side in picture.shape[-2:])
    cells = functional.adaptive_avg_pool2d(picture, (rows, columns))
    return functional.interpolate(cells, size=picture.shape[-2:], mode="bilinear", align_corners=False)
