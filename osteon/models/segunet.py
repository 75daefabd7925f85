"""Seg-UNet: SegNet's unpooling at the stored places of the maxima, joined with U-Net's concatenation.

Do N.-T. et al. 2021 name the parts (VGG-16-like encoder, two decoders' ideas, three heads, distance features); the
layers are ours. `SegUnet` is the sheet's network at any width; `LiteSegUnet` puts the same decoder on
EfficientNet-Lite0 and reads the lesion first: the film's class is asked of the pixels that the tumour map points at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from osteon.models.efficientnet_lite import STRIDE_CHANNELS, LiteEncoder, evidence
from osteon.models.local_contrast import local_contrast

VGG16 = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
DISTANCES = 3
"""Auxiliary targets: how near the tumour is, at three ranges."""


def conv(inside: int, outside: int, *, size: int) -> nn.Sequential:
    """Return convolution, batch normalisation and ReLU that keep height and width."""
    return nn.Sequential(
        nn.Conv2d(inside, outside, size, padding=size // 2, bias=False), nn.BatchNorm2d(outside), nn.ReLU()
    )


class UnpoolConcat(nn.Module):
    """One step up: the deep map goes back to where the maxima were, beside the map of the encoder.

    Args:
        deep, skip, out: Channels of the deep map, of the encoder's map and of the result; the deep map is brought to
            `skip` channels first, because an index belongs to one channel.

    """

    def __init__(self, deep: int, skip: int, out: int) -> None:
        super().__init__()
        self.reduce = conv(deep, skip, size=1)
        self.join = conv(2 * skip, out, size=3)

    def forward(self, deep: Tensor, skip: Tensor, indices: Tensor) -> Tensor:
        """Return (b, out, 2h, 2w) of deep (b, deep, h, w), skip (b, skip, 2h, 2w) and its pooling's indices."""
        up = functional.max_unpool2d(self.reduce(deep), indices, [2, 2], output_size=list(skip.shape[-2:]))
        return self.join(torch.cat([up, skip], dim=1))


