"""The local stream of the Seg-UNet system: a small network that looks at windows about suspicious places.

The film's network says where; this one is trained on windows about lesions and about places that only look like one,
of all sizes, and gives the outline there and its own opinion. Do N.-T. et al. 2021 name the two streams; the layers and
the way they are joined are ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from osteon.errors import WeightsError
from osteon.models.efficientnet_lite import STRIDE_CHANNELS, LiteEncoder
from osteon.models.local_contrast import local_contrast
from osteon.models.segunet import UnpoolConcat, class_logits, conv

WIDTHS = (24, 40, 64, 96)
BEYOND = -10.0
"""The logit of a pixel that no window reached."""


class CloserLook(nn.Module):
    """EfficientNet-Lite0 to stride 16 with the Seg-UNet decoder, on windows of `SIDE` pixels.

    Evaluated, it looks at `places` of the film, each with its mirror image, and joins what it sees with what the film's
    network said: the first place gives the opinion on malignancy, the others the outlines and, by the highest pixel of
    these, a say in whether there is a tumour. The constants below were set on centre 1 of BTXRD.

    Args:
        frozen: Stages of the encoder that keep their ImageNet weights.

    """

    SIDE = 128
    REGION = 160
    SHARPNESS = 1.5
    OF_WINDOW = 0.6
    """Share of this network's logits in the outline; the rest is the film's network's."""
    SAY = 0.3
    MIDDLE = 5.0
    """How a window's highest logit moves the film's: by `SAY` of what it is above `MIDDLE`."""
    DEPTH = 2.0
    """An outline reaches down to 0, or where its highest logit is lower than this, so far below that."""
    SECOND = 3.0
    """A further place is outlined too when its logits, the film's and the vote here, come so near to the best."""

    def __init__(self, *, frozen: int = 3) -> None:
        super().__init__()
        self.encoder = LiteEncoder(frozen=frozen, drop_path=0.05, stages=5)
        channels = STRIDE_CHANNELS[:4]
        self.laterals = nn.ModuleList(conv(c, w, size=1) for c, w in zip(channels, WIDTHS, strict=True))
        self.ups = nn.ModuleList(UnpoolConcat(d, w, w) for d, w in zip(WIDTHS[1:], WIDTHS[:3], strict=True))
        self.outline = nn.Conv2d(WIDTHS[0], 1, 1)
        self.region = conv(channels[3] + WIDTHS[2], self.REGION, size=1)
        self.dropout = nn.Dropout(0.3)
        self.verdict = nn.Linear(2 * self.REGION, 2)
        self.operating_point: Tensor
        self.register_buffer("operating_point", torch.zeros(1))

    def forward(self, image: Tensor, suspicion: Tensor, film: Tensor, places: Tensor) -> dict[str, Tensor]:
        """Return what is seen in windows `image` (b, 1, h, w) in training, or on films, joined, in evaluation.

        Args:
            image: Values 0 to 1; in training windows with sides of multiples of 16, else whole films.
            suspicion: (b, 1, h, w), the film network's tumour logits; not used in training, like all that follows.
            film: (b, 3), its logits of the film: of tumour, twice, and of malignant if tumour.
            places: (b, n, 4): row, column, width and logit of the windows, in the film's pixels.

        Returns:
            `tumour` (b, 1, h, w): logits; evaluated, above 0 where a tumour is outlined. `votes` (b, 2): logits of
            tumour and of malignant if tumour; evaluated, those of both networks joined. Evaluated also `logits` (b, 3),
            logarithms of P(normal), P(benign), P(malignant), and `marked` (b, 1), above 0 where the film counts as one
            with a tumour.

        """
        if self.training:
            return self._read(image)
        return self._joined(image, suspicion, film, places)

    def _read(self, window: Tensor) -> dict[str, Tensor]:
        skips = self.encoder.pyramid(local_contrast(window))
        deep, steps = self.laterals[3](skips[3]), {}
        for index in (2, 1, 0):
            lateral = self.laterals[index](skips[index])
            _, where = functional.max_pool2d(lateral, 2, return_indices=True)
            deep = steps[index] = self.ups[index](deep, lateral, where)
        half = self.outline(deep).float()
        region = self.region(torch.cat([skips[3], functional.avg_pool2d(steps[2], 2)], dim=1)).float()
        look = torch.softmax(functional.max_pool2d(half.detach(), 8).flatten(1) * self.SHARPNESS, dim=1)
        seen = (region.flatten(2) * look.unsqueeze(1)).sum(dim=2)
        features = torch.cat([seen, region.mean(dim=(2, 3))], dim=1)
        full = functional.interpolate(half, size=window.shape[-2:], mode="bilinear", align_corners=False)
        return {"tumour": full, "votes": self.verdict(self.dropout(features)).float()}

    def _looks(self, image: Tensor, places: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return votes (b, n, 2), highest logits (b, n) and maps (b, n, h, w) of the windows, -inf beyond them."""
        films, count = places.shape[:2]
        there, back = _windows(places.flatten(0, 1), shape=image.shape[-2:])
        repeated = image.repeat_interleave(count, dim=0)
        window = _seen(repeated, there, side=self.SIDE).contiguous(memory_format=torch.channels_last)
        one, other = self._read(window), self._read(window.flip(-1))
        tumour = (one["tumour"] + other["tumour"].flip(-1)) / 2
        votes = (one["votes"] + other["votes"]) / 2
        inside = _seen(torch.ones_like(tumour), back, side=image.shape[-1]) > 0.5
        on_film = _seen(tumour, back, side=image.shape[-1], beyond="border")
        maps = torch.where(inside, on_film, -torch.inf).reshape(films, count, *image.shape[-2:])
        return votes.reshape(films, count, 2), tumour.amax(dim=(1, 2, 3)).reshape(films, count), maps

    def _joined(self, image: Tensor, suspicion: Tensor, film: Tensor, places: Tensor) -> dict[str, Tensor]:
        votes, highest, maps = self._looks(image, places)
        tumour = film[:, :2].mean(dim=1, keepdim=True)
        tumour = tumour + self.SAY * (highest[:, 1:].amax(dim=1, keepdim=True) - self.MIDDLE)
        malignant = (film[:, 2:] + votes[:, 0, 1:]) / 2
        maps = self.OF_WINDOW * maps[:, 1:] + (1 - self.OF_WINDOW) * suspicion
        level = (maps.amax(dim=(2, 3), keepdim=True) - self.DEPTH).clamp(max=0)
        sure = places[:, 1:, 3] + votes[:, 1:, 0]
        near = sure >= sure.amax(dim=1, keepdim=True) - self.SECOND
        outline = torch.where(near[:, :, None, None], maps - level, -torch.inf).amax(dim=1, keepdim=True)
        return {
            "tumour": outline.clamp(min=BEYOND),
            "votes": torch.cat([tumour, malignant], dim=1),
            "logits": class_logits(tumour, malignant),
            "marked": tumour - self.operating_point,
        }

    def load_pretrained(self, state: Mapping[str, Tensor]) -> None:
        """Take encoder and decoder from a film's `LiteSegUnet`, or the encoder from the package's ImageNet weights.

        Raises:
            WeightsError: Nothing in `state` fits.

        """
        own = self.state_dict()
        if "maps.weight" not in state:
            self.encoder.load_pretrained(state)
            return
        named = {**state, "outline.weight": state["maps.weight"][:1], "outline.bias": state["maps.bias"][:1]}
        kept = {k: v for k, v in named.items() if k in own and v.shape == own[k].shape and "region" not in k}
        if len(kept) < len(own) // 2:
            msg = f"These are not the weights of a film's Seg-UNet: {len(kept)} of {len(own)} tensors fit."
            raise WeightsError(msg)
        self.load_state_dict(kept, strict=False)


def _windows(places: Tensor, *, shape: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Return the 2x3 matrices into the windows `places` (n, 4) of a square film, and back out of them."""
    rows, columns = shape
    share = places[:, 2] / rows
    x, y = ((places[:, axis] + 0.5) / size * 2 - 1 for axis, size in ((1, columns), (0, rows)))
    there, back = places.new_zeros(2, len(places), 2, 3)
    for matrix, scale, sign in ((there, share, torch.ones_like(share)), (back, 1 / share, -1 / share)):
        matrix[:, 0, 0] = matrix[:, 1, 1] = scale
        matrix[:, 0, 2], matrix[:, 1, 2] = sign * x, sign * y
    return there, back


def _seen(image: Tensor, matrix: Tensor, *, side: int, beyond: str = "zeros") -> Tensor:
    grid = functional.affine_grid(matrix, [*image.shape[:2], side, side], align_corners=False)
    return functional.grid_sample(image, grid, align_corners=False, padding_mode=beyond)
