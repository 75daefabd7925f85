"""What lies on a film beside the bone: letters, collimator edges, blotted-out patches; never over the lesion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from osteon.types import Sample, Step

Slab = tuple[slice, slice]


@dataclass(frozen=True, kw_only=True)
class Clutter:
    """Paste a marker, draw collimator edges and blot out a patch, so that none of them means anything.

    Attributes:
        marker, edge, patch: Share of the draws with each.

    """

    marker: float = 0.4
    edge: float = 0.2
    patch: float = 0.25

    def draw(self, rng: np.random.Generator) -> Step:
        """Return the things and where they go, as shares of the film's sides."""
        things: list[dict[str, Any]] = []
        if rng.random() < self.marker:
            glyph = (rng.random((5, 4)) < 0.55).tolist()
            place = {"at": tuple(rng.random(2)), "height": rng.uniform(0.027, 0.06), "grey": rng.uniform(0.6, 1)}
            things.append({"kind": "marker", "glyph": glyph} | place)
        if rng.random() < self.edge:
            grey = 0.0 if rng.random() < 0.7 else float(rng.random())
            sides = {int(side): float(rng.uniform(0, 0.12)) for side in np.flatnonzero(rng.random(4) < 0.5)}
            things.append({"kind": "edge", "sides": sides, "grey": grey})
        if rng.random() < self.patch:
            things.append(
                {
                    "kind": "patch",
                    "at": tuple(rng.random(2)),
                    "size": tuple(rng.uniform(0, 0.2, 2)),
                    "grey": rng.random(),
                }
            )
        return Step(name="clutter", params={"things": things})

    def apply(self, sample: Sample, step: Step) -> Sample:
        """Return the sample with the things of the step on its input `image`; what would touch the mask is left out."""
        image = np.array(sample.inputs["image"], dtype=np.float32)
        mask = sample.targets.get("mask")
        outline = (
            np.zeros(image.shape[-2:]) if mask is None else np.asarray(mask).reshape(-1, *image.shape[-2:]).max(axis=0)
        )
        for thing in step.params["things"]:
            for place, grey in _painted(thing, image.shape[-2:]):
                if not outline[place].any():
                    image[..., *place] = np.maximum(image[..., *place], grey) if thing["kind"] == "marker" else grey
        return replace(sample, inputs={**sample.inputs, "image": image})


def _painted(thing: dict[str, Any], shape: tuple[int, ...]) -> list[tuple[Slab, Any]]:
    rows, columns = shape
    if thing["kind"] == "edge":
        return [(_side(side, share, shape), thing["grey"]) for side, share in thing["sides"].items()]
    if thing["kind"] == "patch":
        high, wide = (int(n * s) for n, s in zip(shape, thing["size"], strict=True))
        return [(_slab(thing["at"], (high, wide), shape), thing["grey"])]
    high = max(3, int(thing["height"] * rows))
    wide = max(3, min(columns, int(0.7 * high)))
    glyph = np.array(thing["glyph"], dtype=np.float32)
    letter = glyph[(np.arange(high) * 5 // high)[:, None], np.arange(wide) * 4 // wide]
    return [(_slab(thing["at"], (high, wide), shape), letter * thing["grey"])]


def _slab(at: tuple[float, float], size: tuple[int, int], shape: tuple[int, ...]) -> Slab:
    top, left = (int(a * (n - s)) for a, n, s in zip(at, shape, size, strict=True))
    return slice(top, top + size[0]), slice(left, left + size[1])


def _side(side: int, share: float, shape: tuple[int, ...]) -> Slab:
    depth = int(share * shape[side // 2])
    length = shape[side // 2]
    band = slice(0, depth) if side % 2 == 0 else slice(length - depth, length)
    return (band, slice(None)) if side < 2 else (slice(None), band)
