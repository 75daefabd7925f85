"""The evidence as it is stored: docs/results/<row>.json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from osteon.engine.by_patient import PatientFigure
from osteon.engine.ceiling import of_plain, plain
from osteon.engine.evidence_row import Extra, Made, Row
from osteon.engine.stored import as_plain, as_score
from osteon.errors import InputError
from osteon.io import atomic
from osteon.metrics import words
from osteon.simulate.observer import Ceiling
from osteon.types import Score


@dataclass(frozen=True, kw_only=True)
class Result:
    """One row of the evidence, measured.

    Attributes:
        row: What was asked.
        scores: Means over the seeds.
        of_seeds: Scores of each seed, in the order of `row.seeds`.
        weights_sha256: Of each seed (of a cross-validation: of its folds together).
        versions: Of osteon and the libraries.
        training: Scores on the training side, means over trainings, where the row asks for the gap.
        patients: Figures of each patient, where the row asks for them.
        ceilings: What the ideal observer scores on the row's simulated patients.
        differences: The row's first figure less that of each row it is compared with, by pairs of patients.

    """

    row: Row
    scores: tuple[Score, ...]
    of_seeds: tuple[tuple[Score, ...], ...]
    weights_sha256: tuple[str, ...]
    versions: Mapping[str, str]
    training: tuple[Score, ...] = ()
    patients: tuple[PatientFigure, ...] = ()
    ceilings: tuple[Ceiling, ...] = ()
    differences: tuple[Score, ...] = ()


def mean(of_seeds: Sequence[Sequence[Score]]) -> tuple[Score, ...]:
    """Return the mean of each figure over the seeds, with the mean of its intervals' ends."""
    keyed = [{(s.task, s.unit, s.metric): s for s in scores} for scores in of_seeds]
    return tuple(_mean([k[key] for k in keyed]) for key in keyed[0] if all(key in k for k in keyed))


def _mean(scores: Sequence[Score]) -> Score:
    if len(scores) == 1:
        return scores[0]
    value, low, high = (float(np.mean([getattr(s, name) for s in scores])) for name in ("value", "low", "high"))
    spread = f"single trainings {min(s.value for s in scores):.3f} to {max(s.value for s in scores):.3f}"
    note = "; ".join(text for text in (scores[0].note, spread) if text)
    method = f"mean of {scores[0].method}"
    return replace(scores[0], value=value, low=low, high=high, seeds=len(scores), note=note, method=method)


def write(folder: Path, result: Result) -> Path:
    """Write `folder/<row>.json` and return its path."""
    path = folder / f"{result.row.name}.json"
    whole = {
        "row": asdict(result.row),
        "scores": [as_plain(s) for s in result.scores],
        "of_seeds": [[as_plain(s) for s in scores] for scores in result.of_seeds],
        "weights_sha256": list(result.weights_sha256),
        "versions": dict(result.versions),
        "training": [as_plain(s) for s in result.training],
        "patients": [asdict(p) for p in result.patients],
        "ceilings": [plain(c) for c in result.ceilings],
        "differences": [as_plain(s) for s in result.differences],
    }
    atomic.write_json(path, whole)
    return path


def read(path: Path) -> Result:
    """Return the result stored at `path`.

    Raises:
        InputError: It is damaged.

    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Result(
            row=_row(found["row"]),
            scores=tuple(as_score(s) for s in found["scores"]),
            of_seeds=tuple(tuple(as_score(s) for s in scores) for scores in found["of_seeds"]),
            weights_sha256=tuple(found["weights_sha256"]),
            versions=found["versions"],
            training=tuple(as_score(s) for s in found.get("training", ())),
            patients=tuple(PatientFigure(**p) for p in found.get("patients", ())),
            ceilings=tuple(of_plain(c) for c in found.get("ceilings", ())),
            differences=tuple(as_score(s) for s in found.get("differences", ())),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = "is no stored result of `osteon bench`, or damaged; measure the row again."
        raise InputError(why, file=path.name) from error


def _row(plain: Mapping[str, Any]) -> Row:
    words: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
    made, extra = words.pop("made", None), words.pop("extra", None)
    also = tuple(tuple(one) for one in words.pop("also", ()))
    if extra and extra["label"]:
        extra["label"] = tuple(extra["label"])
    return Row(**words, also=also, made=Made(**made) if made else None, extra=Extra(**extra) if extra else None)


def first(result: Result) -> Score | None:
    """Return the score that stands for a row: the first that fits `row.first`."""
    return next(iter(_fitting(result, result.row.first)), None)


def shown_of(result: Result) -> tuple[Score, ...]:
    """Return the scores of a row that the tables show: the one that stands for it, then those of `row.also`."""
    return tuple(found[0] for asked in (result.row.first, *result.row.also) if (found := _fitting(result, asked)))


def _fitting(result: Result, asked: tuple[str, str, str]) -> list[Score]:
    metric, task, unit = asked
    return [s for s in result.scores if s.metric == metric and task in ("", s.task) and unit in ("", s.unit)]


def shown(score: Score) -> str:
    """Return a figure with its interval, as printed.

    >>> from osteon.types import Evidence
    >>> shown(Score(metric="auc", value=0.8, low=0.7, high=0.9, method="", unit="", n=1, patients=1,
    ...             evidence=Evidence.REAL))
    '0.800 (0.700 to 0.900)'

    """
    return words.whole(score)
