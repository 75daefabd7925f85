"""A page about several runs together: what was asked, a figure, a table, and what a reader must know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from osteon.report import html as pages
from osteon.report.run import Figure, warning
from osteon.types import Score


@dataclass(frozen=True, kw_only=True)
class Table:
    """Column titles, and rows of as many cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def html(title: str, *, lead: str, figure: Figure, table: Table, scores: Sequence[Score], notes: Sequence[str]) -> str:
    """Return the page, offline.

    Args:
        title: Of the page.
        lead: What was asked and what came out, a sentence or two.
        figure: Made by osteon itself: its SVG goes in as it is.
        table: What the figure shows, in numbers.
        scores: Those behind it, for the warning about the kind of data.
        notes: What a reader must know, one sentence each.

    """
    return pages.page(
        "run_study.html.j2",
        title=title,
        lead=lead,
        figure=(figure.title, Markup(figure.svg)),
        table=table,
        warning=warning(scores),
        notes=tuple(dict.fromkeys(notes)),
    )
