"""Audit a cohort before it is trusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from osteon.cohorts.checks.counts import both_sides, counts, without_clinical
from osteon.cohorts.checks.findings import Audit, AuditFinding
from osteon.cohorts.checks.likeness import likeness
from osteon.cohorts.checks.looks import looks
from osteon.cohorts.checks.masks import boxes, masks
from osteon.cohorts.checks.pixels import pixels
from osteon.cohorts.checks.shift import shift
from osteon.cohorts.checks.shortcuts import shortcuts
from osteon.cohorts.splits import Split
from osteon.contract import Input, Task
from osteon.errors import RequestError
from osteon.types import Cohort

NAMES = (
    "unreadable",
    "nan-pixels",
    "constant-input",
    "constant-column",
    "no-spacing",
    "mask-grid",
    "mask-empty",
    "mask-unreadable",
    "box-outside",
    "no-clinical-row",
    "duplicate",
    "near-duplicate",
    "contradicting-labels",
    "patient-on-both-sides",
    "few-patients",
    "one-class",
    "class-not-on-side",
    "file-name",
    "corner",
    "shift",
)
"""Every finding that an audit can make; each can be allowed by its name."""


def audit(
    cohort: Cohort,
    *,
    tasks: Sequence[Task] = (),
    inputs: Iterable[Input] = (),
    split: Split | None = None,
    allow: Iterable[str] = (),
    targets: Iterable[str] = (),
) -> Audit:
    """Return what is wrong with `cohort`; every pixel is read once.

    Args:
        cohort: The cohort.
        tasks: What will be asked of it; without, label columns are counted and only warned of.
        inputs: What the system takes, so that volumes are known.
        split: How it will be split; None looks at the cohort's own split column.
        allow: Names of findings that shall not refuse.
        targets: Label columns besides `label` that a task may be asked of, where no `tasks` are given.

    Raises:
        RequestError: `allow` names no finding there is.

    """
    allowed = allowed_findings(allow)
    seen = tuple(looks(cohort))
    found: list[AuditFinding] = [
        *pixels(cohort, seen, inputs=inputs),
        *masks(cohort),
        *boxes(cohort),
        *likeness(seen),
        *both_sides(cohort, split=split),
        *counts(cohort, tasks=tasks, split=split, targets=targets),
        *without_clinical(cohort),
        *shortcuts(cohort, seen),
        *shift(cohort, seen, split=split),
    ]
    marked = [replace(f, allowed=f.name in allowed) for f in found]
    return Audit(findings=tuple(sorted(marked, key=lambda f: not f.refuses)))


def allowed_findings(allow: Iterable[str]) -> frozenset[str]:
    """Return the names in `allow`.

    Raises:
        RequestError: One of them is no finding that an audit makes.

    """
    unknown = sorted(set(allow) - set(NAMES))
    if unknown:
        msg = f"There is no finding called {unknown[0]}; allow takes {', '.join(NAMES)}."
        raise RequestError(msg)
    return frozenset(allow)
