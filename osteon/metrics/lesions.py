"""Lesion by lesion: which lesions were found, and at what price in false marks (FROC).

A mark (a box, or a connected region of a mask) takes the lesion it overlaps best, the most believed mark first.
It hits when their IoU reaches `min_iou`. A further mark on a lesion that is already found counts neither as a hit
nor as false.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from osteon.errors import GeometryError
from osteon.metrics.bootstrap import Statistic

FALSE_MARKS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""False marks an image at which a FROC curve is read, after LUNA16."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Marks:
    """What became of the lesions and marks of one image.

    Attributes:
        lesions: For each lesion the score of the mark that hit it, -inf where none did; (lesions,).
        false: Scores of the marks that hit nothing, (marks,).

    """

    lesions: np.ndarray
    false: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Froc:
    """Sensitivity over false marks an image, from (0, 0); both rise, shape (points,)."""

    false_marks: np.ndarray
    sensitivity: np.ndarray
    thresholds: np.ndarray


def match_boxes(
    boxes: Sequence[Sequence[float]], scores: Sequence[float], *, truth: Sequence[Sequence[float]], min_iou: float = 0.3
) -> Marks:
    """Return what became of predicted `boxes` and their `scores` against the boxes of the `truth`.

    Args:
        boxes: Half open (row0, column0, row1, column1), or (slice0, row0, column0, slice1, row1, column1).
        scores: One a box, higher is more believed.
        truth: Boxes of the lesions.
        min_iou: From which overlap on a box hits.

    Example:
        >>> marks = match_boxes([(0, 0, 4, 4), (9, 9, 12, 12)], [0.9, 0.4], truth=[(0, 0, 4, 5)])
        >>> marks.lesions.tolist(), marks.false.tolist()
        ([0.9], [0.4])

    """
    return _match(_box_iou(boxes, truth), np.asarray(scores, float), min_iou)


def match_masks(predicted: np.ndarray, truth: np.ndarray, *, belief: np.ndarray, min_iou: float = 0.1) -> Marks:
    """Return what became of the connected regions of a predicted mask against those of the truth.

    Args:
        predicted: 2-D or 3-D; anything but 0 is marked. Regions that touch at a corner are one.
        truth: Of the same shape.
        belief: Of the same shape; the score of a region is its largest value in it.
        min_iou: From which overlap on a region hits.

    Raises:
        GeometryError: The shapes differ.

    """
    predicted, truth, belief = np.asarray(predicted) != 0, np.asarray(truth) != 0, np.asarray(belief)
    if not predicted.shape == truth.shape == belief.shape:
        msg = f"Masks of {predicted.shape}, {truth.shape} and belief of {belief.shape} differ; use one grid."
        raise GeometryError(msg)
    corners = np.ones((3,) * truth.ndim)
    regions, marks = ndimage.label(predicted, structure=corners)
    lesions, found = ndimage.label(truth, structure=corners)
    shared = np.bincount((regions * (found + 1) + lesions).ravel(), minlength=(marks + 1) * (found + 1))
    shared = shared.reshape(marks + 1, found + 1)
    union = shared.sum(axis=1, keepdims=True)[1:] + shared.sum(axis=0, keepdims=True)[:, 1:] - shared[1:, 1:]
    scores = ndimage.maximum(belief, regions, np.arange(1, marks + 1)) if marks else np.empty(0)
    return _match(shared[1:, 1:] / np.maximum(union, 1), np.asarray(scores, float), min_iou)


def froc_statistic(images: Sequence[Marks], *, at: Sequence[float] = FALSE_MARKS) -> Statistic:
    """Return the weighted sensitivity at each number of false marks an image, a row each, and their mean, last.

    One row of weights an image. The value is that of the lowest threshold that keeps to the number of marks.
    """
    hits, false = (_per_image([side(image) for image in images]) for side in (_found, lambda m: m.false))
    scores = np.concatenate([hits[0], false[0]])
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.diff(scores[order], append=-np.inf))
    image, is_hit = np.concatenate([hits[1], false[1]])[order], (np.arange(scores.size) < hits[0].size)[order, None]
    lesions = np.array([m.lesions.size for m in images], float)

    def statistic(weights: np.ndarray) -> np.ndarray:
        drawn, start = weights[image], np.zeros((1, weights.shape[1]))
        found = np.vstack([start, np.cumsum(drawn * is_hit, axis=0)[ends]])
        marks = np.vstack([start, np.cumsum(drawn * ~is_hit, axis=0)[ends]]) / weights.sum(axis=0)
        total = lesions @ weights
        rate = np.divide(found, total, out=np.full_like(found, np.nan), where=total > 0)
        values = np.stack([np.where(marks <= limit, rate, 0.0).max(axis=0) for limit in at])
        return np.vstack([values, values.mean(axis=0)])

    return statistic


def froc(images: Sequence[Marks]) -> Froc:
    """Return the curve of the threshold over all `images`; sensitivity is nan where there is no lesion."""
    hits, false = (np.concatenate([side(m) for m in images]) for side in (_found, lambda m: m.false))
    thresholds = np.unique(np.concatenate([hits, false]))[::-1]
    lesions = np.float64(sum(m.lesions.size for m in images))
    above = [scores.size - np.searchsorted(np.sort(scores), thresholds, side="left") for scores in (hits, false)]
    with np.errstate(invalid="ignore"):
        sensitivity = np.append(0.0, above[0]) / lesions
    marks = np.append(0.0, above[1]) / len(images)
    return Froc(false_marks=marks, sensitivity=sensitivity, thresholds=np.append(np.inf, thresholds))


def sensitivity_counts(images: Sequence[Marks], *, threshold: float) -> tuple[int, int, int]:
    """Return how many lesions were found at `threshold`, how many there are, and how many marks were false."""
    found = sum(int((m.lesions >= threshold).sum()) for m in images)
    return found, sum(m.lesions.size for m in images), sum(int((m.false >= threshold).sum()) for m in images)


def _found(marks: Marks) -> np.ndarray:
    """Return the scores of the lesions that were hit."""
    return marks.lesions[np.isfinite(marks.lesions)]


def _per_image(scores: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return all scores in one array, and the image of each."""
    return np.concatenate(scores), np.repeat(np.arange(len(scores)), [len(s) for s in scores])


