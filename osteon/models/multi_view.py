"""Two thick-slice scans of different directions outlined together: each sees the other's features through the headers.

Qu Y. 2021 names the idea (multi-view fusion, relation context between pixels); the layers are ours.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from osteon.models.unet import UNet

PAIRS = 256
"""Pairs of places that the relation loss draws from each view."""


class MultiViewNet(nn.Module):
    """One U-Net reads the slices of both views, and each view is outlined from its own features and the other's.

    Both views share all weights, so that swapping them swaps the outlines.

    Args:
        widths: Of the U-Net.
        relation: Length of the embedding whose products say whether two places are one tissue.

    """

    def __init__(self, *, widths: Sequence[int] = (32, 64, 128, 256), relation: int = 16) -> None:
        super().__init__()
        features = widths[0]
        self.unet = UNet(inside=3, widths=widths, out=0)
        self.fuse = nn.Sequential(
            nn.Conv2d(2 * features + 1, features, 1), nn.ReLU(), nn.Conv2d(features, features, 3, padding=1), nn.ReLU()
        )
        self.logit = nn.Conv2d(features, 1, 1)
        self.relation = nn.Conv2d(features, relation, 1)

    def forward(self, first: Tensor, second: Tensor, first_to_second: Tensor, there: Tensor) -> dict[str, Tensor]:
        """Return logits and relation embeddings of both views.

        Args:
            first: Volume (1, slices, h, w), 0 to 1; one study at a time.
            second: The other volume, on its own grid.
            first_to_second: (1, 3, 4), a place in the first view (x, y, z from -1 to 1, pixel edges) to one in the
                second.
            there: (1, 1), 1 where the second view is there; at 0 its features are 0, and a channel tells so.

        Returns:
            `first`, `second` (1, 1, slices, h, w): logits; in training also `first_relation`, `second_relation`.

        """
        own = [self._features(view) for view in (first, second)]
        back = _inverse(first_to_second)
        volumes = [_volume(f) for f in own]
        given = (torch.ones_like(there), there)
        out = {}
        for name, mine, other, theta in (("first", 0, 1, first_to_second), ("second", 1, 0, back)):
            seen = torch.cat([volumes[other], torch.ones_like(volumes[other][:, :1])], dim=1) * given[other][0, 0]
            fused = self.fuse(torch.cat([own[mine], _planes(_resampled(seen, theta, volumes[mine]))], dim=1))
            out[name] = _volume(self.logit(fused))
            if self.training:
                out[f"{name}_relation"] = _volume(self.relation(fused))
        return out

    def _features(self, view: Tensor) -> Tensor:
        """Return (slices, features, h, w): each slice read with its two neighbours, the ends repeated."""
        slices = view[0].unsqueeze(1)
        padded = torch.cat([slices[:1], slices, slices[-1:]])
        return self.unet.maps(torch.cat([padded[:-2], slices, padded[2:]], dim=1))


def _volume(planes: Tensor) -> Tensor:
    return planes.transpose(0, 1).unsqueeze(0)


def _planes(volume: Tensor) -> Tensor:
    return volume[0].transpose(0, 1)


def _resampled(volume: Tensor, theta: Tensor, like: Tensor) -> Tensor:
    """Return `volume` at the voxels of `like`, in full precision; 0 beyond its edges.

    Places of half precision would be off by a pixel, and on a CPU there is no sampling at them.
    """
    size = [1, volume.shape[1], *like.shape[2:]]
    with torch.autocast(volume.device.type, enabled=False):
        grid = functional.affine_grid(theta.float(), size, align_corners=False)
        return functional.grid_sample(volume.float(), grid, align_corners=False)


def _inverse(theta: Tensor) -> Tensor:
    row = theta.new_tensor([0.0, 0.0, 0.0, 1.0]).expand(len(theta), 1, 4)
    return torch.linalg.inv(torch.cat([theta, row], dim=1).double())[:, :3].to(theta.dtype)


def affinity(labels: Tensor, pairs: Tensor) -> Tensor:
    """Return whether the two places of each pair (2, n) carry the same of `labels` (places,): 1 or 0, symmetric."""
    return (labels[pairs[0]] == labels[pairs[1]]).float()


def relation_loss(embedding: Tensor, mask: Tensor) -> Tensor:
    """Return the cross-entropy of "one tissue or two" over pairs of places, half of them drawn from the tumour.

    Args:
        embedding: (1, n, slices, h, w).
        mask: (1, slices, h, w), 0 or 1.

    """
    labels = (mask.flatten() > 0.5).long()
    vectors = embedding[0].flatten(1).transpose(0, 1)
    inside, every = labels.nonzero().flatten(), torch.arange(len(labels), device=labels.device)
    ones = inside if len(inside) else every
    first = ones[torch.randint(len(ones), (PAIRS,), device=labels.device)]
    second = every[torch.randint(len(every), (PAIRS,), device=labels.device)]
    near = ones[torch.randint(len(ones), (PAIRS,), device=labels.device)]
    pairs = torch.stack([torch.cat([first, first]), torch.cat([second, near])])
    logits = (vectors[pairs[0]] * vectors[pairs[1]]).sum(dim=1) / vectors.shape[1] ** 0.5
    return functional.binary_cross_entropy_with_logits(logits, affinity(labels, pairs))


def overlap_loss(logits: Tensor, mask: Tensor) -> Tensor:
    """Return 1 - Dice plus the mean cross-entropy of `logits` (1, 1, slices, h, w) against `mask` (1, slices, h, w)."""
    truth, chance = mask.flatten(), logits.sigmoid().flatten()
    dice = (2 * (truth * chance).sum() + 1) / (truth.sum() + chance.sum() + 1)
    return 1 - dice + functional.binary_cross_entropy_with_logits(logits.flatten(), truth)
