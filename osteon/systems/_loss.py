"""Losses that several systems state in one word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from torch import Tensor

    from osteon.types import Batch


@dataclass(frozen=True, kw_only=True)
class ClassLoss:
    """Cross-entropy of `logits` (b, classes), or of the one logit (b, 1), against the class index `target`.

    Attributes:
        target: Of the samples.
        smoothing: Share of the truth that is spread over all classes.
        weights: Of the classes; "balanced": those that make all of the training samples' classes count alike.
        focal: Exponent of the focal loss (Lin 2017); 0: plain.

    """

    target: str
    smoothing: float = 0.0
    weights: tuple[float, ...] | Literal["balanced"] = ()
    focal: float = 0.0

    def counted(self, targets: Sequence[Mapping[str, Any]]) -> ClassLoss:
        """Return the loss with its "balanced" weights counted from the `targets` that it will be trained on."""
        if self.weights != "balanced":
            return self
        from osteon.models.class_loss import balanced

        return replace(self, weights=balanced([int(t[self.target]) for t in targets]))

    def __call__(self, outputs: Mapping[str, Tensor], batch: Batch) -> Tensor:
        """Return the mean loss of the batch."""
        from osteon.models.class_loss import class_loss

        weights = () if self.weights == "balanced" else self.weights
        truth = batch.targets[self.target]
        return class_loss(outputs["logits"], truth, weights=weights, focal=self.focal, smoothing=self.smoothing)


def cross_entropy(target: str, *, smoothing: float = 0.0) -> ClassLoss:
    """Return the cross-entropy of `logits` (b, classes) against the class index `target`."""
    return ClassLoss(target=target, smoothing=smoothing)


def binary_cross_entropy(target: str) -> ClassLoss:
    """Return the binary cross-entropy of the one logit in `logits` (b, 1) against the class index `target`, 0 or 1."""
    return ClassLoss(target=target)