def _match(iou: np.ndarray, scores: np.ndarray, min_iou: float) -> Marks:
    """Give each mark, the most believed first, the lesion it overlaps best; `iou` is (marks, lesions)."""
    lesions, false = np.full(iou.shape[1], -np.inf), []
    for mark in np.argsort(-scores, kind="stable"):
        near = np.flatnonzero(iou[mark] >= min_iou)
        free = near[~np.isfinite(lesions[near])]
        if free.size:
            lesions[free[np.argmax(iou[mark, free])]] = scores[mark]
        elif not near.size:
            false.append(scores[mark])
    return Marks(lesions=lesions, false=np.array(false, float))


def _box_iou(boxes: Sequence[Sequence[float]], truth: Sequence[Sequence[float]]) -> np.ndarray:
    """Return the IoU of each box with each box of the truth, (boxes, truth)."""
    if not (len(boxes) and len(truth)):
        return np.zeros((len(boxes), len(truth)))
    a, b = np.asarray(boxes, float)[:, None], np.asarray(truth, float)[None]
    half = a.shape[-1] // 2
    sides = np.minimum(a[..., half:], b[..., half:]) - np.maximum(a[..., :half], b[..., :half])
    shared = np.clip(sides, 0, None).prod(axis=-1)
    size_a, size_b = (np.prod(v[..., half:] - v[..., :half], axis=-1) for v in (a, b))
    return shared / (size_a + size_b - shared)
