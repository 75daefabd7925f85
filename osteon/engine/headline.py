"""The one score of many that a comparison looks at."""

from __future__ import annotations

import math
from collections.abc import Sequence

from osteon.errors import RequestError
from osteon.metrics import catalogue
from osteon.types import Score

FIRST = ("auc", "auc_macro", "dice", "froc", "concordance", "mae")
"""What stands for a task where nobody says: of the first task, for the patient where there is one."""


def headline(scores: Sequence[Score], *, metric: str | None = None, task: str | None = None) -> Score:
    """Return the score called `metric` of `task`, at the level of the patient where there is one.

    Args:
        scores: Of one evaluation.
        metric: As in scores.json ("auc", "auc[malignant]"); None: the first there is of `FIRST`.
        task: Its name; None: the first task that has the metric.

    Raises:
        RequestError: There is no such score.

    """
    named = [s for s in scores if task in (None, s.task)]
    fitting = [s for s in named if s.metric == metric] if metric else [s for s in named if _plain(s) in FIRST]
    if not fitting:
        known = ", ".join(dict.fromkeys(f"{s.metric} of {s.task}" for s in scores))
        msg = f"There is no score {metric or 'to go by'}{f' of {task}' if task else ''}; there are {known or 'none'}."
        raise RequestError(msg)
    of_task = [s for s in fitting if s.task == fitting[0].task]
    return min(of_task, key=lambda s: (0 if metric else FIRST.index(_plain(s)), s.unit != "patient"))


def worth(score: Score) -> float:
    """Return the score so that higher is better; a figure that is undefined is worth least.

    Raises:
        RequestError: Neither way is better, so nothing can be chosen by it.

    """
    higher = catalogue.fact(score.metric).higher_is_better
    if higher is None:
        msg = f"Neither a higher nor a lower {score.metric} is better; choose by another metric."
        raise RequestError(msg)
    if math.isnan(score.value):
        return -math.inf
    return score.value if higher else -score.value


def _plain(score: Score) -> str:
    """Return the metric without the quantity that an error is of."""
    return "mae" if score.metric.startswith("mae[") else score.metric
