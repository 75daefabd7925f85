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

    Evaluated, it looks at `places` of the film, narrowly and the first of them also widely, and at the whole film, at
    each with its mirror image, and joins what it sees with what the film's network said: three windows about the
    likeliest place give the opinion on malignancy, the narrow ones by their votes a say in whether there is a tumour,
    and all but the first the outlines. The constants below were set on centre 1 of BTXRD.

    Two buffers are set on held-out films: `even`, the logit at which a tumour is as likely as not (a network that was
    shown more tumours than there are says too high a one), and from there the `operating_point` of the outline.

    Args:
        frozen: Stages of the encoder that keep the weights they start from.

    """

    held = ("suspicion", "film", "places")
    """Inputs that are not the picture: they stay as they are while an answer is explained by it."""
    SIDE = 160
    REGION = 160
    SHARPNESS = 1.5
    NARROW, WIDE = (2.2, 40.0), (3.5, 80.0)
    """Width of a window in widths of what is suspicious there, and its least, in pixels of the film."""
    WIDEST = 288.0
    REACH = 8.0
    """A wide window says nothing of what it is more than so many times as wide as."""
    LARGE = 0.004
    """Share of the film above which an outline counts as large: the wide looks then have a say in it too."""
    OF_WINDOW = 0.6
    """Share of this network's logits in the outline; the rest is the film's network's."""
    SAY = 0.3
    """Share of the surest place's vote that is added to the film's logit of a tumour."""
    DEPTH = 2.0
    """An outline reaches down to 0, or where its highest logit is lower than this, so far below that."""
    SECOND = 3.0
    """A further place is outlined too when its logits, the film's and the vote here, come so near to the best."""

    def __init__(self, *, frozen: int = 0) -> None:
        super().__init__()
        self.encoder = LiteEncoder(frozen=frozen, drop_path=0.05, stages=5)
        channels = STRIDE_CHANNELS[:4]
        self.laterals = nn.ModuleList(conv(c, w, size=1) for c, w in zip(channels, WIDTHS, strict=True))
        self.ups = nn.ModuleList(UnpoolConcat(d, w, w) for d, w in zip(WIDTHS[1:], WIDTHS[:3], strict=True))
        self.outline = nn.Conv2d(WIDTHS[0], 1, 1)
        self.region = conv(channels[3] + WIDTHS[2], self.REGION, size=1)
        self.dropout = nn.Dropout(0.3)
        self.verdict = nn.Linear(2 * self.REGION, 2)
        self.even: Tensor
        self.operating_point: Tensor
        self.register_buffer("even", torch.zeros(1))
        self.register_buffer("operating_point", torch.zeros(1))

    def forward(self, image: Tensor, suspicion: Tensor, film: Tensor, places: Tensor) -> dict[str, Tensor]:
        """Return what is seen in windows `image` (b, 1, h, w) in training, or on films, joined, in evaluation.

        Args:
            image: Values 0 to 1; in training windows with sides of multiples of 16, else whole films.
            suspicion: (b, 1, h, w), the film network's tumour logits; not used in training, like all that follows.
            film: (b, 3), its logits of the film: of tumour, twice, and of malignant if tumour.
            places: (b, 1 + n, 4): row, column, width and logit, in the film's pixels: first the window that gives the
                opinion, then the places to outline, with the width of what is suspicious there.

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

    def _looks(self, image: Tensor, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Return votes (b, n, 2) and maps (b, n, h, w) of the windows, -inf beyond them."""
        films, count = windows.shape[:2]
        there, back = _windows(windows.flatten(0, 1), shape=image.shape[-2:])
        repeated = image.repeat_interleave(count, dim=0)
        window = _seen(repeated, there, side=self.SIDE).contiguous(memory_format=torch.channels_last)
        one, other = self._read(window), self._read(window.flip(-1))
        tumour = (one["tumour"] + other["tumour"].flip(-1)) / 2
        votes = (one["votes"] + other["votes"]) / 2
        inside = _seen(torch.ones_like(tumour), back, side=image.shape[-1]) > 0.5
        on_film = _seen(tumour, back, side=image.shape[-1], beyond="border")
        maps = torch.where(inside, on_film, -torch.inf).reshape(films, count, *image.shape[-2:])
        return votes.reshape(films, count, 2), maps

    def _joined(self, image: Tensor, suspicion: Tensor, film: Tensor, places: Tensor) -> dict[str, Tensor]:
        sharp = places[:, 1:]
        narrow, wide = self._about(sharp, self.NARROW), self._about(sharp[:, :1], self.WIDE)
        votes, maps = self._looks(image, torch.cat([places[:, :1], narrow, wide, _whole(image)], dim=1))
        by_place = votes[:, 1:-2, 0]
        tumour = film[:, :2].mean(dim=1, keepdim=True) + self.SAY * by_place.amax(dim=1, keepdim=True) - self.even
        opinion = votes[:, (0, 1, -2), 1].mean(dim=1, keepdim=True)
        malignant = (film[:, 2:] + opinion) / 2
        sure = sharp[..., 3] + by_place
        near = sure >= sure.amax(dim=1, keepdim=True) - self.SECOND
        heard = wide[:, :, 2] <= self.REACH * sharp[:, :1, 2]
        return {
            "tumour": self._outline(maps[:, 1:], suspicion, near=near, heard=heard).clamp(min=BEYOND),
            "votes": torch.cat([tumour, malignant], dim=1),
            "logits": class_logits(tumour, malignant),
            "marked": tumour - self.operating_point,
        }

    def _about(self, places: Tensor, width: tuple[float, float]) -> Tensor:
        """Return windows about `places` (b, n, 4), so many times as wide as what is suspicious there."""
        times, least = width
        wide = (times * places[..., 2:3]).clamp(least, self.WIDEST)
        return torch.cat([places[..., :2], wide, places[..., 3:]], dim=-1)

    def _outline(self, maps: Tensor, suspicion: Tensor, *, near: Tensor, heard: Tensor) -> Tensor:
        """Return the outline (b, 1, h, w), above 0, of what is near enough to the surest place.

        Args:
            maps: (b, n + 2, h, w), of the narrow windows, of the wide one about the first place and of the whole film.
            suspicion: (b, 1, h, w), the film network's.
            near: (b, n), which places are outlined.
            heard: (b, 1), whether the wide window has a say before the outline is known to be large.

        """
        first, rest = torch.zeros_like(near), torch.zeros_like(near)
        first[:, 0] = True
        small = self._level(maps, suspicion, near=near, wide=first & heard, whole=rest)
        large = (small > 0).float().mean(dim=(1, 2, 3), keepdim=True) > self.LARGE
        if not bool(large.any()):
            return small
        return torch.where(large, self._level(maps, suspicion, near=near, wide=first, whole=~rest), small)

    def _level(self, maps: Tensor, suspicion: Tensor, *, near: Tensor, wide: Tensor, whole: Tensor) -> Tensor:
        """Return logits (b, 1, h, w), 0 at an outline's edge; `wide` and `whole` (b, n): what has a say at a place."""
        each = maps[:, :-2].unsqueeze(2)
        shared = maps[:, None, -2:].expand(-1, each.shape[1], -1, -1, -1)
        seen = torch.cat([each, shared], dim=2)
        say = torch.stack([torch.ones_like(near), wide, whole], dim=2)[..., None, None] & seen.isfinite()
        mean = torch.where(say, seen, 0).sum(dim=2) / say.sum(dim=2).clamp(min=1)
        said = say.any(dim=2)
        joined = torch.where(said, self.OF_WINDOW * mean + (1 - self.OF_WINDOW) * suspicion, -torch.inf)
        level = (joined.amax(dim=(2, 3), keepdim=True) - self.DEPTH).clamp(max=0)
        outlined = said & near[:, :, None, None]
        return torch.where(outlined, joined - level, -torch.inf).amax(dim=1, keepdim=True)

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


def _whole(image: Tensor) -> Tensor:
    """Return the window (b, 1, 4) that is the whole of each film."""
    rows, columns = image.shape[-2:]
    whole = image.new_tensor([(rows - 1) / 2, (columns - 1) / 2, float(rows), 0.0])
    return whole.expand(len(image), 1, 4)


def _windows(places: Tensor, *, shape: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Return the 2x3 matrices into the windows `places` (n, 4) of a square film, and back out of them."""
    rows, columns = shape
    share = places[:, 2] / rows
    x, y = ((places[:, axis] + 0.5) / size * 2 - 1 for axis, size in ((1, columns), (0, rows)))
    return _matrix(share, x, y), _matrix(1 / share, -x / share, -y / share)


def _matrix(scale: Tensor, x: Tensor, y: Tensor) -> Tensor:
    nothing = torch.zeros_like(scale)
    return torch.stack([scale, nothing, x, nothing, scale, y], dim=1).reshape(-1, 2, 3)


def _seen(image: Tensor, matrix: Tensor, *, side: int, beyond: str = "zeros") -> Tensor:
    grid = functional.affine_grid(matrix, [*image.shape[:2], side, side], align_corners=False)
    return functional.grid_sample(image, grid, align_corners=False, padding_mode=beyond)
