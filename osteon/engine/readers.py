"""A table of what people read, set against a run: who was right, with and without help, and who agreed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from osteon.cohorts import pseudonyms
from osteon.engine import stored
from osteon.engine.compare import difference_score
from osteon.errors import InputError, RequestError
from osteon.io import table
from osteon.metrics import readers as metrics
from osteon.metrics.kappa import Weighting
from osteon.metrics.readers import NOT_READ, Readings
from osteon.metrics.scores import Context
from osteon.types import Evidence, Score

if TYPE_CHECKING:
    import pandas as pd

BETWEEN = "\x1f"  # patient and study; pandas cuts words at a null byte
YES, NO = ("1", "yes", "true", "with", "assisted"), ("0", "no", "false", "without", "alone", "")


@dataclass(frozen=True, kw_only=True)
class ReaderOptions:
    """How a table of readings is judged.

    Attributes:
        task: Of the run, where it has several.
        classes: In their order, where there is no run; without, those that occur, sorted.
        positive: Which of two classes; the last unless said.
        weighting: Of Cohen's kappa.
        evidence: Of the readings, where there is no run.

    """

    task: str | None = None
    classes: tuple[str, ...] = ()
    positive: str | None = None
    weighting: Weighting = "none"
    evidence: Evidence = Evidence.REAL


@dataclass(frozen=True, kw_only=True)
class _Cases:
    """What is known of the cases, in one order.

    `names` is how the table calls them, `odds` (cases, classes) the model's answers, None without one.
    """

    names: tuple[str, ...]
    patients: tuple[str, ...]
    truth: tuple[str, ...]
    classes: tuple[str, ...]
    odds: np.ndarray | None
    evidence: Evidence
    note: str = ""


def readers(path: Path, *, run: Path | None = None, options: ReaderOptions | None = None) -> list[Score]:
    """Return what a reader study shows: figures of each reader, against the model, with help, and agreement.

    Args:
        path: A table with the columns `reader`, `patient`, `answer`; `study` (as in cohort.csv, its path where that
            has no study) where a patient has several; `assisted` (yes or no); `truth` where there is no run.
        run: An evaluated run; its answers and its truth are taken.
        options: Task, classes, weights of kappa.

    Returns:
        Scores; `task` says whom each is about.

    Raises:
        InputError: A column is missing, or an answer, a truth or `assisted` is no word that is known.
        RequestError: The run and the table share no case, or the run has several tasks and none is named.

    """
    options = options or ReaderOptions()
    rows = _read(Path(path))
    cases = _from_table(rows, options, file=path.name) if run is None else _from_run(rows, Path(run), options)
    readings = _readings(rows, cases, options, file=path.name)
    unit = "patient" if "study" not in rows else "study"
    context = Context(unit=unit, evidence=cases.evidence, note=cases.note)
    found = metrics.each(readings, context=context)
    versus = [] if readings.model is None else metrics.against_model(readings, context=context)
    versus += metrics.with_help(readings, context=context) if metrics.both_ways(readings).any() else []
    found += [difference_score(one.comparison, replace(context, task=one.who)) for one in versus]
    return found + metrics.agreement(readings, context=context, weighting=options.weighting)


def _read(path: Path) -> pd.DataFrame:
    """Return the table as text, with `case` (how it names a case) and `helped`."""
    rows = table.read(path).rename(columns=lambda name: str(name).strip().lower())
    lacking = [name for name in ("reader", "patient", "answer") if name not in rows]
    if lacking:
        why = f"holds no column {', '.join(lacking)}; a reader study needs reader, patient and answer."
        raise InputError(why, file=path.name)
    rows = rows.map(_word)
    rows = rows[(rows["reader"] != "") & (rows["answer"] != "")].copy()
    studies = rows["study"] if "study" in rows else [""] * len(rows)
    rows["case"] = [f"{patient}{BETWEEN}{study}" for patient, study in zip(rows["patient"], studies, strict=True)]
    said = rows["assisted"].str.lower() if "assisted" in rows else rows["answer"].map(lambda _: "")
    odd = sorted(set(said) - {*YES, *NO})
    if odd or rows.empty:
        why = f"says {odd[0]!r} under assisted; yes or no is known." if odd else "holds no answer of a reader."
        raise InputError(why, file=path.name)
    rows["helped"] = said.isin(YES)
    twice = rows.duplicated(["reader", "case", "helped"])
    if twice.any():
        why = f"holds {int(twice.sum())} second answers of a reader to one case; keep one, or name the `study`."
        raise InputError(why, file=path.name)
    return rows


def _from_table(rows: pd.DataFrame, options: ReaderOptions, *, file: str) -> _Cases:
    """Return the cases of a table that states the truth itself."""
    if "truth" not in rows:
        raise InputError("states no truth; add the column truth, or name a run that knows it.", file=file)
    known = rows[rows["truth"] != ""].drop_duplicates(["case", "truth"])
    if known.empty or known["case"].duplicated().any():
        raise InputError("gives no truth, or two for one case; give each case one.", file=file)
    return _Cases(
        names=tuple(known["case"]),
        patients=tuple(known["patient"]),
        truth=tuple(known["truth"]),
        classes=options.classes or tuple(sorted({*known["truth"], *rows["answer"]})),
        odds=None,
        evidence=options.evidence,
    )


def _from_run(rows: pd.DataFrame, run: Path, options: ReaderOptions) -> _Cases:
    """Return the cases that a run and the table share."""
    said = stored.read_predictions(run)
    name = "study" if "study" in rows else "patient"
    joined = name == "patient" and (said["level"] == "patient").any()
    level = "patient" if joined else "item"
    said = _of_task(said[(said["level"] == level) & said["label"].notna()], options.task)
    if said[name].duplicated().any():
        msg = f"The run answers some {name} more than once for this task; readers can be set against one answer each."
        raise RequestError(msg)
    said = said.set_index(name)
    place = {case: _found(case, said.index) for case in dict.fromkeys(rows["case"])}
    shared = [case for case, at in place.items() if at is not None]
    if not shared:
        msg = (
            f"The run's judged {name} names and the table's share none; name patients and studies as in cohort.csv, "
            "and evaluate the run on that cohort with the same OSTEON_KEY."
        )
        raise RequestError(msg)
    kept = said.loc[[place[case] for case in shared]]
    columns = [c for c in kept if c.startswith(stored.ODDS) and kept[c].notna().all()]
    lost = len(place) - len(shared)
    return _Cases(
        names=tuple(shared),
        patients=tuple(kept["patient"].astype(str) if name == "study" else kept.index.astype(str)),
        truth=tuple(kept["label"]),
        classes=tuple(c.removeprefix(stored.ODDS) for c in columns),
        odds=kept[columns].to_numpy(float),
        evidence=stored.read_scores(run / stored.SCORES)[0].evidence,
        note=f"{lost} of {len(place)} cases were not judged by the run and are left out" if lost else "",
    )


def _of_task(said: pd.DataFrame, task: str | None) -> pd.DataFrame:
    tasks = sorted(set(said["task"]))
    if task is None and len(tasks) == 1:
        return said
    if task not in tasks:
        msg = f"The run judged {', '.join(tasks) or 'no class'}; name one as the task of the readers, got {task}."
        raise RequestError(msg)
    return said[said["task"] == task]


def _found(case: str, known: Iterable[str]) -> str | None:
    """Return the name that a run has for a case of the table: as it is, or by its pseudonym."""
    patient, _, study = case.partition(BETWEEN)
    plain = study or patient
    if plain in known:
        return plain
    hidden = pseudonyms.study_name(patient, study) if study else pseudonyms.pseudonym(patient)
    return hidden if hidden in known else None


def _readings(rows: pd.DataFrame, cases: _Cases, options: ReaderOptions, *, file: str) -> Readings:
    names = tuple(dict.fromkeys(rows["reader"]))
    number = {word.lower(): k for k, word in enumerate(cases.classes)}
    answers = np.full((2, len(names), len(cases.names)), NOT_READ)
    column = {case: i for i, case in enumerate(cases.names)}
    for row in rows[rows["case"].isin(column)].itertuples():
        answers[int(row.helped), names.index(row.reader), column[row.case]] = _number(row.answer, number, file=file)
    return Readings(
        readers=names,
        answers=answers[0],
        assisted=answers[1] if rows["helped"].any() else None,
        truth=np.array([_number(word, number, file=file) for word in cases.truth]),
        patients=np.array(cases.patients),
        classes=cases.classes,
        model=cases.odds,
        positive=options.positive,
    )


def _number(word: str, number: dict[str, int], *, file: str) -> int:
    if word.lower() not in number:
        why = f"says {word!r}, which is no class; the classes are {', '.join(number)}."
        raise InputError(why, file=file)
    return number[word.lower()]


def _word(cell: object) -> str:
    """Return a cell as text: whole numbers without a point, nothing as an empty word."""
    if cell is None or cell != cell:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
