"""Grad-CAM (Selvaraju 2017): where in an image the evidence for a class lies, for any convolutional network."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from osteon.errors import RequestError
from osteon.explain.evaluation_mode import evaluation_mode


def grad_cam(
    network: nn.Module, inputs: Mapping[str, Tensor], *, index: int, output: str = "logits", layer: str | None = None
) -> Tensor:
    """Return where the evidence for output `index` lies: (batch, height, width) of the image, 0 to 1.

    Each map of `layer` counts by the mean of its gradient; negative sums are cut, and every map is
    divided by its largest value (a map without evidence stays 0). The network's own mode and
    gradients are left as they were.

    Args:
        network: Inputs by name in, `dict[str, Tensor]` out.
        inputs: Its inputs; the map has the last two axes of the first one that has four.
        index: Which of the outputs to explain, the last axis of `output`.
        output: Name of the network's output.
        layer: Name of the module whose maps are used, as in `named_modules`; None: the one that the network calls
            its `maps_layer`, else the last convolution that was run.

    Raises:
        RequestError: There is no such layer, none that yields maps, or it runs on several pictures of a sample.

    """
    module = _layer(network, inputs, layer)
    kept: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: tuple[Tensor, ...], maps: Tensor) -> Tensor:
        # A network whose every weight is frozen needs a gradient to start somewhere: here.
        kept.append(maps if maps.requires_grad else maps.detach().requires_grad_())
        # A layer after it may work in place; hand it a copy.
        return kept[-1].clone()

    handle = module.register_forward_hook(keep)
    try:
        with evaluation_mode(network), torch.enable_grad():
            score = network(**inputs)[output][..., index].sum()
            (gradient,) = torch.autograd.grad(score, kept[0])
    finally:
        handle.remove()
    if len(kept) > 1 or len(kept[0]) != len(next(iter(inputs.values()))):
        msg = "The layer runs on several pictures of a sample, so its maps are not of one; name another layer."
        raise RequestError(msg)
    weights = gradient.mean(dim=(-2, -1), keepdim=True)
    evidence = (weights * kept[0].detach()).sum(dim=1, keepdim=True).clamp(min=0)
    evidence = functional.interpolate(evidence, size=_size(inputs), mode="bilinear", align_corners=False)[:, 0]
    return evidence / evidence.amax(dim=(-2, -1), keepdim=True).clamp(min=torch.finfo(evidence.dtype).tiny)


def _size(inputs: Mapping[str, Tensor]) -> tuple[int, int]:
    for tensor in inputs.values():
        if tensor.ndim == 4:
            return int(tensor.shape[-2]), int(tensor.shape[-1])
    msg = "Grad-CAM needs an image (batch, channels, height, width) among the inputs; this sample has none."
    raise RequestError(msg)


def _layer(network: nn.Module, inputs: Mapping[str, Tensor], name: str | None) -> nn.Module:
    """Return the module called `name`, or the last convolution that a pass through the network runs."""
    modules = dict(network.named_modules())
    name = name or getattr(network, "maps_layer", None)
    if name is not None:
        if name not in modules:
            msg = f"The network has no layer {name!r}; its modules are listed by named_modules()."
            raise RequestError(msg)
        return modules[name]
    ran: list[nn.Module] = []
    hooks = [
        m.register_forward_hook(lambda module, *_: ran.append(module))
        for m in modules.values()
        if isinstance(m, nn.Conv2d)
    ]
    try:
        with evaluation_mode(network), torch.no_grad():
            network(**inputs)
    finally:
        for hook in hooks:
            hook.remove()
    if not ran:
        msg = "The network runs no two-dimensional convolution, so it has no maps to explain; choose another method."
        raise RequestError(msg)
    return ran[-1]
