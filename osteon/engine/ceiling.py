"""How far a score on simulated patients is on its way from chance to what the ideal observer reaches."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from osteon.contract import Classify
from osteon.errors import InputError
from osteon.simulate.observer import Ceiling
from osteon.types import Score

SIMULATED = "simulated.json"
CHANCE = 0.5
"""The area under the curve of a coin."""


def read(root: Path) -> tuple[Ceiling, ...]:
    """Return what the ideal observer scores on the simulated cohort in `root`.

    Raises:
        InputError: It is no simulated cohort, or its account of itself is damaged.

    """
    try:
        said = json.loads((Path(root) / SIMULATED).read_text(encoding="utf-8"))["ceilings"]
        return tuple(of_plain(row) for row in said)
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = f"holds no {SIMULATED} that can be read; make the patients again with osteon simulate."
        raise InputError(why, file=Path(root).name) from error


def plain(ceiling: Ceiling) -> dict[str, Any]:
    """Return `ceiling` as JSON takes it; a figure that is undefined becomes None."""
    row = asdict(ceiling)
    return {name: None if isinstance(v, float) and not math.isfinite(v) else v for name, v in row.items()}


def of_plain(row: Mapping[str, Any]) -> Ceiling:
    """Return the ceiling that `plain`, or the simulator, wrote."""
    whole: dict[str, Any] = {name: math.nan if value is None else value for name, value in row.items()}
    return Ceiling(**whole)


def of_score(score: Score, task: Classify, ceilings: Sequence[Ceiling]) -> Ceiling | None:
    """Return the ceiling of a score of `task`; None where the ideal observer was not asked that.

    "auc" is the area of the task's positive class, "auc[<class>]" that of the class, and "auc_macro" the mean over
    the classes. The cohort's words are brought to the task's.

    """
    asked = [c for c in ceilings if c.task == score.task]
    areas = {task.words.get(c.positive, c.positive): c for c in asked if c.metric == "auc"}
    if score.metric == "accuracy":
        return next((c for c in asked if c.metric == "accuracy"), None)
    if score.metric == "auc_macro":
        return _mean([areas[c] for c in task.classes]) if set(task.classes) <= set(areas) else None
    one = task.positive or "" if score.metric == "auc" else score.metric.removeprefix("auc[").removesuffix("]")
    return areas.get(one) if score.metric.startswith("auc") else None


def on(score: Score, ceiling: Ceiling) -> float:
    """Return the ceiling on the score's own patients where it was judged on all of them, else the expected one."""
    return ceiling.value if score.patients == ceiling.n and math.isfinite(ceiling.value) else ceiling.expected


def share(score: Score, ceiling: Ceiling) -> float | None:
    """Return how far the score came, 0 at chance and 1 at the ceiling; None where chance is not known.

    Example:
        >>> from osteon.types import Evidence
        >>> top = Ceiling(task="x", metric="auc", positive="yes", expected=0.9, value=0.9, low=0.8, high=1.0, n=9)
        >>> score = Score(metric="auc", value=0.8, low=0.7, high=0.9, method="", unit="patient", n=9, patients=9,
        ...               task="x", evidence=Evidence.SIMULATED)
        >>> round(share(score, top), 2)
        0.75

    """
    top = on(score, ceiling)
    return (score.value - CHANCE) / (top - CHANCE) if ceiling.metric == "auc" and top > CHANCE else None


def _mean(ceilings: Sequence[Ceiling]) -> Ceiling:
    """Return the mean of the classes' areas; it has no interval."""
    values, hopes = ([getattr(c, name) for c in ceilings] for name in ("value", "expected"))
    mean = replace(ceilings[0], positive="", expected=sum(hopes) / len(hopes), value=sum(values) / len(values))
    return replace(mean, low=math.nan, high=math.nan)
