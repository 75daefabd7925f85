"""What docs/results.md shows of simulated patients: each figure beside its ceiling, and whether the bar is reached."""

from __future__ import annotations

from osteon import systems
from osteon.contract import Classify
from osteon.engine import ceiling as ceilings
from osteon.engine.evidence_row import Row
from osteon.engine.results import Result, shown
from osteon.simulate.observer import Ceiling
from osteon.types import Score

THOUSAND = 1000
SHARE, DICE = 0.9, 0.85
"""The bars: how much of the way from chance to the ceiling, and for an outline which Dice."""

INTRO = f"""
## On simulated patients

Never clinical evidence: drawn patients with known truth, to show that a system finds what is there to be found. No
published figure can stand beside these. The ceiling is what the ideal observer reaches, who is told all that was drawn
(on the very patients where all were judged, else expected); the share is of the way from 0.5 to it. The bar, set for
{THOUSAND:,} patients, is {100 * SHARE:.0f} % of that way, or a Dice of {DICE} for an outline; why a row misses it
stands in its section.
"""


def columns(row: Row) -> tuple[str, ...]:
    """Return the columns of the overview that a row stands in: by how many patients it has, simulated or not."""
    if row.made is None:
        return ("people",)
    large = row.made.patients >= THOUSAND
    as_paper = not large or row.made.patients == row.made.paper
    return (*(("as the paper",) if as_paper else ()), *(("thousand",) if large else ()))


def patients(row: Row, score: Score) -> str:
    """Return how many patients of a simulated row were judged, and how that is beside the paper."""
    made = row.made
    if made is None:
        return f"{score.patients} patients"
    there = f"{made.patients:,} patients"
    if made.paper is None or (made.patients >= THOUSAND and made.patients != made.paper):
        return there
    return f"{there}, as the paper" if made.patients == made.paper else f"{there} (`--like` the paper: {made.paper:,})"


def told(result: Result, score: Score) -> str:
    """Return a figure on simulated patients in a cell of the overview."""
    top, part = way(result, score)
    of = f" of {top}" if top else ""
    share = f": {part}" if part else ""
    tag = result.row.system.partition(".")[2] or "as published"
    return f"{score.metric} {shown(score)}{of}{share}; {patients(result.row, score)}, `{tag}`"


def way(result: Result, score: Score) -> tuple[str, str]:
    """Return the ceiling of a score on simulated patients and its share of the way there, as shown; empty where none.

    An outline has a ceiling too: the drawn one, a Dice of 1.
    """
    top = _ceiling(result, score)
    if top is None:
        return ("1" if score.metric == "dice" else "", "")
    share = ceilings.share(score, top)
    return f"{ceilings.on(score, top):.3f}", "" if share is None else f"{100 * share:.0f} %"


def bar(result: Result, score: Score) -> str:
    """Return whether a figure reaches the bar: "reached", "missed", or nothing where there is none."""
    if result.row.role != "result":
        return ""
    if score.metric == "dice":
        return "reached" if score.value >= DICE else "missed"
    top = _ceiling(result, score)
    share = None if top is None else ceilings.share(score, top)
    return "" if share is None else "reached" if share >= SHARE else "missed"


def _ceiling(result: Result, score: Score) -> Ceiling | None:
    task = next((t for t in systems.get(result.row.system).tasks if t.name == score.task), None)
    return ceilings.of_score(score, task, result.ceilings) if isinstance(task, Classify) else None
