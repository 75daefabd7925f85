"""Osteosarcoma outlined on CT: a residual network with three supervised side outputs (MSRN).

Paper:
    Zhang R. et al., Comput Med Imaging Graph 2018;63:1-8. A residual network joined with a fully
    convolutional one: a shallow side output sees edges and texture, a deep one semantics, their
    fusion outlines. The slices and patients of Huang L. 2017.
Data:
    Input `ct`, a volume in HU with the tumour outlined; see `ct-msfcn-huang2017`, whose variants
    FCN-8s, U-Net and HED are the comparators on the same split.
Cost:
    25,573,191 parameters, about 0.25 s a slice of 256 px on one core (`small`, on ResNet-18 at
    96 px: 11,693,383; `lite0`, at 96 px: 3,231,495).
Claimed:
    Dice 89.22 %, sensitivity 88.74 %, F1 0.9305.
Ours:
    docs/results.md: `small` and `lite0` on one split of the soft-tissue sarcomas, by patient.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from osteon.contract import Paper, System
from osteon.systems import _slices
from osteon.systems import ct_msfcn_huang2017 as msfcn
from osteon.types import Claim

if TYPE_CHECKING:
    from torch import nn

SIDE_PX = msfcn.SIDE_PX
SIDES = {1: (64,), 2: (64,), 3: (64,)}
LITE_SIDES = {2: (64,), 3: (64,), 4: (64,)}


def _residual(depth: int) -> nn.Module:
    from osteon.models.resnet import ResNet
    from osteon.models.side_supervised import SideSupervised

    return SideSupervised(ResNet(depth=depth), SIDES)


def _lite0() -> nn.Module:
    from osteon.models.efficientnet_lite import LiteEncoder
    from osteon.models.side_supervised import SideSupervised

    return SideSupervised(LiteEncoder(), LITE_SIDES, signed=True)


def _on(build: partial[nn.Module], start_from: str | None, what: str) -> System:
    part = replace(msfcn.OUTLINE, prepare=_SMALL, build=build, start_from=start_from)
    return replace(SYSTEM, summary=f"CT, slice by slice: the tumour outlined by {what}", parts=(part,), variants={})


_PREPARE = _slices.slices(msfcn.INPUT, lambda: SIDE_PX, msfcn.hounsfield)
_SMALL = _slices.slices(msfcn.INPUT, lambda: min(SIDE_PX, msfcn.SMALL_PX), msfcn.hounsfield)

SYSTEM = System(
    summary="Osteosarcoma on CT: the tumour outlined by a residual network, with its volume",
    paper=Paper(
        authors="Zhang R, Huang L, Xia W, Zhang B, Qiu B, Gao X",
        title="Multiple supervised residual network for osteosarcoma segmentation in CT images",
        year=2018,
        doi="10.1016/j.compmedimag.2018.01.006",
        evidence="C",
        sheet=7,
    ),
    tasks=msfcn.SYSTEM.tasks,
    inputs=msfcn.SYSTEM.inputs,
    parts=(replace(msfcn.OUTLINE, prepare=_PREPARE, build=partial(_residual, 50), start_from="imagenet-resnet50"),),
    decode=msfcn.SYSTEM.decode,
    variants={
        "small": lambda: _on(partial(_residual, 18), "imagenet-resnet18", "MSRN on ResNet-18"),
        "lite0": lambda: _on(partial(_lite0), "imagenet-lite0", "MSRN's sides on EfficientNet-Lite0"),
    },
    claims=(
        Claim(metric="dice", value=0.8922, data="405 slices of 8 patients, mean over slices", source="abstract"),
        Claim(metric="sensitivity", value=0.8874, data="405 slices of 8 patients, pixels", source="abstract"),
        Claim(metric="f1", value=0.9305, data="405 slices of 8 patients, pixels pooled", source="abstract"),
    ),
    errata=(
        "The review has the network trained and tested on 1,900 slices of 15 patients; these train, and 405 slices of "
        "8 other patients test (E12). It quotes none of the paper's figures.",
    ),
    reconstructed=(
        "ResNet-50; sides from its stages 2, 3 and 4 (strides 8, 16, 32): 3x3 convolution to 64 channels, batch "
        "normalisation, one logit, bilinear growth; a learned 1x1 convolution fuses the three.",
        "Window, size, loss, optimiser and augmentation are those of `ct-msfcn-huang2017`.",
        "`lite0`: the sides on EfficientNet-Lite0, from packaged ImageNet weights, where ResNet's cannot be had.",
    ),
)
