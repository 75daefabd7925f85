"""Overlap of two masks. Anything but 0 belongs to a mask; shapes must be equal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.errors import GeometryError


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """How many voxels are in the prediction, in the truth and in both."""

    predicted: int
    truth: int
    both: int

    @property
    def dice(self) -> float:
        """2 |A and B| / (|A| + |B|); nan when both are empty."""
        total = self.predicted + self.truth
        return 2.0 * self.both / total if total else float("nan")

    @property
    def iou(self) -> float:
        """|A and B| / |A or B| (Jaccard); nan when both are empty."""
        union = self.predicted + self.truth - self.both
        return self.both / union if union else float("nan")

    @property
    def hammoude(self) -> float:
        """The Hammoude distance, 1 - IoU; nan when both are empty."""
        return 1.0 - self.iou

    @property
    def voxel_sensitivity(self) -> float:
        """|A and B| / |B|: the share of the truth that is marked; nan when the truth is empty."""
        return self.both / self.truth if self.truth else float("nan")

    @property
    def volume_error(self) -> float:
        """(predicted - truth) / truth, signed; nan when the truth is empty."""
        return (self.predicted - self.truth) / self.truth if self.truth else float("nan")


def overlap(predicted: np.ndarray, truth: np.ndarray) -> Overlap:
    """Return the voxel counts of two masks of one shape.

    Raises:
        GeometryError: The shapes differ.

    Example:
        >>> overlap(np.array([1, 1, 0, 0]), np.array([0, 1, 1, 1])).dice
        0.4

    """
    predicted, truth = np.asarray(predicted) != 0, np.asarray(truth) != 0
    if predicted.shape != truth.shape:
        msg = f"Masks of {predicted.shape} and {truth.shape} cannot overlap; resample one to the other's grid."
        raise GeometryError(msg)
    count = np.count_nonzero
    return Overlap(predicted=int(count(predicted)), truth=int(count(truth)), both=int(count(predicted & truth)))


def iou_of_dice(dice: float) -> float:
    """Return the IoU of the mask pair whose Dice is `dice`.

    It is convex, so a mean IoU is at least the IoU of the mean Dice, and a mean Hammoude distance at most 1 less that.
    """
    return dice / (2.0 - dice)
