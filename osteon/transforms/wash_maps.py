"""Wash-in, maximum and wash-out of a dynamic contrast series, voxel by voxel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from osteon.errors import InputError


class Curve(StrEnum):
    """What becomes of the enhancement after its early peak."""

    PERSISTENT = "persistent"
    PLATEAU = "plateau"
    WASH_OUT = "wash-out"


@dataclass(frozen=True, kw_only=True, eq=False)
class WashMaps:
    """Three maps of one shape, float32, in percent.

    Attributes:
        wash_in: Enhancement at the early frame over the signal before contrast.
        maximum: Largest enhancement over the signal before contrast.
        wash_out: From the early peak to the last frame over the signal at the early peak: negative where the agent
            leaves, positive where more still comes.

    """

    wash_in: np.ndarray
    maximum: np.ndarray
    wash_out: np.ndarray


def wash_maps(
    frames: np.ndarray, times_s: tuple[float, ...], *, arrival_s: float, early_s: float = 30.0, peak_s: float = 75.0
) -> WashMaps:
    """Return the maps of a series, as Lang et al. 2019 use them; when "early" ends is our choice.

    Args:
        frames: (frames, ...).
        times_s: Of each frame, rising.
        arrival_s: When the bolus arrives; frames before it are the baseline.
        early_s: Wash-in is read at the first frame this long after the arrival.
        peak_s: The early peak is the largest of the frames up to this long after the arrival.

    Returns:
        Zero where there is no signal before contrast.

    Raises:
        InputError: No frame before the arrival, or none after the early peak.

    """
    frames, after = np.asarray(frames, np.float32), np.asarray(times_s) - arrival_s
    if len(after) != len(frames) or not (after < 0).any() or after[-1] <= peak_s:
        msg = (
            f"A dynamic series needs frames before the bolus arrives and {peak_s:g} s after; got {len(frames)} frames "
            f"of which {int((after < 0).sum())} lie before. State arrival_s, or measure longer."
        )
        raise InputError(msg)
    before = frames[after < 0].mean(axis=0)
    early = frames[int(np.argmax(after >= early_s))]
    peak = frames[(after >= 0) & (after <= peak_s)].max(axis=0)
    largest = frames[after >= 0].max(axis=0)
    return WashMaps(
        wash_in=_percent(early - before, before),
        maximum=_percent(largest - before, before),
        wash_out=_percent(frames[-1] - peak, peak),
    )


def curve_of(wash_out_percent: float, *, limit_percent: float = 5.0) -> Curve:
    """Return the kind of a curve from its wash-out: within `limit_percent` it is a plateau.

    Example:
        >>> curve_of(-12.0).value
        'wash-out'

    """
    if abs(wash_out_percent) <= limit_percent:
        return Curve.PLATEAU
    return Curve.PERSISTENT if wash_out_percent > 0 else Curve.WASH_OUT


def _percent(change: np.ndarray, base: np.ndarray) -> np.ndarray:
    return np.divide(100.0 * change, base, out=np.zeros_like(base), where=base > 0)
