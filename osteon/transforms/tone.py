"""Another machine's greys: gamma, contrast, shading, sharpness, inversion and noise of a film from 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from osteon.transforms.chain import on_fields
from osteon.types import Sample, Step


@dataclass(frozen=True, kw_only=True)
class Tone:
    """Draw how a film's greys change; all ranges are those that centre 1 of BTXRD was trained with.

    Attributes:
        gamma: The exponent is drawn between exp(-gamma) and exp(gamma).
        contrast, brightness: Largest change of either, as shares of the range.
        shading: Spread of a smooth field that the film is multiplied with, in half of the draws.
        sharpness: Blur or sharpening, up to this share of the 3x3 mean, in half of the draws.
        noise: Largest standard deviation of white noise, in half of the draws.
        inverted: Share of the draws with black and white exchanged.
        field: The input that changes.

    """

    gamma: float = 0.6
    contrast: float = 0.4
    brightness: float = 0.12
    shading: float = 0.1
    sharpness: float = 0.85
    noise: float = 0.05
    inverted: float = 0.05
    field: str = "image"

    def draw(self, rng: np.random.Generator) -> Step:
        """Return the change; shading and noise follow from the seed in it."""
        half = rng.random(3) < 0.5
        params = {
            "gamma": float(np.exp(rng.uniform(-self.gamma, self.gamma))),
            "contrast": float(1 + rng.uniform(-self.contrast, self.contrast)),
            "brightness": float(rng.uniform(-self.brightness, self.brightness)),
            "shading": self.shading * bool(half[0]),
            "blur": float(rng.uniform(-self.sharpness, self.sharpness)) * bool(half[1]),
            "noise": float(rng.uniform(0, self.noise)) * bool(half[2]),
            "inverted": bool(rng.random() < self.inverted),
            "seed": int(rng.integers(2**31)),
        }
        return Step(name="tone", params=params)

    def apply(self, sample: Sample, step: Step) -> Sample:
        """Return the sample with the greys of the step, cut to 0 to 1."""
        return on_fields(sample, (self.field,), lambda array: _changed(array, step))


def _changed(array: np.ndarray, step: Step) -> np.ndarray:
    p = step.params
    rng = np.random.default_rng(p["seed"])
    x = np.clip(array, 1e-4, 1).astype(np.float32) ** p["gamma"]
    x = (x - 0.4) * p["contrast"] + 0.4 + p["brightness"]
    if p["shading"]:
        x = x * (1 + p["shading"] * _smooth(array.shape[-2:], rng))
    if p["blur"]:
        mean = ndimage.uniform_filter(x, size=(*(1,) * (x.ndim - 2), 3, 3), mode="nearest")
        x = x + p["blur"] * (mean - x)
    if p["inverted"]:
        x = 1 - x
    if p["noise"]:
        x = x + p["noise"] * rng.standard_normal(x.shape, dtype=np.float32)
    return np.clip(x, 0, 1).astype(np.float32)


def _smooth(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    coarse = rng.standard_normal((4, 4))
    return ndimage.zoom(coarse, (shape[0] / 4, shape[1] / 4), order=3, grid_mode=True, mode="nearest")
