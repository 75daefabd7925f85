"""A window about a lesion, or about a place that only looks like one: what a second, closer look is trained on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import ndimage

from osteon.transforms.warp import sampled, view
from osteon.types import Sample, Step


@dataclass(frozen=True, kw_only=True)
class Near:
    """Draw a square window of the input `image` and the target `mask`, turned, mirrored and stretched.

    It lies about one of the mask's lesions; where there is none, or by chance, about one of the sample's `places`
    (n, 4: row, column, width, logit) off the mask, the higher the likelier, or anywhere.

    Attributes:
        side: Pixels of the window, whatever it covers.
        of_lesion: Range of the window's width in widths of the lesion, drawn on a logarithmic scale.
        width: Range of the width in pixels of the film, drawn so where there is no lesion; a limit where there is one.
        elsewhere: Share of the windows of a film with a lesion that lie off it, `narrow` pixels wide at most.
        anywhere: Share of the windows off a lesion that lie anywhere.
        wander: Windows move by up to this share of their width.
        degrees, stretch: As of `Warp`.

    """

    side: int = 128
    of_lesion: tuple[float, float] = (1.2, 6.0)
    width: tuple[float, float] = (36.0, 288.0)
    elsewhere: float = 0.15
    narrow: float = 120.0
    anywhere: float = 0.2
    wander: float = 0.15
    degrees: float = 20.0
    stretch: float = 0.2

    def draw(self, rng: np.random.Generator) -> Step:
        """Return the window; `lesion`, `pixel` and `place` are shares, settled by the sample's mask and places."""
        quarters = int(rng.integers(4)) if rng.random() < 0.15 else 0
        params = {
            "elsewhere": bool(rng.random() < self.elsewhere),
            "anywhere": bool(rng.random() < self.anywhere),
            "centred": bool(rng.random() < 0.5),
            "of_lesion": math.exp(rng.uniform(*np.log(self.of_lesion))),
            "width": math.exp(rng.uniform(*np.log(self.width))),
            "aspect": math.exp(rng.uniform(-self.stretch, self.stretch)),
            "degrees": float(rng.uniform(-self.degrees, self.degrees)) + 90.0 * quarters,
            "mirrored": bool(rng.random() < 0.5),
            "wander": tuple(rng.uniform(-self.wander, self.wander, size=2).tolist()),
            "shares": tuple(rng.random(size=3).tolist()),
        }
        return Step(name="near", params=params)

    def apply(self, sample: Sample, step: Step) -> Sample:
        """Return the sample with the window of image and mask."""
        image, mask = (np.asarray(v, dtype=np.float32) for v in (sample.inputs["image"], sample.targets["mask"]))
        on_lesion = mask.any() and not step.params["elsewhere"]
        place = self._on_lesion(mask, step.params) if on_lesion else self._off_lesion(sample, mask, step.params)
        matrix = self._matrix(place, step.params, shape=image.shape[-2:])
        near, outline = (sampled(array, matrix, side=self.side) for array in (image, mask))
        inputs, targets = {**sample.inputs, "image": near}, {**sample.targets, "mask": outline}
        return replace(sample, inputs=inputs, targets=targets)

    def _on_lesion(self, mask: np.ndarray, params: Mapping[str, Any]) -> tuple[float, float, float]:
        """Return row, column and width of a window about one lesion's box or one of its pixels."""
        parts, count = ndimage.label(mask.reshape(-1, *mask.shape[-2:]).max(axis=0) > 0.5, np.ones((3, 3)))
        which, pixel, _ = params["shares"]
        rows, columns = np.nonzero(parts == 1 + int(which * count))
        size = max(int(np.ptp(rows)), int(np.ptp(columns)), 5) + 1
        width = float(np.clip(size * params["of_lesion"], *self.width))
        if params["centred"]:
            return (rows.min() + rows.max()) / 2, (columns.min() + columns.max()) / 2, width
        chosen = int(pixel * len(rows))
        return float(rows[chosen]), float(columns[chosen]), width

    def _off_lesion(self, sample: Sample, mask: np.ndarray, params: Mapping[str, Any]) -> tuple[float, float, float]:
        outline = mask.reshape(-1, *mask.shape[-2:]).max(axis=0) > 0
        width = min(params["width"], self.narrow) if outline.any() else params["width"]
        wide = ndimage.maximum_filter(outline, 15)
        found = np.asarray(sample.inputs["places"])
        found = found[[not wide[int(row), int(column)] for row, column, *_ in found]]
        first, second, third = params["shares"]
        if params["anywhere"] or not len(found):
            return first * outline.shape[0], second * outline.shape[1], width
        chances = np.exp(found[:, 3] - found[:, 3].max()).cumsum()
        row, column, *_ = found[int(np.searchsorted(chances, third * chances[-1]))]
        return float(row), float(column), width

    def _matrix(
        self, place: tuple[float, float, float], params: Mapping[str, Any], *, shape: tuple[int, ...]
    ) -> np.ndarray:
        row, column, width = place
        down, right = (share * width for share in params["wander"])
        centre = (2 * (column + right + 0.5) / shape[1] - 1, 2 * (row + down + 0.5) / shape[0] - 1)
        return view({**params, "zoom": shape[0] / width}, centre=centre)
