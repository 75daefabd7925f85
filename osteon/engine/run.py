"""A run's folder: what was asked, how far it is, and what came out. It says by itself how to go on."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Any, Literal

from osteon import weights as packaged
from osteon.cohorts.splits import Split
from osteon.errors import InputError, RequestError, ResumableError
from osteon.io import atomic, weights
from osteon.io.names import legible
from osteon.types import Cohort, Study

if sys.platform != "win32":
    import fcntl

RUN, SPLIT, LOG, CALIBRATION, OOD = "run.json", "split.csv", "log.csv", "calibration.json", "ood.safetensors"
SIDES = ("study", "patient", "split")
LOCK = ".lock"
OUTCOME = ("predictions.parquet", "scores.json", "report.html", "evaluations")
OURS = (SPLIT, LOG, CALIBRATION, OOD, LOCK, *OUTCOME, "part-*")
"""What a training may meet in its folder, a lost run.json's too."""
FORMAT = 1
TIMES = ("training_seconds", "seconds", "waiting")


@dataclass(frozen=True, kw_only=True)
class PartRecord:
    """A fitted part: its file (relative to the run), sha256, input shapes, classes of an estimator, samples.

    `facts` tells in words how it was fitted, for the report: what it learned from, started from, drew, minimised.
    """

    file: str
    sha256: str
    shapes: Mapping[str, tuple[int, ...]]
    classes: int = 0
    samples: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CohortRecord:
    """What a run remembers of the cohort it was trained on."""

    name: str
    fingerprint: str
    evidence: str
    licence: str | None = None
    citation: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """The contents of run.json.

    Attributes:
        state: "training" until every file is there.
        system, overrides, from_scratch, seed, split: What was asked; a resumed run must ask the same.
        cohort: Of the training.
        allowed: Audit findings that were passed over.
        device, threads, precision: Where it was trained; `threads` is kept when it goes on.
        versions: Of osteon and the libraries.
        parts: By key ("lesion", "lesion/fold-0-of-5") as they are finished.
        weights_sha256: Of all parts together.
        audited: What the audit found, "name: text" each; None until it has passed.
        notes: What a reader must know.

    """

    format: int = FORMAT
    state: Literal["training", "finished"] = "training"
    system: str
    overrides: tuple[str, ...] = ()
    from_scratch: bool = False
    seed: int = 0
    split: str = ""
    cohort: CohortRecord
    allowed: tuple[str, ...] = ()
    device: str = "cpu"
    threads: int = 1
    precision: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, PartRecord] = field(default_factory=dict)
    weights_sha256: str = ""
    audited: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()


ASKED = ("system", "overrides", "from_scratch", "seed", "split", "precision")


