"""Two evaluated runs judged against each other on the patients they share."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from osteon.engine import stored
from osteon.errors import RequestError
from osteon.metrics import compare as metrics
from osteon.metrics.compare import Comparison
from osteon.metrics.scores import Context
from osteon.types import Score

if TYPE_CHECKING:
    import pandas as pd

KEYS = ["level", "study", "task", "item"]


def compare(one: Path, other: Path) -> list[Score]:
    """Return the differences of two evaluated runs, first less second, each with its interval and p value.

    Args:
        one: Folder of a run that `evaluate` has judged.
        other: Another one, judged on the same studies (or some of them).

    Raises:
        InputError: One of them is not evaluated.
        RequestError: They share no study with a truth, or answer different tasks.

    """
    tables = [stored.read_predictions(Path(folder)) for folder in (one, other)]
    tables = [_with_patients(table, like=second) for table, second in zip(tables, reversed(tables), strict=True)]
    told = stored.read_scores(Path(one) / stored.SCORES)
    both = tables[0].merge(tables[1], on=KEYS, suffixes=("", " of other"))
    known = both["truth"].notna() | both["dice"].notna() if "dice" in both else both["truth"].notna()
    both = both[known]
    found: list[Score] = []
    for (task, level), rows in both.groupby(["task", "level"], sort=True):
        unit = _unit(str(level), [s.unit for s in told if s.task == task])
        context = Context(task=str(task), unit=unit, split="shared", evidence=told[0].evidence)
        found += [difference_score(c, context) for c in _compared(rows, context)]
    if not found:
        msg = "The two runs share no study that both answered and whose truth is known; evaluate both on one cohort."
        raise RequestError(msg)
    return found


def _with_patients(table: pd.DataFrame, *, like: pd.DataFrame) -> pd.DataFrame:
    """Return `table` with the one answer a patient as the patient's own, for the tasks of which `like` has such ones.

    A run that says one thing of a patient keeps it once; another of the same question may say several and their mean.
    """
    asked = set(like.loc[like["level"] == "patient", "task"]) - set(table.loc[table["level"] == "patient", "task"])
    rows = table[table["task"].isin(asked)]
    rows = rows[~rows.groupby("task")["patient"].transform(lambda names: names.duplicated().any()).astype(bool)]
    return import_module(stored.PANDAS).concat([table, rows.assign(level="patient", study=rows["patient"], item="")])


def _compared(rows: pd.DataFrame, context: Context) -> list[Comparison]:
    patients = rows["patient"].astype(str).tolist()
    if all(name in rows and rows[name].notna().any() for name in ("dice", "dice of other")):
        first, second = rows["dice"].to_numpy(float), rows["dice of other"].to_numpy(float)
        return [metrics.values("dice", first=first, second=second, patients=patients, context=context)]
    columns = [c for c in rows if c.startswith(stored.ODDS) and not c.endswith(" of other") and rows[c].notna().all()]
    others = [f"{c} of other" for c in columns]
    if not columns or not set(others) <= set(rows) or rows[others].isna().any(axis=None):
        return []
    odds = rows[columns].to_numpy(float), rows[others].to_numpy(float)
    classes = [c.removeprefix(stored.ODDS) for c in columns]
    # The index of a class is another one wherever two tasks share columns; its word is not.
    truth = rows["label"].map(classes.index).to_numpy(int)
    return metrics.classification(truth, odds, classes=classes, patients=patients, context=context)


def _unit(level: str, units: Sequence[str]) -> str:
    """Return what a row of `level` is about, as the scores of the same task have it."""
    return next((u for u in units if u != "patient"), "patient") if level == "item" else "patient"


def difference_score(found: Comparison, context: Context) -> Score:
    """Return a paired difference as a score; its note holds both values and p."""
    note = f"first {found.first:.3f}, second {found.second:.3f}, p = {found.p:.3g}"
    return Score(
        metric=f"{found.metric} difference",
        value=found.difference,
        low=found.low,
        high=found.high,
        method=found.method,
        unit=context.unit,
        n=found.n,
        patients=found.patients,
        task=context.task,
        split=context.split,
        evidence=context.evidence,
        note=f"{note}; {found.note}" if found.note else note,
    )
