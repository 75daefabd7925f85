"""The part of the results page on ablations: what a choice or a step buys, by pairs of patients."""

from __future__ import annotations

from collections.abc import Sequence

from osteon.engine.results import Result, shown_of
from osteon.types import Score

INTRO = """
## What a choice or a step buys

Trained alike, judged on the same patients; a difference whose interval holds 0 was not seen to buy anything. The spread
between trainings that differ in the seed alone comes on top of the intervals. The figure of several trainings is their
mean; a difference is between trainings of the same seed, so it need not be that of the figures.
"""
HEAD = "| what | metric | ours | difference | from | trainings | reduced |\n|---|---|---|---|---|---|---|"


def table(found: Sequence[Result]) -> list[str]:
    """Return the part as Markdown lines, a line an ablation; nothing where there is none."""
    rows = [_line(result) for result in found if result.row.role == "ablation"]
    return [INTRO, HEAD, *rows] if rows else []


def _line(result: Result) -> str:
    row = result.row
    figures = shown_of(result)
    cells = (
        f"[{row.remark.partition('.')[0]}](#{row.name.lower().replace('.', '')})",
        ", ".join(dict.fromkeys(score.metric for score in figures)),
        "; ".join(f"{score.value:.3f} ({score.low:.3f} to {score.high:.3f})" for score in figures),
        "; ".join(map(_signed, result.differences)) or "",
        ", ".join(f"`{score.note}`" for score in result.differences),
        str(len(row.seeds)),
        row.reduced or "no",
    )
    return "| " + " | ".join(cells) + " |"


def _signed(score: Score) -> str:
    return f"{score.value:+.3f} ({score.low:+.3f} to {score.high:+.3f})"
