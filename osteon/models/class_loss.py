"""Cross-entropy for classes that are rare or hard: class weights, focal loss (Lin 2017), label smoothing."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional


def class_loss(
    logits: Tensor, truth: Tensor, *, weights: Sequence[float] = (), focal: float = 0.0, smoothing: float = 0.0
) -> Tensor:
    """Return the weighted mean of each sample's loss.

    Args:
        logits: (b, classes), or (b, 1): the one logit of two classes.
        truth: Class index of each, (b,).
        weights: Of each class; a class beyond their end counts 1, none: all count alike.
        focal: A sample's loss is multiplied by (1 - its probability of the truth) to this power; 0: not.
        smoothing: Share of the truth that is spread over all classes.

    Example:
        >>> logits, truth = torch.zeros(2, 2), torch.tensor([0, 1])
        >>> round(float(class_loss(logits, truth)), 4), round(float(class_loss(logits, truth, focal=2)), 4)
        (0.6931, 0.1733)

    """
    if logits.shape[1] == 1:
        logits = torch.cat([torch.zeros_like(logits), logits], dim=1)
    truth = truth.long()
    losses = functional.cross_entropy(logits, truth, label_smoothing=smoothing, reduction="none")
    if focal:
        losses = losses * (1 - logits.softmax(1).gather(1, truth[:, None])[:, 0]) ** focal
    if not weights:
        return losses.mean()
    known = torch.ones(max(len(weights), logits.shape[1]), dtype=losses.dtype, device=losses.device)
    known[: len(weights)] = torch.as_tensor(weights, dtype=losses.dtype)
    each = known[truth]
    return (each * losses).sum() / each.sum()


def balanced(classes: Sequence[int]) -> tuple[float, ...]:
    """Return the weight of each class that makes all that occur count alike; of the samples the mean weight is 1.

    >>> balanced([0, 0, 0, 1])
    (0.6666666666666666, 2.0)

    """
    counts = torch.bincount(torch.as_tensor(list(classes), dtype=torch.int64)).double()
    seen = int((counts > 0).sum())
    return tuple(torch.where(counts > 0, len(classes) / (seen * counts.clamp(min=1)), 1.0).tolist())
