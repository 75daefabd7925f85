"""Results on the terminal: as a table, or as JSON."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from osteon.io.plain import plain

if TYPE_CHECKING:
    from osteon.types import Score


def print_done(result: Any, text: str, *, as_json: bool) -> None:
    """Print `result` as JSON where that was asked, else the sentence `text`."""
    if as_json:
        print_json(result)
    else:
        print(text)


def print_json(value: Any) -> None:
    """Print `value` as JSON; what is undefined becomes null."""
    print(json.dumps(plain(value), allow_nan=False, indent=2))


def print_table(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """Print `rows` under `columns`; a sequence in a cell is joined with commas."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(*columns)
    for row in rows:
        cells = [row.get(c, "") for c in columns]
        # A class stands in brackets, auc[malignant], which rich would take for a style and leave out.
        table.add_row(*(escape(", ".join(map(str, c)) if isinstance(c, (list, tuple)) else str(c)) for c in cells))
    Console(width=None if sys.stdout.isatty() else 140).print(table)


def figures(score: Score) -> dict[str, str]:
    """Return the cells `value` and `interval` of a score."""
    from osteon.metrics import words

    return {"value": words.number(score.value), "interval": words.interval(score)}


def print_scores(scores: Sequence[Score], *, as_json: bool) -> None:
    """Print scores, each with its interval."""
    if as_json:
        return print_json([asdict(s) for s in scores])
    rows = [asdict(s) | figures(s) for s in scores]
    print_table(("task", "metric", "value", "interval", "method", "unit", "n", "patients", "evidence"), rows)
    for line in _notes(scores):
        print(line)
    return None


def _notes(scores: Sequence[Score]) -> list[str]:
    """Return each note once, named where it is about one score, the p of a test say, or says why there is none."""
    about: dict[str, list[Score]] = {}
    for score in scores:
        about.setdefault(score.note, []).append(score)
    about.pop("", None)
    return [
        f"{'; '.join(dict.fromkeys(f'{s.task}, {s.metric}' for s in some))}: {note}"
        if len(some) == 1 or not all(math.isfinite(s.value) for s in some)
        else note
        for note, some in about.items()
    ]
