"""Answers and scores on the disk: predictions.parquet and scores.json."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from osteon.engine.answers import Answers
from osteon.errors import InputError
from osteon.io import atomic
from osteon.types import Evidence, Maker, Score

if TYPE_CHECKING:
    import pandas as pd

PREDICTIONS, SCORES, REPORT = "predictions.parquet", "scores.json", "report.html"
PANDAS = "pandas"  # loaded with the first table: it takes a second, and a predictor needs none
ODDS = "probability "


def write_predictions(folder: Path, answers: Answers) -> Path:
    """Write predictions.parquet into `folder` and return its path: a row an answer, a column a class."""
    frame = import_module(PANDAS).DataFrame([_row(a) for a in answers.answers])
    path = folder / PREDICTIONS
    with atomic.file(path) as aside:
        frame.to_parquet(aside, index=False)
    return path


def read_predictions(folder: Path) -> pd.DataFrame:
    """Return the table that `write_predictions` wrote.

    Raises:
        InputError: It is not there; the run has not been evaluated.

    """
    path = Path(folder) / PREDICTIONS
    if not path.is_file():
        why = f"holds no {PREDICTIONS}; judge the run first: osteon evaluate {path.parent.name} COHORT."
        raise InputError(why, file=path.parent.name)
    return import_module(PANDAS).read_parquet(path)


def write_scores(folder: Path, scores: Sequence[Score], *, maker: Maker) -> Path:
    """Write scores.json into `folder` and return its path."""
    path = folder / SCORES
    atomic.write_json(path, {"maker": asdict(maker), "scores": [as_plain(s) for s in scores]})
    return path


def read_scores(path: Path) -> list[Score]:
    """Return the scores of a scores.json.

    Raises:
        InputError: It is missing or damaged.

    """
    try:
        return [as_score(row) for row in json.loads(path.read_text(encoding="utf-8"))["scores"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError("is missing or damaged; evaluate the run again.", file=path.name) from error


def as_plain(score: Score) -> dict[str, Any]:
    """Return `score` as JSON takes it; a figure that is undefined becomes None."""
    row = asdict(score)
    return {name: None if isinstance(v, float) and not math.isfinite(v) else v for name, v in row.items()}


def as_score(row: dict[str, Any]) -> Score:
    """Return the score that `as_plain` wrote."""
    known = {f.name for f in fields(Score)}
    plain: dict[str, Any] = {name: value for name, value in row.items() if name in known}
    for name in ("value", "low", "high"):
        plain[name] = math.nan if plain[name] is None else plain[name]
    plain["evidence"] = Evidence(plain["evidence"])
    return Score(**plain)


def _row(answer: Any) -> dict[str, Any]:
    p, case = answer.prediction, answer.case
    row = {
        "level": answer.level,
        "study": p.study,
        "patient": p.patient,
        "site": answer.site,
        "task": p.task,
        "input": p.input,
        "item": p.item,
        "truth": answer.truth,
        "label": answer.label,
        "event": answer.event,
        "value": p.value,
        "risk": p.risk,
        "simulated": answer.simulated,
    }
    if answer.verdict is not None:
        row |= {"out_of_distribution": answer.verdict.outside, "ood_score": answer.verdict.score}
        row |= {"why_out_of_distribution": answer.verdict.why}
    row |= {f"{ODDS}{name}": v for name, v in (p.probabilities or {}).items()}
    if case is not None:
        row |= {"dice": case.overlap.dice, "iou": case.overlap.iou, f"hausdorff95_{case.unit}": case.hausdorff95}
        row |= {"voxels": case.overlap.predicted, "true_voxels": case.overlap.truth}
    return row
