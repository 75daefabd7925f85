"""Another scanner's values: gamma, gain and noise of each channel of a volume, and now and then a channel left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.transforms.chain import on_fields
from osteon.types import Sample, Step


@dataclass(frozen=True, kw_only=True)
class ToneVolume:
    """Draw how the values of each channel (channels, slices, rows, columns) change, about 0 to 1 before and after.

    Attributes:
        channels: How many there are.
        gamma: The exponent is drawn between exp(-gamma) and exp(gamma).
        gain: Largest change of the scale, as a share of it.
        noise: Largest standard deviation of white noise.
        absent: Chance that a channel is 0, as one is whose input is missing; the first one never is.
        field: The input that changes.

    """

    channels: int
    gamma: float = 0.2
    gain: float = 0.15
    noise: float = 0.03
    absent: float = 0.1
    field: str = "image"

    def draw(self, rng: np.random.Generator) -> Step:
        """Return the change; the noise follows from the seed in it."""
        lost = rng.random(self.channels) < self.absent
        lost[0] = False
        params = {
            "gamma": tuple(np.exp(rng.uniform(-self.gamma, self.gamma, self.channels)).tolist()),
            "gain": tuple((1 + rng.uniform(-self.gain, self.gain, self.channels)).tolist()),
            "absent": tuple(lost.tolist()),
            "noise": float(rng.uniform(0, self.noise)),
            "seed": int(rng.integers(2**31)),
        }
        return Step(name="tone-volume", params=params)

    def apply(self, sample: Sample, step: Step) -> Sample:
        """Return the sample with the values of the step."""
        return on_fields(sample, (self.field,), lambda array: _changed(array, step))


def _changed(array: np.ndarray, step: Step) -> np.ndarray:
    p = step.params
    gamma, gain, absent = (np.array(p[name])[:, None, None, None] for name in ("gamma", "gain", "absent"))
    noise = np.random.default_rng(p["seed"]).standard_normal(array.shape, dtype=np.float32)
    changed = np.clip(array, 0, None) ** gamma * gain + p["noise"] * noise
    return np.where(absent, 0, changed).astype(np.float32)
