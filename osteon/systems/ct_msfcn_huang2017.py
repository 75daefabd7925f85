"""Osteosarcoma outlined on CT: a fully convolutional network with supervised side outputs on VGG-16 (MSFCN).

Paper:
    Huang L. et al., Comput Methods Programs Biomed 2017;143:67-74. VGG-16's contracting path, three
    supervised side outputs, an upward path that keeps many channels, the sides fused into the
    outline. 1,900 slices of 15 patients to train, 405 slices of 8 others to test.
Data:
    Input `ct`, a volume in HU with the tumour outlined. Not public; the sarcomas of TCIA
    Soft-tissue-Sarcoma stand in (soft tissue, not bone).
Cost:
    17,223,879 parameters, about 0.7 s a slice of 256 px on one core (`small`, at 96 px: 1,078,071).
    Comparators on the same split: variants `fcn8s`, `unet` and `hed`, each with a `-small`.
Claimed:
    Dice 87.80 %, sensitivity 86.88 %, Hammoude distance 19.81 %, F1 0.908.
Ours:
    docs/results.md: the small networks on one split of the soft-tissue sarcomas, by patient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from osteon.contract import Input, Paper, Part, Segment, Sgd, System
from osteon.systems import _pet_outline, _slices
from osteon.types import Claim, Outputs, Prediction, Study

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

SIDE_PX = 256
SMALL_PX = 96
INPUT = "ct"
WINDOW_HU = (-150.0, 850.0)
TUMOUR = Segment(name="tumour", unit="patient", input=INPUT)
SIDES = {2: (64, 64, 64), 3: (128, 128, 64, 64), 4: (256, 256, 128, 64, 64)}
HED_SIDES: Mapping[int, Sequence[int]] = dict.fromkeys(range(5), ())


def hounsfield(array: np.ndarray) -> np.ndarray:
    """Return HU with the window of bone and soft tissue at 0 to 1."""
    from osteon.transforms.intensity import windowed

    return windowed(array, low=WINDOW_HU[0], high=WINDOW_HU[1])


def _sided(sides: Mapping[int, Sequence[int]], *, width: float) -> nn.Module:
    from osteon.models.side_supervised import SideSupervised
    from osteon.models.vgg16 import Vgg16

    narrow = {level: tuple(max(4, int(c * width)) for c in channels) for level, channels in sides.items()}
    return SideSupervised(Vgg16(width=width), narrow)


def _fcn8s(*, width: float) -> nn.Module:
    from osteon.models.fcn8s import Fcn8s

    return Fcn8s(width=width, hidden=int(1024 * width))


def _unet(*, width: float) -> nn.Module:
    from osteon.models.unet import UNet

    return UNet(widths=[int(c * width) for c in (64, 128, 256, 512, 1024)])


def _decode(outputs: Outputs, study: Study) -> list[Prediction]:
    return _slices.assembled(outputs["outline"], study, TUMOUR)


OUTLINE = Part(
    name="outline",
    takes=(INPUT,),
    prepare=_slices.slices(INPUT, lambda: SIDE_PX, hounsfield),
    build=partial(_sided, SIDES, width=1.0),
    fit=Sgd(epochs=30, batch_size=8, optimiser="adamw", lr=3e-4, weight_decay=1e-4, warmup=0.05, clip_norm=5.0),
    loss=_slices.loss,
    augment=_slices.augment,
    start_from="imagenet-vgg16",
)
"""What is fitted; the residual network of the same laboratory changes only what is built."""

SMALL = replace(OUTLINE, prepare=_slices.slices(INPUT, lambda: min(SIDE_PX, SMALL_PX), hounsfield), start_from=None)
"""The same on slices of 96 px, for crops of no more pixels than that."""


def variant(build: Callable[[], nn.Module], what: str, *, part: Part = SMALL) -> Callable[[], System]:
    """Return a function that makes this system with another network in `part`."""

    def make() -> System:
        built = replace(part, build=build)
        return replace(
            SYSTEM, summary=f"CT, slice by slice: the tumour outlined by {what}", parts=(built,), variants={}
        )

    return make


SYSTEM = System(
    summary="Osteosarcoma on CT: the tumour outlined, with its volume",
    paper=Paper(
        authors="Huang L, Xia W, Zhang B, Qiu B, Gao X",
        title="MSFCN-multiple supervised fully convolutional networks for the osteosarcoma segmentation of CT images",
        year=2017,
        doi="10.1016/j.cmpb.2017.02.013",
        evidence="C",
        sheet=6,
    ),
    tasks=(TUMOUR, _slices.VOLUME),
    inputs=(Input(name=INPUT, kind="ct"),),
    parts=(OUTLINE,),
    decode=_decode,
    variants={
        "fcn8s": variant(partial(_fcn8s, width=1.0), "FCN-8s", part=OUTLINE),
        "unet": variant(partial(_unet, width=1.0), "U-Net", part=replace(OUTLINE, start_from=None)),
        "hed": variant(partial(_sided, HED_SIDES, width=1.0), "HED", part=OUTLINE),
        "small": variant(partial(_sided, SIDES, width=0.25), "MSFCN at a quarter of the width"),
        "fcn8s-small": variant(partial(_fcn8s, width=0.25), "FCN-8s at a quarter of the width"),
        "unet-small": variant(partial(_unet, width=0.25), "U-Net at a quarter of the width"),
        "hed-small": variant(partial(_sided, HED_SIDES, width=0.25), "HED at a quarter of the width"),
        **_pet_outline.variants(lambda: SYSTEM),
    },
    claims=(
        Claim(metric="dice", value=0.8780, data="405 slices of 8 patients, mean over slices", source="abstract"),
        Claim(metric="sensitivity", value=0.8688, data="405 slices of 8 patients, pixels", source="abstract"),
        Claim(metric="hammoude", value=0.1981, data="405 slices of 8 patients, mean over slices", source="abstract"),
        Claim(metric="f1", value=0.908, data="405 slices of 8 patients, pixels pooled", source="abstract"),
    ),
    errata=(
        "The review calls the network MSFCN, MFSCN and MFCN-; it is MSFCN (E9).",
        "The review leaves HM undefined: the Hammoude distance, 1 - IoU, lower is better (E10).",
        "Dice 87.80 % and F1 0.908 are one formula averaged in two ways: over slices, and over pooled pixels (E11).",
    ),
    reconstructed=(
        "Slices of the window -150 to 850 HU at 256 px; the paper's size is unknown (512 from memory).",
        "Sides after conv3_3, conv4_3 and conv5_3: 3x3 convolution to 64, 128 and 256 channels, doubled by transposed "
        "convolutions that keep at least 64, then one logit; a learned 1x1 convolution fuses the three.",
        "Loss: class-balanced cross-entropy of the fused outline plus that of each side; AdamW, cosine.",
        "Training slices: those with tumour and three beyond either end. Turns, mirrors, zoom, stretch.",
        "FCN-8s' fully connected layers are 1,024 wide, not 4,096.",
        "`...-pet`: not the paper's: the outline on FDG-PET in the volume, for cohorts with PET, and its controls.",
    ),
)
