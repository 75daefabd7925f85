"""Each task's chief score at each site: what holds at one hospital need not hold at the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from osteon.contract import System
from osteon.engine.answers import Answers
from osteon.engine.judge import judge
from osteon.errors import RequestError
from osteon.metrics.scoring import Context
from osteon.report import figures
from osteon.report.run import Figure
from osteon.types import Score

CHIEF = ("auc", "auc_macro", "dice", "froc", "concordance", "mae")
"""The score that stands for a task, the first of these that it has; an error has its unit in brackets behind it."""


def per_site(answers: Answers, system: System, scores: Sequence[Score]) -> Iterator[Figure]:
    """Yield a figure for each task whose answers come from several sites: its chief score at all, and at each.

    Args:
        answers: Whose sites are asked.
        system: Whose tasks they answer.
        scores: Of all the answers together.

    """
    for task in system.tasks:
        chief = _chief([s for s in scores if s.task == task.name])
        if chief is None:
            continue
        alone = replace(system, tasks=(task,))
        rows = [(site, _at(site, answers, alone=alone, like=chief)) for site in _sites(answers)]
        drawn = [(f"site {site}", score) for site, score in rows if score is not None and np.isfinite(score.value)]
        if len(drawn) > 1:
            svg = figures.forest([("all sites", chief), *drawn])
            yield Figure(title=f"{task.name}: each site by itself", svg=svg, wide=True)


def _sites(answers: Answers) -> list[str]:
    return sorted({a.site for a in answers.answers if a.site is not None})


def _chief(scores: Sequence[Score]) -> Score | None:
    """Return the chief score of a task, that of its patients where images were joined."""
    for metric in CHIEF:
        alike = (s for s in scores if s.metric == metric or (metric == "mae" and s.metric.startswith("mae[")))
        found = sorted(alike, key=lambda s: s.unit == "patient")
        if found:
            return found[-1]
    return None


def _at(site: str, answers: Answers, *, alone: System, like: Score) -> Score | None:
    """Return the score of the answers of one site, as `like` is of all; None where nothing there has a truth.

    `alone` is the system with the task of `like` only.
    """
    here = replace(answers, answers=tuple(a for a in answers.answers if a.site == site))
    context = Context(unit=like.unit, split=like.split, cohort=like.cohort, evidence=like.evidence, seeds=like.seeds)
    try:
        found = judge(here, alone, context=context)
    except RequestError:
        return None
    return next((s for s in found if (s.metric, s.unit) == (like.metric, like.unit)), None)
