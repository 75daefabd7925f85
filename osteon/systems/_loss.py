"""Losses that several systems state in one word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from osteon.types import Batch


def cross_entropy(target: str, *, smoothing: float = 0.0) -> Callable[[Mapping[str, Tensor], Batch], Tensor]:
    """Return the cross-entropy of `logits` (b, classes) against the class index `target`."""

    def loss(outputs: Mapping[str, Tensor], batch: Batch) -> Tensor:
        from torch.nn import functional

        return functional.cross_entropy(outputs["logits"], batch.targets[target].long(), label_smoothing=smoothing)

    return loss


def binary_cross_entropy(target: str) -> Callable[[Mapping[str, Tensor], Batch], Tensor]:
    """Return the binary cross-entropy of the one logit in `logits` (b, 1) against the class index `target`, 0 or 1."""

    def loss(outputs: Mapping[str, Tensor], batch: Batch) -> Tensor:
        from torch.nn import functional

        return functional.binary_cross_entropy_with_logits(outputs["logits"][:, 0], batch.targets[target].float())

    return loss
