"""The tumour outlined on FDG-PET in the volume, with CT and T1 where there are any; and the controls it must beat.

An ellipsoid that never looks at the image tells what the geometry of a crop gives away, and all above SUV 1 what
needs no learning. Both are parts like any other, so that they are judged on the same folds by the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from osteon.contract import Input, Part, Segment, Sgd, System
from osteon.systems import _volumes
from osteon.systems._slices import VOLUME
from osteon.types import Sample

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

WINDOW = (32, 30, 30)
FINE_MM = 4.0
FINE_WINDOW = (40, 38, 38)
TUMOUR = Segment(name="tumour", unit="patient", input="pet")
INPUTS = {
    "pet": Input(name="pet", kind="pet"),
    "ct": Input(name="ct", kind="ct", required=False),
    "t1": Input(name="t1", kind="mri", required=False),
}


def uptake(array: np.ndarray) -> np.ndarray:
    """Return SUV on a logarithmic scale: 0 at 0, 1 at 6.4."""
    import numpy as np

    return (np.log1p(array.clip(0)) / 2).astype(np.float32)


def soft_tissue(array: np.ndarray) -> np.ndarray:
    """Return HU with -150 to 250 at 0 to 1."""
    from osteon.transforms.intensity import windowed

    return windowed(array, low=-150.0, high=250.0)


def brightest_is_one(array: np.ndarray) -> np.ndarray:
    """Return T1 with its darkest and brightest per cent at 0 and 1."""
    from osteon.transforms.intensity import robust_unit

    return robust_unit(array)


def augment(sample: Sample, rng: np.random.Generator) -> Sample:
    """Return a window of the volumes turned, mirrored, zoomed and stretched."""
    from osteon.transforms.chain import chain
    from osteon.transforms.warp_volume import WarpVolume

    return chain(WarpVolume(size=WINDOW))(sample, rng)


def augment_more(sample: Sample, rng: np.random.Generator) -> Sample:
    """Return a window of the finer volumes, seen so too, with values of another scanner, at times without CT or T1."""
    from osteon.transforms.chain import chain
    from osteon.transforms.tone_volume import ToneVolume
    from osteon.transforms.warp_volume import WarpVolume

    return chain(WarpVolume(size=FINE_WINDOW), ToneVolume(channels=len(INPUTS)))(sample, rng)


def _unet() -> nn.Module:
    from osteon.models.mirrored import Mirrored
    from osteon.models.unet import UNet

    return Mirrored(UNet(dimensions=3, inside=len(INPUTS), widths=(16, 32, 64, 128)), axes=(-1, -2, -3))


def _threshold() -> nn.Module:
    from osteon.models.threshold import Threshold

    return Threshold(1.0)


def _part(channels: Mapping[str, _volumes.Scale], build: Callable[[], nn.Module], fit: Sgd) -> Part:
    prepare = _volumes.volumes(channels, spacing_mm=_volumes.CUBE_MM)
    return Part(name="outline", takes=tuple(channels), prepare=prepare, build=build, fit=fit, loss=_volumes.loss)


CHANNELS: Mapping[str, _volumes.Scale] = {"pet": uptake, "ct": soft_tissue, "t1": brightest_is_one}
UNET = replace(
    _part(
        CHANNELS,
        _unet,
        Sgd(
            epochs=45, batch_size=1, optimiser="adamw", lr=2e-3, weight_decay=1e-4, warmup=0.05, clip_norm=5.0,
            ema=0.995, precision="bf16-mixed",
        ),
    ),
    augment=augment,
)  # fmt: skip
FINE = replace(
    UNET,
    prepare=_volumes.volumes(CHANNELS, spacing_mm=FINE_MM),
    fit=replace(UNET.fit, epochs=60),
    augment=augment_more,
)
ELLIPSOID = _volumes.ellipsoid("pet")
SUV_1 = _part({"pet": _volumes.unscaled}, _threshold, Sgd(epochs=1, batch_size=1, optimiser="sgd", lr=0.0))


def variants(system: Callable[[], System]) -> dict[str, Callable[[], System]]:
    """Return the variants of `system` that outline on PET, by tag: the network, then the two controls."""

    def of(part: Part, what: str, *, spacing_mm: float = _volumes.CUBE_MM) -> System:
        return replace(
            system(),
            summary=f"FDG-PET, in the volume: the tumour outlined by {what}",
            tasks=(TUMOUR, VOLUME),
            inputs=tuple(INPUTS[name] for name in part.takes),
            parts=(part,),
            decode=partial(_volumes.decode, TUMOUR, spacing_mm=spacing_mm),
            variants={},
        )

    return {
        "unet3d-pet": lambda: of(UNET, "a 3-D U-Net, with CT and T1 where there are any"),
        "unet3d-pet-fine": lambda: of(
            FINE, "a 3-D U-Net on finer cubes, trained for longer on values that vary more", spacing_mm=FINE_MM
        ),
        "ellipsoid-pet": lambda: of(ELLIPSOID, "an ellipsoid that never looks at the image (a control)"),
        "suv1-pet": lambda: of(SUV_1, "all above SUV 1 (a control)"),
    }