class SegUnet(nn.Module):
    """The sheet's network: VGG-16-like encoder, three heads and distance channels.

    Args:
        width: Share of VGG-16's channels; 1.0 has 28.8 M parameters, 0.25 has 1.8 M.
        classes: Of the film.

    """

    def __init__(self, *, width: float = 1.0, classes: int = 3) -> None:
        super().__init__()
        plan = [[max(4, int(c * width)) for c in stage] for stage in VGG16]
        before = [1] + [stage[-1] for stage in plan[:-1]]
        self.stages = nn.ModuleList(_stage(i, stage) for i, stage in zip(before, plan, strict=True))
        widths = [stage[-1] for stage in plan]
        self.bridge = conv(widths[-1], widths[-1], size=3)
        deeper = [*widths[1:], widths[-1]]
        self.ups = nn.ModuleList(UnpoolConcat(d, s, s) for d, s in zip(deeper, widths, strict=True))
        self.classifier = nn.Linear(widths[-1], classes)
        self.maps = nn.Conv2d(widths[0], 2 + DISTANCES, 1)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return class `logits`, `features`, `cam`; `tumour`, `risk`, `distance` on the pixels of `image` (b, 1, h, w).

        Height and width must be multiples of 32. Every map is a logit.
        """
        x = image * 2 - 1
        skips = []
        for stage in self.stages:
            skip = stage(x)
            x, indices = functional.max_pool2d(skip, 2, return_indices=True)
            skips.append((skip, indices))
        deep = self.bridge(x)
        features = deep.mean(dim=(2, 3))
        out = {"logits": self.classifier(features), "features": features, "cam": evidence(deep, self.classifier)}
        for up, (skip, indices) in zip(reversed(self.ups), reversed(skips), strict=True):
            deep = up(deep, skip, indices)
        return out | _named(self.maps(deep).float())


def _stage(inside: int, channels: list[int]) -> nn.Sequential:
    return nn.Sequential(*(conv(a, b, size=3) for a, b in zip([inside, *channels[:-1]], channels, strict=True)))


def _pool(maps: Tensor, weights: Tensor) -> Tensor:
    return (maps.flatten(2) * weights.unsqueeze(1)).sum(dim=2)


def _named(maps: Tensor) -> dict[str, Tensor]:
    return {"tumour": maps[:, :1], "risk": maps[:, 1:2], "distance": maps[:, 2:]}


class LiteSegUnet(nn.Module):
    """EfficientNet-Lite0 with the Seg-UNet decoder, which looks for the lesion first and then judges it.

    Lite0 pools by strides, so it stores no indices: each of its maps is projected and max-pooled for them. The film's
    class is P(tumour) and P(malignant | tumour); both are read where the tumour map is highest, and P(tumour) also
    from the map's own maximum. What lies elsewhere on the film (letters, edges, the machine's grey) has no say.

    Args:
        frozen: Stages of the encoder that keep their ImageNet weights.
        thorough: Whether evaluation averages the film at three sizes, each with its mirror image, at six times the
            time.

    """

    REGION = 160
    SHARPNESS = 1.5
    SIZES = (1.0, 1.25, 0.625)
    """Of a film that is read thoroughly. The last shows large lesions whole, and has no say in what they look like."""

    def __init__(self, *, frozen: int = 3, thorough: bool = True) -> None:
        super().__init__()
        self.thorough = thorough
        self.encoder = LiteEncoder(frozen=frozen)
        s2, s4, s8, s16, s32 = STRIDE_CHANNELS
        self.bridge = conv(s32, 128, size=1)
        widths = (24, 40, 64, 96)
        self.laterals = nn.ModuleList(conv(c, w, size=1) for c, w in zip((s2, s4, s8, s16), widths, strict=True))
        deeper = (*widths[1:], 128)
        self.ups = nn.ModuleList(UnpoolConcat(d, w, w) for d, w in zip(deeper, widths, strict=True))
        self.maps = nn.Conv2d(widths[0], 2 + DISTANCES, 1)
        if self.maps.bias is not None:
            nn.init.constant_(self.maps.bias, -2.0)
        self.region = conv(s16 + s32 + widths[2], self.REGION, size=1)
        self.dropout = nn.Dropout2d(0.3)
        self.verdict = nn.Conv2d(self.REGION, 2, 1)
        self.evidence = nn.Parameter(torch.tensor([1.0, 0.0]))

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return maps and film answers for `image` (b, 1, h, w), values 0 to 1, sides multiples of 32.

        `tumour`, `risk`, `distance`: logits on the image's pixels. `places` (b, 2, h/16, w/16): logits of tumour and of
        malignant, place by place. `film` (b, 3): logits of tumour by the map, of tumour by the lesion's look, of
        malignant if tumour. `logits` (b, 3): logarithms of P(normal), P(benign), P(malignant).
        """
        out = self._thorough(image) if self.thorough and not self.training else self._read(image)
        return out | {"logits": class_logits(out["film"][:, :2].mean(dim=1, keepdim=True), out["film"][:, 2:])}

    def _thorough(self, image: Tensor) -> dict[str, Tensor]:
        """Return what is read of the film at all `SIZES`, each with its mirror image, averaged."""
        sides = [[round(share * n / 32) * 32 for n in image.shape[-2:]] for share in self.SIZES]
        read = [self._both_ways(_resized(image, size)) for size in sides]
        alike = {k: [_resized(r[k], v.shape[-2:]) if v.ndim == 4 else r[k] for r in read] for k, v in read[0].items()}
        mean = {k: torch.stack(parts).mean(dim=0) for k, parts in alike.items()}
        look = {k: torch.stack(alike[k][:-1]).mean(dim=0) for k in ("film", "features", "places")}
        return mean | look | {"film": torch.cat([mean["film"][:, :2], look["film"][:, 2:]], dim=1)}

    def _both_ways(self, image: Tensor) -> dict[str, Tensor]:
        """Return what is read of the film and of its mirror image, averaged; together they are cheaper."""
        out = self._read(torch.cat([image, image.flip(-1)]))
        pairs = {k: v.chunk(2) for k, v in out.items()}
        return {k: (one + (other.flip(-1) if one.ndim == 4 else other)) / 2 for k, (one, other) in pairs.items()}

    def _read(self, image: Tensor) -> dict[str, Tensor]:
        skips = self.encoder.pyramid(local_contrast(image))
        deep = self.bridge(skips[-1])
        steps = {}
        for index in (3, 2, 1, 0):
            lateral = self.laterals[index](skips[index])
            _, where = functional.max_pool2d(lateral, 2, return_indices=True)
            deep = steps[index] = self.ups[index](deep, lateral, where)
        half = self.maps(deep).float()
        wide = functional.interpolate(skips[4], scale_factor=2.0)
        region = self.region(torch.cat([skips[3], wide, functional.avg_pool2d(steps[2], 2)], dim=1)).float()
        places = self.verdict(self.dropout(region)).float()
        look = torch.softmax(functional.max_pool2d(half[:, :1].detach(), 8).flatten(1) * self.SHARPNESS, dim=1)
        peak = torch.logsumexp(functional.avg_pool2d(half[:, :1], 2).flatten(1) * 2, dim=1, keepdim=True) / 2
        by_map = self.evidence[0] * peak + self.evidence[1]
        film = torch.cat([by_map, _pool(places, look)], dim=1)
        features = _pool(region, look)
        full = functional.interpolate(half, size=image.shape[-2:], mode="bilinear", align_corners=False)
        return _named(full) | {"places": places, "film": film, "features": features}

    def load_pretrained(self, state: Mapping[str, Tensor]) -> None:
        """Take the ImageNet weights of the package for the encoder."""
        self.encoder.load_pretrained(state)


def class_logits(tumour: Tensor, malignant: Tensor) -> Tensor:
    """Return the logarithms (b, 3) of P(normal), P(benign), P(malignant) of the logits (b, 1) of both questions."""
    some = functional.logsigmoid(tumour)
    parts = [functional.logsigmoid(-tumour), some + functional.logsigmoid(-malignant)]
    return torch.cat([*parts, some + functional.logsigmoid(malignant)], dim=1)


def _resized(image: Tensor, size: Sequence[int]) -> Tensor:
    smaller = size[0] < image.shape[-2]
    return functional.interpolate(image, size=tuple(size), mode="bilinear", align_corners=False, antialias=smaller)
