"""What several systems build: functions of no argument, so that naming a network or an estimator loads neither."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline
    from torch import nn

Kind = Literal["logistic", "forest", "svm", "neighbours", "boosting", "extra_trees"]


def estimator(kind: Kind, *, keep: int | None = None, **settings: Any) -> Callable[[], Pipeline]:
    """Return what builds the estimator `kind` of `models.classical` with its `settings`.

    Args:
        kind: Of estimator.
        keep: How many columns, those with the highest F between the classes, it is shown; None: all.
        settings: As `models.classical` names them.

    """

    def build() -> Pipeline:
        from osteon.models import classical

        model = getattr(classical, kind)(**settings)
        return model if keep is None else classical.selected(model, keep=keep)

    return build


def lite0(*, classes: int, **settings: Any) -> Callable[[], nn.Module]:
    """Return what builds EfficientNet-Lite0 with `classes` logits and the `settings` of `LiteClassifier`."""

    def build() -> nn.Module:
        from osteon.models.efficientnet_lite import LiteClassifier

        return LiteClassifier(classes=classes, **settings)

    return build


def inception(*, classes: int) -> Callable[[], nn.Module]:
    """Return what builds Inception v3 with `classes` logits."""

    def build() -> nn.Module:
        from osteon.models.inception import InceptionClassifier

        return InceptionClassifier(classes=classes)

    return build
