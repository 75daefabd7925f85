"""The report of a training run: what was trained on what, how good it is, and what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from markupsafe import Markup

from osteon.contract import System
from osteon.report import card as cards
from osteon.report import html as pages
from osteon.report.curve import curve
from osteon.types import Evidence, Score


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A drawing of `osteon.report.figures` and what it shows; a `wide` one has the width of the page."""

    title: str
    svg: str
    wide: bool = False


def html(
    system: System,
    *,
    run: Mapping[str, Any],
    scores: Sequence[Score],
    figures: Sequence[Figure] = (),
    log: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Return the report of a run as one HTML page, offline.

    Args:
        system: As it was trained.
        run: What run.json holds.
        scores: Measured; claims of the system are shown beside, never mixed with them.
        figures: Drawings, made by osteon itself: their SVG goes in as it is.
        log: Rows of log.csv.

    """
    return pages.page(
        "run.html.j2",
        system=system,
        card=cards.describe(system, run=run, scores=scores),
        run=run,
        warning=warning(scores),
        figures=[(figure.title, Markup(figure.svg), figure.wide) for figure in figures],
        curves=_curves(log),
    )


def warning(scores: Sequence[Score]) -> str:
    """Return what a reader must know before any figure: on what kind of data it stands.

    >>> warning([])
    'Nothing has been measured yet.'

    """
    if not scores:
        return "Nothing has been measured yet."
    kinds = {score.evidence for score in scores}
    if kinds == {Evidence.REAL}:
        return ""
    words = {
        Evidence.SIMULATED: "simulated data; they say that the software works and nothing about patients",
        Evidence.SURROGATE: "surrogate data, real but of another disease or question than the published figures",
        Evidence.REAL: "real data",
    }
    return "The figures below stand on " + ", and on ".join(words[kind] for kind in sorted(kinds)) + "."


def _curves(log: Sequence[Mapping[str, Any]]) -> list[tuple[str, Markup]]:
    found = []
    for part, rows in groupby(log, key=lambda row: str(row.get("part", ""))):
        kept = list(rows)
        names = dict.fromkeys(name for row in kept for name in row if "loss" in str(name))
        drawn = curve(kept, columns=list(names))
        if drawn:
            found.append((part, drawn))
    return found
