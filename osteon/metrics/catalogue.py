"""What each metric is: which way is better, its range, and what it needs to have a value."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from osteon.errors import RequestError


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Facts of a metric.

    Attributes:
        title: As printed in a report.
        higher_is_better: None where neither way is.
        low, high: Range of its values.
        needs: Without this it is nan; follows "undefined: it needs ".

    """

    title: str
    higher_is_better: bool | None
    low: float = 0.0
    high: float = 1.0
    needs: str


_CLASSES = "a row of every class"
_BOTH = "positive and negative rows"
_MASKS = "a case whose truth and prediction are not empty"
_PAIRS = "two rows that differ"
_ANSWERS = "more than one class among the answers"

FACTS: dict[str, Fact] = {
    "accuracy": Fact(title="Accuracy", higher_is_better=True, needs="a row"),
    "balanced_accuracy": Fact(title="Balanced accuracy", higher_is_better=True, needs=_CLASSES),
    "precision": Fact(title="Precision (PPV)", higher_is_better=True, needs="a row called positive"),
    "sensitivity": Fact(title="Sensitivity", higher_is_better=True, needs="a positive row"),
    "specificity": Fact(title="Specificity", higher_is_better=True, needs="a negative row"),
    "f1": Fact(title="F1", higher_is_better=True, needs="a row that is positive or called so"),
    "f1_macro": Fact(title="F1, mean of classes", higher_is_better=True, needs=_CLASSES),
    "auc": Fact(title="ROC AUC", higher_is_better=True, needs=_BOTH),
    "auc_macro": Fact(title="ROC AUC, mean of classes", higher_is_better=True, needs=_CLASSES),
    "average_precision": Fact(title="Average precision", higher_is_better=True, needs="a positive row"),
    "brier": Fact(title="Brier score", higher_is_better=False, high=2.0, needs="a row"),
    "ece": Fact(title="Expected calibration error", higher_is_better=False, needs="a row"),
    "dice": Fact(title="Dice", higher_is_better=True, needs="a case whose truth is not empty"),
    "dice_median": Fact(title="Median Dice", higher_is_better=True, needs="a case whose truth is not empty"),
    "slice_dice": Fact(title="Dice of a slice", higher_is_better=True, needs="a volume whose truth is not empty"),
    "voxel_sensitivity": Fact(
        title="Sensitivity (voxels)", higher_is_better=True, needs="a case whose truth is not empty"
    ),
    "iou": Fact(title="IoU", higher_is_better=True, needs="a case whose truth is not empty"),
    "hammoude": Fact(title="Hammoude distance", higher_is_better=False, needs="a case whose truth is not empty"),
    "volume_error": Fact(
        title="Volume error", higher_is_better=None, low=-1.0, high=inf, needs="a case whose truth is not empty"
    ),
    "hausdorff95_mm": Fact(title="Hausdorff 95 (mm)", higher_is_better=False, high=inf, needs=_MASKS),
    "surface_distance_mm": Fact(title="Average surface distance (mm)", higher_is_better=False, high=inf, needs=_MASKS),
    "hausdorff95_px": Fact(title="Hausdorff 95 (pixels)", higher_is_better=False, high=inf, needs=_MASKS),
    "surface_distance_px": Fact(
        title="Average surface distance (pixels)", higher_is_better=False, high=inf, needs=_MASKS
    ),
    "found": Fact(title="Tumours marked at all", higher_is_better=True, needs="a case whose truth is not empty"),
    "marked_when_empty": Fact(
        title="Empty cases marked at all", higher_is_better=False, needs="a case whose truth is empty"
    ),
    "lesion_sensitivity": Fact(title="Lesions found", higher_is_better=True, needs="a lesion"),
    "false_marks": Fact(title="False marks an image", higher_is_better=False, high=inf, needs="an image"),
    "froc": Fact(title="FROC, mean sensitivity", higher_is_better=True, needs="a lesion"),
    "froc_sensitivity": Fact(title="Sensitivity at false marks an image", higher_is_better=True, needs="a lesion"),
    "concordance": Fact(title="Concordance (Harrell)", higher_is_better=True, needs="a comparable pair"),
    "mae": Fact(title="Mean absolute error", higher_is_better=False, high=inf, needs="a row"),
    "bias": Fact(title="Bias", higher_is_better=None, low=-inf, high=inf, needs="a row"),
    "limit_lower": Fact(title="Lower limit of agreement", higher_is_better=None, low=-inf, high=inf, needs="two rows"),
    "limit_upper": Fact(title="Upper limit of agreement", higher_is_better=None, low=-inf, high=inf, needs="two rows"),
    "pearson": Fact(title="Pearson correlation", higher_is_better=True, low=-1.0, needs=_PAIRS),
    "spearman": Fact(title="Spearman correlation", higher_is_better=True, low=-1.0, needs=_PAIRS),
    "kappa": Fact(title="Kappa (Cohen)", higher_is_better=True, low=-1.0, needs=_ANSWERS),
    "kappa_linear": Fact(title="Kappa, linear weights", higher_is_better=True, low=-1.0, needs=_ANSWERS),
    "kappa_quadratic": Fact(title="Kappa, quadratic weights", higher_is_better=True, low=-1.0, needs=_ANSWERS),
    "fleiss_kappa": Fact(title="Kappa (Fleiss)", higher_is_better=True, low=-1.0, needs=_ANSWERS),
    "pointing_game": Fact(title="Pointing game", higher_is_better=True, needs="a map with a mask"),
    "energy_inside": Fact(title="Heat inside the mask", higher_is_better=True, needs="a map that is not all 0"),
    "pointing_chance": Fact(title="The mask's share of what was seen", higher_is_better=None, needs="a mask"),
    "icc": Fact(title="Intraclass correlation", higher_is_better=True, low=-1.0, needs=_PAIRS),
}


def fact(metric: str) -> Fact:
    """Return the facts of `metric`, with or without a class in brackets ("auc[malignant]").

    Raises:
        RequestError: There is no such metric.

    """
    base = metric.partition("[")[0]
    if base not in FACTS:
        msg = f"There is no metric {metric!r}; there are {', '.join(sorted(FACTS))}."
        raise RequestError(msg)
    return FACTS[base]


def title(metric: str) -> str:
    """Return the metric as printed in a report.

    Example:
        >>> title("auc[malignant]")
        'ROC AUC, malignant'

    """
    name = metric.partition("[")[2].rstrip("]")
    return f"{fact(metric).title}, {name}" if name else fact(metric).title