class Run:
    """A run folder and its record, written whole at each change; of several processes only one `writes`."""

    def __init__(self, folder: Path, record: RunRecord, *, writes: bool = True) -> None:
        self.folder, self.record, self.writes = folder, record, writes

    def update(self, **changes: Any) -> None:
        """Change fields of the record and write it."""
        self.record = replace(self.record, **changes)
        if self.writes:
            atomic.write_json(self.folder / RUN, asdict(self.record))

    def part_folder(self, key: str) -> Path:
        """Return the folder of a part or of one of its folds."""
        return self.folder / f"part-{key}"

    def whole(self, key: str) -> bool:
        """Return whether the part `key` is finished and its file is what was written."""
        found = self.record.parts.get(key)
        path = self.folder / found.file if found else None
        return bool(found and path and path.is_file() and weights.sha256(path) == found.sha256)

    def finish_part(self, key: str, record: PartRecord) -> None:
        """Remember a fitted part."""
        self.update(parts={**self.record.parts, key: record})

    def complete(self, keys: Sequence[str]) -> bool:
        """Return whether the run is finished, every file is there and the parts `keys` are whole."""
        files = all((self.folder / name).is_file() for name in (SPLIT, CALIBRATION))
        return self.record.state == "finished" and files and all(self.whole(key) for key in keys)

    def split(self) -> dict[str, str]:
        """Return study name to "train", "validation" or "test" as it was trained."""
        return {row["study"]: row["split"] for row in self._sides()}

    def trained_on(self) -> set[tuple[str, str]]:
        """Return (study, patient) of all that trained or validated; none for packaged weights, which name nobody."""
        rows = self._sides() if (self.folder / SPLIT).is_file() else []
        return {(row["study"], row["patient"]) for row in rows if row["split"] in ("train", "validation")}

    def _sides(self) -> list[dict[str, str]]:
        try:
            with (self.folder / SPLIT).open(newline="", encoding="utf-8") as handle:
                return [{name: row[name] for name in SIDES} for row in csv.DictReader(handle)]
        except (OSError, KeyError) as error:
            why = "is not there; run the same training command again, it restores the file."
            raise InputError(why, file=f"{self.folder.name}/{SPLIT}") from error

    def write_split(self, studies: Sequence[Study], split: Split) -> None:
        """Write split.csv.

        Raises:
            RequestError: Another split was written before: it would mix training and test patients.

        """
        rows = [{"study": s.name, "patient": s.patient, "split": split.part(s.name) or ""} for s in studies]
        text, path = _csv(rows, SIDES), self.folder / SPLIT
        if path.is_file() and path.read_text(encoding="utf-8") != text:
            msg = (
                f"The run {self.folder.name} was begun with another split than {split.name} gives now; choose another "
                f"--out, or delete its {SPLIT} if you know that it was changed by hand."
            )
            raise RequestError(msg)
        if self.writes:
            atomic.write_text(path, text)

    def write_log(self, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replace the rows of the part `key` in log.csv."""
        if not self.writes:
            return
        old = [row for row in self.log() if row.get("part") != key]
        every = [*old, *rows]
        middle = sorted({n for row in every for n in row} - {"part", "epoch", "loss", *TIMES})
        text = _csv(every, ["part", "epoch", "loss", *middle, *TIMES])
        atomic.write_text(self.folder / LOG, text)

    def log(self) -> list[dict[str, Any]]:
        """Return the rows of log.csv; none where it is not there."""
        path = self.folder / LOG
        if not path.is_file():
            return []
        with path.open(newline="", encoding="utf-8") as handle:
            return [dict(row) for row in csv.DictReader(handle)]

    def seal(self, keys: Sequence[str]) -> None:
        """Mark the run finished, with one hash for the weights of the parts `keys`."""
        self.update(state="finished", weights_sha256=_joined([self.record.parts[key].sha256 for key in keys]))


@contextmanager
def claimed(folder: Path, *, writes: bool = True) -> Generator[Path]:
    """Make `folder`, or take it up, and hold it against other trainings; what it made and leaves empty is removed.

    The system lets go of it when the process ends, however that is. Where it has no such hold (Windows) there is none.

    Args:
        folder: Of the run.
        writes: False for the helpers of a training on several devices: the first process holds it for all.

    Raises:
        RequestError: Another process trains there.
        InputError: The folder cannot be written to.

    """
    folder = Path(folder)
    if not writes:
        yield folder
        return
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    path = atomic.make_folder(folder) / LOCK
    with path.open("a", encoding="utf-8") as handle:
        _hold(handle, path)
        try:
            if (folder / RUN).is_file() or not _strange(folder):
                _sweep(folder)
            yield folder
        finally:
            path.unlink(missing_ok=True)
            for place in made:
                if any(place.iterdir()):
                    break
                place.rmdir()


def _hold(handle: IO[str], path: Path) -> None:
    if sys.platform == "win32":
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever held it may have removed the file between our opening and our holding it.
        held = os.path.samestat(os.fstat(handle.fileno()), path.stat())
    except (BlockingIOError, FileNotFoundError):
        held = False
    if not held:
        msg = f"Another process is training in the folder {path.parent.name}; wait for it, or choose another --out."
        raise RequestError(msg)


def _sweep(folder: Path) -> None:
    """Remove what a killed process left half-written."""
    for left in folder.rglob(".tmp-*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def begin(folder: Path, wanted: RunRecord, *, writes: bool = True) -> Run:
    """Return the run in `folder`, a new one or the one that is there if it was asked for the same; nothing is written.

    Raises:
        RequestError: Another run lies there, or other files do.
        InputError: run.json is damaged.

    """
    folder = Path(folder)
    if not (folder / RUN).is_file():
        refuse_strange(folder)
        return Run(folder, wanted, writes=writes)
    run = Run(folder, _read(folder), writes=writes)
    _refuse_other(run, wanted)
    return run


def open_run(folder: Path) -> Run:
    """Return the finished run in `folder`; of weights that are lent, the lender's as the variant's.

    Raises:
        InputError: There is none, or run.json is damaged.
        ResumableError: It is not finished; the message says how to go on.

    """
    folder = Path(folder)
    lent = packaged.lent(folder)
    if lent is not None:
        return Run(lent.folder, _borrowed(open_run(lent.folder).record, lent, system=folder.name), writes=False)
    if not (folder / RUN).is_file():
        raise InputError(_no_run(folder), file=folder.name)
    run = Run(folder, _read(folder))
    if run.record.state != "finished":
        record = run.record
        msg = (
            f"The run {folder.name} of {record.system} on {record.cohort.name} is not finished "
            f"({len(record.parts)} parts fitted). Run the same training command again; it goes on where it was."
        )
        raise ResumableError(msg)
    return run


def _borrowed(record: RunRecord, lent: packaged.Lent, *, system: str) -> RunRecord:
    """Return the record of packaged weights as that of a variant which is lent some of their parts."""
    parts = {key: record.parts[key] for key in lent.parts}
    whole = _joined([part.sha256 for part in parts.values()])
    return replace(record, system=system, parts=parts, weights_sha256=whole, notes=(lent.note, *record.notes))


def _no_run(folder: Path) -> str:
    """Return why nothing can be opened in `folder`, and what may be named instead."""
    if folder.exists():
        return "holds no run.json, so it is no run; name the folder given to `osteon train --out`."
    if folder.name in packaged.nameable():
        return (
            "is the name of packaged weights, and this command writes into the run; train one with `osteon train "
            "--out`, or ask what packaged weights can be asked: osteon predict, explain, read."
        )
    return f"is no folder of a run as `osteon train --out` writes one. {packaged.unknown(folder.name)}"


def _joined(hashes: Sequence[str]) -> str:
    """Return one hash for several parts."""
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def cohort_record(cohort: Cohort) -> CohortRecord:
    """Return what a run remembers of `cohort`."""
    return CohortRecord(
        name=cohort.name,
        fingerprint=cohort.fingerprint,
        evidence=str(cohort.evidence),
        licence=cohort.licence,
        citation=cohort.citation,
        notes=cohort.notes,
    )


def refuse_strange(folder: Path, *, ours: Sequence[str] = OURS) -> None:
    """Refuse a folder in use: one that holds what is not of the patterns `ours`, or a file.

    Raises:
        RequestError: It is.

    """
    if folder.is_file():
        atomic.refuse_taken(folder)
    strange = _strange(folder, ours)
    if strange:
        shown = legible(", ".join(strange[:3]))
        msg = f"The folder {folder.name} holds other files ({shown}); choose an empty one for --out."
        raise RequestError(msg)


def _strange(folder: Path, ours: Sequence[str] = OURS) -> list[str]:
    """Return the names in `folder` that are not `ours`; what a killed training left half-written is none of them."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(p.name for p in found if not any(fnmatchcase(p.name, pattern) for pattern in (*ours, ".tmp-*")))


def _refuse_other(run: Run, wanted: RunRecord) -> None:
    pairs = [(name, getattr(run.record, name), getattr(wanted, name)) for name in ASKED]
    pairs.append(("cohort", run.record.cohort.fingerprint, wanted.cohort.fingerprint))
    pairs.append(("allow", set(run.record.allowed), set(wanted.allowed)))
    differ = [name for name, there, asked in pairs if there != asked]
    if differ:
        there = f"{run.record.system} on {run.record.cohort.name}, seed {run.record.seed}, split {run.record.split}"
        msg = (
            f"The folder {run.folder.name} holds another run ({there}); it differs in {', '.join(differ)}. "
            "Choose another --out, or ask for the same to go on with it."
        )
        raise RequestError(msg)


def _read(folder: Path) -> RunRecord:
    try:
        found = json.loads((folder / RUN).read_text(encoding="utf-8"))
        if found["format"] != FORMAT:
            why = f"has format {found['format']}; this version of osteon reads format {FORMAT}."
            raise InputError(why, file=f"{folder.name}/{RUN}")
        cohort = CohortRecord(**_tuples(found["cohort"]))
        parts = {key: PartRecord(**_part(value)) for key, value in found["parts"].items()}
        known = {f.name for f in fields(RunRecord)}
        plain: dict[str, Any] = _tuples({name: value for name, value in found.items() if name in known})
        plain["cohort"], plain["parts"] = cohort, parts
        return RunRecord(**plain)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        why = "is damaged; delete it and run the same training command again; it goes on from the checkpoints."
        raise InputError(why, file=f"{folder.name}/{RUN}") from error


def _part(value: Mapping[str, Any]) -> dict[str, Any]:
    return {**value, "shapes": {name: tuple(shape) for name, shape in value["shapes"].items()}}


def _tuples(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in value.items()}


def _csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
